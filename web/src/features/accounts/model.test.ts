import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { Account } from '@/api/types'
import { accountSchema, matches, requestOf } from './model'

const form = { username: 'joko', primary_domain: 'joko.test', package: 'starter', contact_email: '', php_version: '' }

describe('the account form', () => {
  it('leaves out what was left empty', () => {
    expect(requestOf(v.parse(accountSchema, form))).toEqual({ username: 'joko', primary_domain: 'joko.test', package: 'starter' })
  })

  it('sends names as the host writes them', () => {
    const full = { ...form, username: ' joko ', primary_domain: 'Münchен.test', contact_email: 'joko@joko.test', php_version: '8.2' }
    const request = requestOf(v.parse(accountSchema, { ...full, primary_domain: 'München.test' }))
    expect(request).toEqual({ username: 'joko', primary_domain: 'xn--mnchen-3ya.test', package: 'starter', contact_email: 'joko@joko.test', php_version: '8.2' })
  })

  it('names the field at fault', () => {
    const result = v.safeParse(accountSchema, { ...form, username: 'root', contact_email: 'nobody', package: '' })
    const faults = Object.fromEntries((result.issues ?? []).map((i) => [v.getDotPath(i), i.message]))
    expect(faults).toEqual({ username: 'product.names.usernameReserved', contact_email: 'product.names.email', package: 'product.names.package' })
  })
})

it('finds accounts by every word typed', () => {
  const yes = { allowed: true }
  const account: Account = {
    username: 'joko', uid: 12000, primary_domain: 'toko-joko.test', package: 'starter', status: 'active', home_dir: '/home/joko', contact_email: null,
    revision: null, drift_count: 0, site_count: 1, job_id: null, created_at: '', updated_at: '', actions: { delete: yes, create_site: yes, update_php: yes, update_apps: yes, update_databases: yes, update_cron: yes, update: yes, password: yes, rename: yes, suspend: yes, unsuspend: yes, roll_back: yes, update_ftp: yes, update_ssh: yes },
  }
  expect(matches(account, 'TOKO start')).toBe(true)
  expect(matches(account, '12000')).toBe(true)
  expect(matches(account, 'toko pro')).toBe(false)
  expect(matches(account, '')).toBe(true)
})
