/** Lines of a plan's detail and what they are, so that a diff reads as one. Pure. */
export interface DetailLine {
  readonly kind: 'added' | 'removed' | 'place' | 'plain'
  readonly text: string
}

export function detailLines(detail: string): DetailLine[] {
  const lines = detail.replace(/\n$/, '').split('\n')
  const isDiff = lines.some((l) => l.startsWith('@@') || l.startsWith('+'))
  return lines.map((text) => {
    if (!isDiff) return { kind: 'plain', text }
    if (/^(?:@@|\+\+\+ |--- )/.test(text)) return { kind: 'place', text }
    if (text.startsWith('+')) return { kind: 'added', text }
    if (text.startsWith('-')) return { kind: 'removed', text }
    return { kind: 'plain', text }
  })
}
