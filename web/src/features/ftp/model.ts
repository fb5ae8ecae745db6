import type { FtpLogin } from '@/api/types'
import { appNameFault, docrootFault, type Fault, type Faults } from '@/lib/values'

export interface FtpForm {
  name: string
  folder: string
  /** Empty keeps the one that is there. */
  password: string
  enabled: boolean
}

/** What is told apart when it is read: neither l and 1 nor o and 0. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

/** 24 characters, 120 bits. */
export function newPassword(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => alphabet[byte % 32]).join('')
}

export function ftpForm(login: FtpLogin | undefined): FtpForm {
  return login === undefined ? { name: '', folder: '', password: newPassword(), enabled: true } : { name: login.name, folder: login.folder, password: '', enabled: login.enabled }
}

export const ftpFields = ['name', 'folder', 'password'] as const

/** `known`: the login is there already, and may keep its password. */
export function ftpFaults({ name, folder, password }: FtpForm, known: boolean): Faults {
  const found: Record<string, Fault> = {}
  const put = (field: string, fault: Fault | undefined) => {
    if (fault !== undefined) found[field] = fault
  }
  put('name', appNameFault(name))
  put('folder', docrootFault(folder))
  const length = [...password].length
  if (!(known && length === 0) && (length < 8 || length > 128)) put('password', { key: 'sites.errors.password', values: { least: 8, most: 128 } })
  return found
}
