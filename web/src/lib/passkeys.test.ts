import { expect, it } from 'vitest'
import { hindrance } from './passkeys'

it('says why passkeys do not work', () => {
  const here = 'https://panel.example:8443'
  expect(hindrance(null, here, true)).toBe('nameless')
  expect(hindrance(undefined, here, true)).toBe('nameless')
  expect(hindrance('https://panel.example', here, true)).toBe('elsewhere')
  expect(hindrance(here, 'https://192.0.2.1:8443', true)).toBe('elsewhere')
  expect(hindrance(here, here, false)).toBe('browser')
  expect(hindrance(here, here, true)).toBeUndefined()
})
