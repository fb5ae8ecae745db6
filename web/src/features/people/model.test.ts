import { describe, expect, it } from 'vitest'
import { byModule, lines, loginNameFault, roleNameFault } from './model'

describe('people', () => {
  it('takes the names that the panel takes', () => {
    for (const good of ['ani', 'Ani.W', 'a_b-c', '1st']) expect(loginNameFault(good), good).toBeUndefined()
    for (const bad of ['', 'ab', '-ani', 'a b', 'a@b', 'a'.repeat(33)]) expect(loginNameFault(bad), bad).toBeDefined()
    for (const good of ['support-2', 'ab']) expect(roleNameFault(good), good).toBeUndefined()
    for (const bad of ['', 'a', 'Admin', '1st', 'a'.repeat(17)]) expect(roleNameFault(bad), bad).toBeDefined()
  })
  it('groups permissions by what they are about', () => {
    expect(byModule(['site:read', 'site:update', 'log:read'])).toEqual([
      { module: 'site', permissions: [{ name: 'site:read', verb: 'read' }, { name: 'site:update', verb: 'update' }] },
      { module: 'log', permissions: [{ name: 'log:read', verb: 'read' }] },
    ])
  })
  it('reads networks however they are separated', () => {
    expect(lines(' 192.0.2.0/24\n\n2001:db8::/48, 10.0.0.1 ')).toEqual(['192.0.2.0/24', '2001:db8::/48', '10.0.0.1'])
  })
})
