/** Lines of logs. The access log is written by `crates/plan/templates/panel.conf`: a JSON object per request. Pure. */
import * as v from 'valibot'

export interface AccessLine {
  /** Counts up, so that a row keeps its place while new ones come. */
  readonly id: number
  readonly at: string
  readonly address: string
  readonly method: string
  readonly uri: string
  readonly protocol: string
  readonly status: number
  readonly bytes: number
  readonly milliseconds: number
  readonly referer: string
  readonly agent: string
}

export interface LogLine {
  readonly id: number
  readonly text: string
}

const lineSchema = v.object({
  time: v.string(),
  address: v.string(),
  method: v.string(),
  uri: v.string(),
  protocol: v.optional(v.string(), ''),
  status: v.pipe(v.union([v.string(), v.number()]), v.transform(Number)),
  bytes: v.number(),
  seconds: v.number(),
  referer: v.optional(v.string(), ''),
  agent: v.optional(v.string(), ''),
})

/** A request from its line; undefined when the line is none, such as one that was cut. */
export function parseAccess({ id, text }: LogLine): AccessLine | undefined {
  try {
    const result = v.safeParse(lineSchema, JSON.parse(text))
    if (!result.success || !Number.isInteger(result.output.status)) return undefined
    const { time, seconds, ...rest } = result.output
    return { id, at: time, milliseconds: Math.round(seconds * 1_000), ...rest }
  } catch {
    return undefined
  }
}

export type StatusTone = 'plain' | 'quiet' | 'warn' | 'bad'

/** Green stays for what was proved: an answer that went well needs no colour. */
export function statusTone(status: number): StatusTone {
  if (status >= 500) return 'bad'
  if (status >= 400) return 'warn'
  return status >= 300 ? 'quiet' : 'plain'
}

/** Lines that hold every word, in whatever order. */
export function matching(lines: readonly LogLine[], filter: string): readonly LogLine[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  return words.length === 0 ? lines : lines.filter(({ text }) => words.every((word) => text.toLowerCase().includes(word)))
}

/** The most lines kept: more is nothing to read, and the whole log can be had from the command line. */
export const MOST_LINES = 2_000

export function appended(lines: readonly LogLine[], news: readonly string[]): readonly LogLine[] {
  if (news.length === 0) return lines
  const next = (lines.at(-1)?.id ?? 0) + 1
  return [...lines, ...news.map((text, at) => ({ id: next + at, text }))].slice(-MOST_LINES)
}
