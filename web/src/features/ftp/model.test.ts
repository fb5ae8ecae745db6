import { describe, expect, it } from 'vitest'
import { ftpFaults, ftpForm, newPassword } from './model'

describe('an FTP login', () => {
  it('starts with a password of its own', () => {
    expect(newPassword()).toMatch(/^[a-z2-9]{24}$/)
    expect(ftpForm(undefined).password).not.toBe(ftpForm(undefined).password)
    expect(ftpForm({ name: 'web', login: 'joko.web', folder: 'web', enabled: false })).toEqual({ name: 'web', folder: 'web', password: '', enabled: false })
  })

  it('says what is wrong with it', () => {
    const faults = (form: object, known = false) => Object.keys(ftpFaults({ ...ftpForm(undefined), name: 'web', folder: 'web', ...form }, known))
    expect(faults({})).toEqual([])
    expect(faults({ name: 'Web', folder: '/etc', password: 'short' })).toEqual(['name', 'folder', 'password'])
    expect(faults({ password: '' })).toEqual(['password'])
    expect(faults({ password: '' }, true)).toEqual([])
  })
})
