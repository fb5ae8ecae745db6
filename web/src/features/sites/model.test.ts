import * as v from 'valibot'
import { expect, it } from 'vitest'
import { kindOf, requestOf, siteSchema } from './model'

it('sends what is filled in', () => {
  expect(requestOf(v.parse(siteSchema, { account: 'joko', domain: ' toko.test ', php_version: '' }))).toEqual({ account: 'joko', domain: 'toko.test' })
  expect(v.safeParse(siteSchema, { account: '', domain: 'toko', php_version: '' }).issues).toHaveLength(2)
})

it('tells subdomains from further domains by whole labels', () => {
  expect(kindOf('blog.joko.test', ['joko.test'])).toBe('subdomain')
  expect(kindOf('ajoko.test', ['joko.test'])).toBe('addon')
  expect(kindOf('BLOG.Joko.Test', ['joko.test'])).toBe('subdomain')
})
