import { describe, expect, it } from 'vitest'
import type { SiteSettings } from '@/api/types'
import { settingsForm, settingsOf } from './settings'
import { settingsChanges } from './settingsChanges'
import { settingsFaults } from './settingsFaults'

const full: SiteSettings = {
  php_version: '8.2',
  php_ini: { memory_limit: 256, display_errors: false, 'date.timezone': 'Asia/Jakarta' },
  www: 'to_apex',
  https: true,
  force_https: true,
  hsts: { max_age_days: 365, include_subdomains: true },
  index: ['index.html', 'home.php'],
  headers: [{ name: 'X-Frame-Options', value: 'DENY' }],
  error_pages: [{ status: 404, path: '/404.html' }],
  max_upload_mb: 512,
  page_cache: { seconds: 60, bypass_cookies: ['PHPSESSID'] },
}
const others: SiteSettings[] = [
  {},
  { runtime: 'static' },
  { runtime: 'proxy', proxy: { port: 20_001 } },
  { runtime: 'proxy', proxy: { socket: 'app.sock' } },
  { runtime: 'node', app: 'shop', page_cache: { seconds: 5 } },
  { runtime: 'redirect', redirect: { to: 'https://a.test/x', status: 'found', keep_path: true } },
]

describe('a form and its settings', () => {
  it.each([full, ...others])('come back as they went in: %j', (settings) => {
    const form = settingsForm('domains/a.test', settings)
    expect(settingsOf(form)).toEqual(settings)
    expect(settingsFaults(form, 512)).toEqual({})
  })

  it('leaves out what does not go together', () => {
    expect(settingsOf({ ...settingsForm('a', full), https: false })).not.toHaveProperty('hsts')
    expect(settingsOf({ ...settingsForm('a', full), https: false })).not.toHaveProperty('force_https')
    expect(settingsOf({ ...settingsForm('a', full), runtime: 'static' })).not.toHaveProperty('page_cache')
  })

  it('sends internationalised names as the host writes them', () => {
    const form = { ...settingsForm('a', {}), runtime: 'redirect' as const, redirect_to: ' https://bücher.de/a ' }
    expect(settingsOf(form).redirect?.to).toBe('https://xn--bcher-kva.de/a')
  })
})

describe('what is refused before it is sent', () => {
  const form = () => settingsForm('domains/a.test', {})
  it.each([
    ['docroot', { docroot: '/etc' }],
    ['docroot', { docroot: 'a/../b' }],
    ['index', { index: 'a.html a.html' }],
    ['index', { index: 'a b c d e f g h i' }],
    ['max_upload_mb', { max_upload_mb: '0' }],
    ['max_upload_mb', { max_upload_mb: '20000' }],
    ['proxy', { runtime: 'proxy' as const, proxy_port: '80' }],
    ['proxy', { runtime: 'proxy' as const, proxy_by: 'socket' as const, proxy_socket: '../x' }],
    ['app', { runtime: 'node' as const }],
    ['redirect', { runtime: 'redirect' as const, redirect_to: 'https://a.test/?x' }],
    ['hsts', { https: true, force_https: true, hsts: true, hsts_days: '731' }],
    ['page_cache', { page_cache: true, cache_seconds: '0' }],
    ['page_cache.bypass_cookies', { page_cache: true, cache_cookies: 'a-b' }],
    ['headers.0.name', { headers: [{ name: 'Content-Length', value: '1' }] }],
    ['headers.1.name', { headers: [{ name: 'X-A', value: '1' }, { name: 'x-a', value: '2' }] }],
    ['headers.0.value', { headers: [{ name: 'X-A', value: 'a"b' }] }],
    ['error_pages.0.name', { error_pages: [{ name: '200', value: '/a' }] }],
    ['error_pages.0.value', { error_pages: [{ name: '404', value: 'a' }] }],
    ['php_ini.memory_limit', { php_ini: { memory_limit: '1024' } }],
  ])('%s', (field, part) => {
    expect(Object.keys(settingsFaults({ ...form(), ...part }, 512))).toEqual([field])
  })
})

describe('the list of changes', () => {
  const before = { docroot: 'domains/a.test', settings: full }

  it('is empty for what stays', () => {
    expect(settingsChanges(before, { docroot: 'domains/a.test', settings: settingsOf(settingsForm('domains/a.test', full)) })).toEqual([])
    expect(settingsChanges({ docroot: 'a', settings: { runtime: 'php', www: 'none', headers: [] } }, { docroot: 'a', settings: {} })).toEqual([])
  })

  it('names every field with what it was and what it becomes', () => {
    const after: SiteSettings = { ...full, runtime: 'static', headers: [{ name: 'X-Frame-Options', value: 'SAMEORIGIN' }, { name: 'X-A', value: '1' }], error_pages: [] }
    expect(settingsChanges(before, { docroot: 'shop', settings: after })).toEqual([
      { field: 'docroot', label: { key: 'sites.settings.docroot' }, before: { text: 'domains/a.test' }, after: { text: 'shop' }, note: 'sites.settings.notes.docroot' },
      { field: 'runtime', label: { key: 'sites.settings.runtime' }, before: { key: 'sites.runtime.php' }, after: { key: 'sites.runtime.static' } },
      { field: 'header x-frame-options', label: { text: 'X-Frame-Options' }, before: { text: 'DENY' }, after: { text: 'SAMEORIGIN' } },
      { field: 'error 404', label: { key: 'sites.settings.errorPage', values: { status: 404 } }, before: { text: '/404.html' }, after: undefined },
      { field: 'header x-a', label: { text: 'X-A' }, before: undefined, after: { text: '1' } },
    ])
  })

  it('warns of what browsers remember', () => {
    const changes = settingsChanges({ docroot: 'a', settings: {} }, { docroot: 'a', settings: { https: true, force_https: true, hsts: { max_age_days: 30 } } })
    expect(changes.map(({ field, note }) => [field, note])).toEqual([
      ['https', undefined],
      ['force_https', undefined],
      ['hsts', 'sites.settings.notes.hsts'],
    ])
  })
})
