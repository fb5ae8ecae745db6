import { describe, expect, it } from 'vitest'
import { grantsOf, nameFault, userFaults, userForm, usersOf } from './model'

const all = {
  available: true,
  server: '10.11.6-MariaDB',
  host: 'localhost',
  prefix: 'joko_',
  most_databases: 3,
  most_users: 3,
  databases: [
    { name: 'joko_blog', bytes: 0, tables: 0 },
    { name: 'joko_shop', bytes: 16384, tables: 1 },
  ],
  users: [{ name: 'joko_app', grants: [{ database: 'joko_shop', rights: 'read' as const }] }],
}

describe('databases', () => {
  it('have names of letters, digits and underscores, of a length', () => {
    for (const good of ['shop', '1', 'a_b', 'x'.repeat(43)]) expect(nameFault(good, 'joko_')).toBeUndefined()
    for (const bad of ['', 'Shop', 'a-b', 'a b', 'a`', 'x'.repeat(44)]) expect(nameFault(bad, 'joko_')).toBeDefined()
  })

  it('are entered by users who were given rights', () => {
    const known = userForm(all, all.users[0], '')
    expect(known.rights).toEqual({ joko_blog: 'none', joko_shop: 'read' })
    expect(grantsOf(known)).toEqual([{ database: 'joko_shop', rights: 'read' }])
    expect(usersOf(all, 'joko_shop')).toEqual(['joko_app'])
    expect(usersOf(all, 'joko_blog')).toEqual([])
    expect(userForm({ ...all, databases: all.databases.slice(1) }, undefined, '').rights).toEqual({ joko_shop: 'full' })
  })

  it('say what is wrong with a user', () => {
    const faults = (form: object, task: 'create' | 'rights' | 'password') => Object.keys(userFaults({ name: 'app', password: 'x'.repeat(12), rights: {}, ...form }, 'joko_', task))
    expect(faults({}, 'create')).toEqual([])
    expect(faults({ name: 'App', password: 'short' }, 'create')).toEqual(['name', 'password'])
    expect(faults({ name: '', password: 'short' }, 'password')).toEqual(['password'])
    expect(faults({ name: '', password: '' }, 'rights')).toEqual([])
  })
})
