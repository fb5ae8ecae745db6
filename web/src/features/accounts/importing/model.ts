/** What is read from a file before anything is asked of the server. */
import * as v from 'valibot'
import { usernameFault } from '@/lib/names'

/** The largest document the server takes is 160 KiB with what is around it. */
export const LARGEST = 150 * 1_024

export interface Found {
  readonly document: Record<string, unknown>
  /** The account it was exported from; empty when the document does not say. */
  readonly name: string
  readonly domains: readonly string[]
}

const named = v.looseObject({ domain: v.string() })
const shape = v.looseObject({
  account: v.looseObject({ username: v.optional(v.unknown()) }),
  domains: v.looseObject({ primary: v.optional(v.unknown()), addon_domains: v.optional(v.unknown()) }),
})

/** What a file's text holds, or undefined when it is no document of an account. The server checks all the rest. */
export function read(contents: string): Found | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(contents)
  } catch {
    return undefined
  }
  // An array is an object too.
  if (!v.is(shape, parsed) || [parsed.account, parsed.domains].some((part) => Array.isArray(part))) return undefined
  const { account, domains } = parsed
  const name = v.is(v.string(), account.username) ? account.username : ''
  const addons = v.is(v.array(v.unknown()), domains.addon_domains) ? domains.addon_domains : []
  const names = [domains.primary, ...addons].flatMap((one) => {
    if (v.is(v.string(), one)) return [one]
    return v.is(named, one) ? [one.domain] : []
  })
  return { document: parsed, name: usernameFault(name) === undefined ? name : '', domains: names }
}
