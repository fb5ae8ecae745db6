import { expect, it } from 'vitest'
import { loginAddress, safeNext } from './next'

it('goes on to paths of this application only', () => {
  expect(safeNext('/accounts/joko?tab=1')).toBe('/accounts/joko?tab=1')
  for (const bad of ['//evil.test', '/\\evil.test', 'https://evil.test', 'javascript:alert(1)', '', null]) expect(safeNext(bad)).toBe('/')
})

it('remembers where one was going', () => {
  expect(loginAddress('/')).toBe('/login')
  const address = new URL(loginAddress('/jobs?state=failed', true), 'https://panel.test')
  expect(safeNext(address.searchParams.get('next'))).toBe('/jobs?state=failed')
  expect(address.searchParams.has('ended')).toBe(true)
})
