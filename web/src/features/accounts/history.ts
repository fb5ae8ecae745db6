import type { RevisionView } from '@/api/types'

/** The kind of job that an operation of the host daemon belongs to: `site_add` is what `site.create` does. */
export function jobKindOf(action: string | null | undefined): string {
  if (action == null) return '?'
  if (!action.includes('_')) return `account.${action}`
  return action.replace(/_add$/, '_create').replace(/_remove$/, '_delete').replace(/_([^_]*)$/, '.$1')
}

/** What is different in short: the fields, with what became of them. */
export function changesOf(one: RevisionView): string {
  const marks = { create: '+', update: '', remove: '−' } as const
  const fields = one.changes.map((change) => marks[change.action] + change.field)
  return [...fields, ...(one.more_changes > 0 ? [`+${one.more_changes} …`] : [])].join(', ')
}
