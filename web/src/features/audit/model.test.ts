import { expect, it } from 'vitest'
import { dayBegins, facts, phaseTone } from './model'

it('lists metadata by name', () => {
  expect(facts({ package: 'starter', uid: 12000, tags: ['a'] })).toEqual([
    { name: 'package', value: 'starter' },
    { name: 'uid', value: '12000' },
    { name: 'tags', value: '["a"]' },
  ])
  expect(facts(null)).toEqual([])
  expect(facts({})).toEqual([])
  expect(facts('text')).toEqual([{ name: '', value: 'text' }])
})

it('shows phases it does not know without a claim', () => {
  expect(phaseTone('success')).toBe('ok')
  expect(phaseTone('begin')).toBe('off')
  expect(phaseTone('something')).toBe('off')
})

it('knows when a day begins here, and the one after', () => {
  expect(dayBegins('2026-11-21')).toBe(new Date(2026, 10, 21).toISOString())
  expect(dayBegins('2026-11-30', 1)).toBe(new Date(2026, 11, 1).toISOString())
  expect(dayBegins('')).toBeUndefined()
  expect(dayBegins('yesterday')).toBeUndefined()
})
