/** What the command palette finds. Pure. */
import type { Component } from 'vue'

export interface Entry {
  readonly id: string
  readonly group: 'actions' | 'pages' | 'accounts' | 'sites'
  readonly label: string
  readonly detail?: string
  readonly icon: Component
  /** A name or address, set in monospace. */
  readonly mono?: boolean
  readonly run: () => unknown
}

const perGroup = 8

/** Entries that contain every word typed; those whose name starts with the first word come first. At most eight of a group. */
export function matching(entries: readonly Entry[], typed: string): Entry[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const first = words[0]
  const hits = entries.filter((e) => {
    const text = `${e.label} ${e.detail ?? ''}`.toLowerCase()
    return words.every((w) => text.includes(w))
  })
  const starts = (e: Entry) => (first !== undefined && e.label.toLowerCase().startsWith(first) ? 0 : 1)
  const taken = new Map<string, number>()
  return hits
    .toSorted((a, b) => starts(a) - starts(b))
    .filter((e) => {
      const count = (taken.get(e.group) ?? 0) + 1
      taken.set(e.group, count)
      return count <= perGroup
    })
}
