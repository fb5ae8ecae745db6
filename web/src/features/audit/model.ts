/** How the audit trail reads. Pure. */
import type { StateTone } from '@/ui/UiState.vue'

const tones: Record<string, StateTone> = { success: 'ok', failed: 'bad', interrupted: 'warn' }

/** A begin row is no state of its own: its outcome stands in another row. */
export const phaseTone = (phase: string): StateTone => tones[phase] ?? 'off'

export interface Fact {
  readonly name: string
  readonly value: string
}

/** Metadata as name and value, one level deep; what lies deeper is printed as JSON. */
export function facts(metadata: unknown): Fact[] {
  if (metadata === null || metadata === undefined) return []
  if (typeof metadata !== 'object' || Array.isArray(metadata)) return [{ name: '', value: print(metadata) }]
  return Object.entries(metadata).map(([name, value]) => ({ name, value: print(value) }))
}

function print(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The moment at which a day of the calendar begins here, `later` days on; nothing for what is no day. */
export function dayBegins(day: string, later = 0): string | undefined {
  const at = new Date(`${day}T00:00`)
  if (Number.isNaN(at.getTime())) return undefined
  at.setDate(at.getDate() + later)
  return at.toISOString()
}
