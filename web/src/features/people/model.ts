import type { User } from '@/api/types'
import type { StateTone } from '@/ui/UiState.vue'

export const userTone: Record<User['state'], StateTone> = { active: 'ok', invited: 'waiting', disabled: 'off' }

/** The name of a login, as `crates/panel/src/auth/logins.rs` has it. */
export function loginNameFault(text: string): string | undefined {
  return /^[a-z0-9][a-z0-9._-]{2,31}$/i.test(text) ? undefined : 'people.nameHint'
}

export function roleNameFault(text: string): string | undefined {
  return /^[a-z][a-z0-9-]{1,15}$/.test(text) ? undefined : 'people.roles.nameHint'
}

/** Permissions by what they are about, in the order they came: `site:read` is the verb `read` of the module `site`. */
export function byModule(permissions: readonly string[]): { module: string; permissions: { name: string; verb: string }[] }[] {
  const groups = new Map<string, { name: string; verb: string }[]>()
  for (const name of permissions) {
    const [module = '', verb = ''] = name.split(':')
    const group = groups.get(module) ?? []
    group.push({ name, verb })
    groups.set(module, group)
  }
  return [...groups].map(([module, list]) => ({ module, permissions: list }))
}

/** What somebody wrote, one on each line. */
export const lines = (text: string): string[] =>
  text
    .split(/[\s,]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
