import { expect, it } from 'vitest'
import { newFolder, protectionChanges, protectionFaults, protectionForm, protectionOf } from './protection'

const before = [{ path: '/staff', realm: 'Staff', visitors: [{ name: 'sari' }, { name: 'budi' }] }]

it('keeps passwords that were not typed', () => {
  const form = protectionForm(before)
  expect(protectionFaults(form, before)).toEqual({})
  expect(protectionChanges(before, form)).toEqual([])
  expect(protectionOf(form).folders[0]?.visitors).toEqual([{ name: 'sari' }, { name: 'budi' }])
})

it('wants a password where there is none to keep', () => {
  const form = protectionForm(before)
  form.folders[0]?.visitors.push({ name: 'new', password: '' })
  expect(Object.keys(protectionFaults(form, before))).toEqual(['folders.0.visitors.2.password'])
  const moved = protectionForm(before)
  Object.assign(moved.folders[0] ?? {}, { path: '/other' })
  expect(Object.keys(protectionFaults(moved, before))).toEqual(['folders.0.visitors.0.password', 'folders.0.visitors.1.password'])
})

it('refuses a path that stands twice, with a slash or without', () => {
  const form = protectionForm([...before, { path: '/staff/', realm: 'B', visitors: [] }])
  expect(Object.keys(protectionFaults(form, before))).toEqual(['folders.1.path'])
})

it('lists what comes, goes and changes without any password', () => {
  const form = protectionForm(before)
  const [folder] = form.folders
  if (folder !== undefined) Object.assign(folder, { realm: 'Crew', visitors: [{ name: 'sari', password: 'kopi susu' }] })
  form.folders.push({ ...newFolder('a.test'), visitors: [{ name: 'tamu', password: 'rahasia sekali' }] })
  const changes = protectionChanges(before, form)
  expect(changes.map((c) => c.field)).toEqual(['0 realm', '0 visitors', '0 sari', '1 /'])
  expect(JSON.stringify(changes)).not.toMatch(/kopi|rahasia/)
})
