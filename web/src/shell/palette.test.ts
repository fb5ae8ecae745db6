import { expect, it } from 'vitest'
import { matching, type Entry } from './palette'

const entry = (group: Entry['group'], label: string, detail?: string): Entry => ({
  id: label,
  group,
  label,
  ...(detail === undefined ? {} : { detail }),
  icon: {},
  run: () => undefined,
})

it('wants every word and puts names that start with the first one first', () => {
  const found = matching([entry('sites', 'toko-joko.test', 'joko'), entry('accounts', 'joko', 'joko.test'), entry('accounts', 'siti')], 'jok tes')
  expect(found.map((e) => e.label)).toEqual(['joko', 'toko-joko.test'])
})

it('shows at most eight of a group', () => {
  const many = Array.from({ length: 30 }, (_, n) => entry('accounts', `akun${n}`))
  expect(matching([...many, entry('pages', 'Akun')], 'akun')).toHaveLength(9)
})
