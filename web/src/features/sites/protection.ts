/** Protected folders as a form holds them. Passwords only ever go in. Pure. */
import type { ProtectSite, ProtectedFolder } from '@/api/types'
import { realmFault, repeated, urlPathFault, visitorFault, type Fault, type Faults } from '@/lib/values'
import type { Change } from './settingsChanges'

export const MOST = { folders: 16, visitors: 64 } as const
export const PASSWORD = { least: 8, most: 128 } as const

export interface VisitorForm {
  name: string
  /** Empty keeps the one they have. */
  password: string
}

export interface FolderForm {
  path: string
  realm: string
  visitors: VisitorForm[]
}

export interface ProtectionForm {
  folders: FolderForm[]
}

export function protectionForm(folders: readonly ProtectedFolder[]): ProtectionForm {
  return { folders: folders.map(({ path, realm, visitors }) => ({ path, realm, visitors: visitors.map(({ name }) => ({ name, password: '' })) })) }
}

export function protectionOf(form: ProtectionForm): ProtectSite {
  return {
    folders: form.folders.map(({ path, realm, visitors }) => ({
      path: path.trim(),
      realm: realm.trim(),
      visitors: visitors.map(({ name, password }) => ({ name: name.trim(), ...(password === '' ? {} : { password }) })),
    })),
  }
}

export const newFolder = (realm: string): FolderForm => ({ path: '/', realm, visitors: [{ name: '', password: '' }] })

/** A password belongs to a visitor in a folder: in another folder, or under another name, there is none to keep. */
export function keeps(visitor: VisitorForm, folder: FolderForm, before: readonly ProtectedFolder[]): boolean {
  const same = before.find(({ path }) => path === folder.path.trim())
  return same?.visitors.some(({ name }) => name === visitor.name.trim()) ?? false
}

function passwordFault(password: string, kept: boolean): Fault | undefined {
  if (password === '') return kept ? undefined : { key: 'sites.errors.password', values: PASSWORD }
  const length = [...password].length
  return length < PASSWORD.least || length > PASSWORD.most ? { key: 'sites.errors.password', values: PASSWORD } : undefined
}

export function protectionFaults(form: ProtectionForm, before: readonly ProtectedFolder[]): Faults {
  const found: Record<string, Fault> = {}
  const put = (field: string, fault: Fault | undefined) => {
    if (fault !== undefined) found[field] = fault
  }
  form.folders.forEach((folder, at) => {
    put(`folders.${at}.path`, urlPathFault(folder.path.trim()))
    put(`folders.${at}.realm`, realmFault(folder.realm.trim()))
    folder.visitors.forEach((visitor, who) => {
      put(`folders.${at}.visitors.${who}.name`, visitorFault(visitor.name.trim()))
      put(`folders.${at}.visitors.${who}.password`, passwordFault(visitor.password, keeps(visitor, folder, before)))
    })
    for (const who of repeated(folder.visitors.map(({ name }) => name.trim()))) found[`folders.${at}.visitors.${who}.name`] = { key: 'product.values.repeated' }
  })
  for (const at of repeated(form.folders.map(({ path }) => path.trim().replace(/\/$/, '') || '/'))) found[`folders.${at}.path`] = { key: 'product.values.repeated' }
  return found
}

/** What saving would change: folders that come, go or are asked for in other words, and who may enter. */
export function protectionChanges(before: readonly ProtectedFolder[], form: ProtectionForm): Change[] {
  const names = (visitors: readonly { name: string }[]) => visitors.map(({ name }) => name.trim()).join(', ')
  const changes: Change[] = []
  const paths = new Set(form.folders.map(({ path }) => path.trim()))
  for (const folder of before) {
    if (!paths.has(folder.path)) changes.push({ field: folder.path, label: { key: 'sites.protection.folder' }, before: { text: folder.path }, after: undefined })
  }
  form.folders.forEach((folder, at) => {
    const path = folder.path.trim()
    const old = before.find((f) => f.path === path)
    const label = { text: path }
    if (old === undefined) {
      changes.push({ field: `${at} ${path}`, label: { key: 'sites.protection.folder' }, before: undefined, after: { text: `${path} (${names(folder.visitors)})` } })
      return
    }
    if (old.realm !== folder.realm.trim()) changes.push({ field: `${at} realm`, label, before: { text: old.realm }, after: { text: folder.realm.trim() } })
    if (names(old.visitors) !== names(folder.visitors)) changes.push({ field: `${at} visitors`, label, before: { text: names(old.visitors) || '–' }, after: { text: names(folder.visitors) || '–' } })
    for (const visitor of folder.visitors) {
      if (visitor.password !== '' && keeps(visitor, folder, before)) changes.push({ field: `${at} ${visitor.name}`, label, before: undefined, after: { key: 'sites.protection.newPassword', values: { name: visitor.name.trim() } } })
    }
  })
  return changes
}
