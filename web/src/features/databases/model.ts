import type { DatabaseOverview, DatabaseUserView } from '@/api/types'
import type { Fault, Faults } from '@/lib/values'

export type Rights = 'none' | 'read' | 'full'

export interface UserForm {
  /** The part after the prefix. */
  name: string
  /** Empty where it is not about the password. */
  password: string
  /** By database. */
  rights: Record<string, Rights>
}

/** What a sheet about a user is for. */
export type Task = 'create' | 'rights' | 'password'

/** The part of a name that is one's own: with the prefix at most 48 characters. */
export function nameFault(name: string, prefix: string): Fault | undefined {
  const ok = /^[a-z0-9_]+$/.test(name) && prefix.length + name.length <= 48
  return ok ? undefined : { key: 'databases.errors.name', values: { most: 48 - prefix.length } }
}

export function passwordFault(password: string): Fault | undefined {
  const length = [...password].length
  return length >= 12 && length <= 128 ? undefined : { key: 'sites.errors.password', values: { least: 12, most: 128 } }
}

export function userForm(all: DatabaseOverview, user: DatabaseUserView | undefined, password: string): UserForm {
  const known = new Map(user?.grants.map((grant) => [grant.database, grant.rights]))
  // Somebody who has one database means that one.
  const first: Rights = user === undefined && all.databases.length === 1 ? 'full' : 'none'
  const rights = Object.fromEntries(all.databases.map(({ name }) => [name, known.get(name) ?? first]))
  return { name: '', password, rights }
}

export function userFaults({ name, password }: UserForm, prefix: string, task: Task): Faults {
  const found: Record<string, Fault> = {}
  const put = (field: string, fault: Fault | undefined) => {
    if (fault !== undefined) found[field] = fault
  }
  if (task === 'create') put('name', nameFault(name, prefix))
  if (task !== 'rights') put('password', passwordFault(password))
  return found
}

export function grantsOf({ rights }: UserForm): { database: string; rights: 'read' | 'full' }[] {
  return Object.entries(rights).flatMap(([database, given]) => (given === 'none' ? [] : [{ database, rights: given }]))
}

/** Who may enter a database. */
export function usersOf(all: DatabaseOverview, database: string): string[] {
  return all.users.filter((user) => user.grants.some((grant) => grant.database === database)).map((user) => user.name)
}
