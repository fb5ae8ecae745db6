import { expect, it } from 'vitest'
import { aliasOf, kindOf, requestOf, siteFaults, siteForm, usualDocroot } from './model'

const filled = { ...siteForm('joko'), domain: ' toko.test ' }

it('sends what is filled in', () => {
  expect(requestOf(filled)).toEqual({ account: 'joko', domain: 'toko.test' })
  expect(requestOf({ ...filled, docroot: 'shop/public', runtime: 'static' })).toMatchObject({ account: 'joko', domain: 'toko.test', docroot: 'shop/public', settings: { runtime: 'static', https: false, proxy: null } })
  expect(aliasOf({ ...filled, domain: 'Bücher.test', allow_below_foreign: true })).toEqual({ domain: 'xn--bcher-kva.test', allow_below_foreign: true })
  expect(usualDocroot(filled)).toBe('domains/toko.test/public_html')
})

it('says what is missing, and for an alias asks for nothing but the name', () => {
  expect(Object.keys(siteFaults({ ...siteForm(''), domain: 'toko', runtime: 'node' })).toSorted()).toEqual(['account', 'app', 'domain'])
  expect(Object.keys(siteFaults({ ...siteForm(''), domain: 'toko.test', runtime: 'node', as: 'alias', docroot: '/etc' }))).toEqual(['account'])
  expect(siteFaults({ ...filled, docroot: '../x' })).toHaveProperty('docroot')
})

it('tells subdomains from further domains by whole labels', () => {
  expect(kindOf('blog.joko.test', ['joko.test'])).toBe('subdomain')
  expect(kindOf('ajoko.test', ['joko.test'])).toBe('addon')
  expect(kindOf('BLOG.Joko.Test', ['joko.test'])).toBe('subdomain')
})
