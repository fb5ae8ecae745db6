/** Walks a cursor-paged list to its end. */
interface Page<T> {
  readonly items: readonly T[]
  readonly next_cursor?: string | null
}

/** The most the API gives at once. */
export const PAGE_SIZE = 200

/** Lists longer than this are cut, and say so: a table of more is nothing to look at. */
export const LONGEST = 10_000

export interface Everything<T> {
  readonly items: readonly T[]
  readonly cut: boolean
  /** More is on its way: what is here is not all. */
  readonly partial: boolean
}

/** `onPart` gets what is there after the first page when there are more, so that something can be shown meanwhile. */
export async function everyPage<T>(fetchPage: (query: { limit: number; cursor?: string }) => Promise<Page<T>>, onPart?: (part: Everything<T>) => void): Promise<Everything<T>> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page: Page<T> = await fetchPage(cursor === undefined ? { limit: PAGE_SIZE } : { limit: PAGE_SIZE, cursor })
    items.push(...page.items)
    cursor = page.next_cursor ?? undefined
    if (cursor !== undefined && items.length === page.items.length) onPart?.({ items: [...items], cut: false, partial: true })
  } while (cursor !== undefined && items.length < LONGEST)
  return { items, cut: cursor !== undefined, partial: false }
}

/** The cursor of the first page: none. Typed by a function, so that the pages after it may have one. */
export const firstPage = ((): string | undefined => undefined)()

/** How many there are, once all of them are here. */
export function countOf(list: Everything<unknown> | undefined): number | undefined {
  return list === undefined || list.partial ? undefined : list.items.length
}
