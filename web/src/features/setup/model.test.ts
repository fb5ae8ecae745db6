import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { setupSchema, strength } from './model'

describe('first run', () => {
  const good = { token: 'abcd', username: 'budi', password: 'kopi susu gula aren' }

  it('trims what is pasted', () => {
    expect(v.parse(setupSchema, { ...good, token: ' abcd\n' }).token).toBe('abcd')
  })

  it('holds names and passwords to the API’s rules', () => {
    for (const bad of [{ token: ' ' }, { username: 'bu' }, { username: 'budi santoso' }, { password: 'elevenbytes' }, { password: 'x'.repeat(257) }]) {
      expect(v.safeParse(setupSchema, { ...good, ...bad }).success).toBe(false)
    }
  })

  it('is not impressed by runs, known words and the own name', () => {
    expect(strength('short', 'budi')).toBe(0)
    expect(strength('aaaaaaaaaaaaaaaa', 'budi')).toBe(1)
    expect(strength('123456789012345', 'budi')).toBe(1)
    expect(strength('passwordpassword1', 'budi')).toBe(1)
    expect(strength('budisantoso12', 'budisantoso')).toBe(1)
    expect(strength('kopi susu gula aren', 'budi')).toBeGreaterThanOrEqual(3)
    expect(strength('tX9#mQ2!vL7$rK4&', 'budi')).toBe(4)
  })
})
