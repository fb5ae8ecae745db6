export interface Column {
  readonly key: string
  readonly label: string
  readonly sortable?: boolean
  readonly align?: 'start' | 'end'
  /** For columns whose content speaks for itself, such as a row's menu. */
  readonly hideLabel?: boolean
  /** Width and the width of the window from which it is shown. */
  readonly class?: string
}

export interface Sort {
  readonly key: string
  readonly descending: boolean
}

/** `name` or `-name`, as it stands in the URL. */
export function parseSort(text: unknown, allowed: readonly string[], fallback: Sort): Sort {
  if (typeof text !== 'string') return fallback
  const key = text.replace(/^-/, '')
  return allowed.includes(key) ? { key, descending: text.startsWith('-') } : fallback
}

export function printSort(sort: Sort): string {
  return (sort.descending ? '-' : '') + sort.key
}

type Value = string | number | null

/** A sorted copy. Text is compared as people read it, numbers in names included; absent values come last either way. */
export function sorted<Row>(rows: readonly Row[], value: (row: Row) => Value, descending: boolean, locale: string): Row[] {
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' })
  const sign = descending ? -1 : 1
  return rows.toSorted((left, right) => {
    const [a, b] = [value(left), value(right)]
    if (a === null || b === null) return Number(a === null) - Number(b === null)
    if (typeof a === 'number' && typeof b === 'number') return sign * (a - b)
    return sign * collator.compare(String(a), String(b))
  })
}
