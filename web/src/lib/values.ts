/**
 * The grammar of what sites and apps can be told, as `crates/types/src/sites/values.rs` and `apps.rs` have it, so that a form can
 * say what is wrong before the server does. The server decides. Checks answer with what is wrong, or nothing.
 */
import { domainFault } from './names'

export interface Fault {
  /** Message key. */
  readonly key: string
  readonly values?: Readonly<Record<string, string | number>>
}

/** What is wrong with a form, by the name of the field. */
export type Faults = Readonly<Record<string, Fault>>

const fault = (key: string) => ({ key: `product.values.${key}` })

export function isWhole(text: string, least: number, most: number): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most
}

export function rangeFault(text: string, least: number, most: number): Fault | undefined {
  return isWhole(text, least, most) ? undefined : { key: 'product.values.range', values: { least, most } }
}

export function urlPathFault(text: string): Fault | undefined {
  if (text === '/') return undefined
  const segments = text.slice(1).replace(/\/$/, '').split('/')
  const ok = text.startsWith('/') && text.length <= 255 && segments.every((s) => /^[A-Za-z0-9._~-]+$/.test(s) && s !== '.' && s !== '..')
  return ok ? undefined : fault('path')
}

/** A folder or file below the home. */
export function docrootFault(text: string): Fault | undefined {
  const segments = text.split('/')
  const ok = text.length <= 255 && segments.length <= 16 && segments.every((s) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(s))
  return ok ? undefined : fault('docroot')
}

const fileName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/

export const indexFault = (text: string): Fault | undefined => (fileName.test(text) ? undefined : fault('fileName'))
export const socketFault = (text: string): Fault | undefined => (fileName.test(text) ? undefined : fault('fileName'))
export const cookieFault = (text: string): Fault | undefined => (/^[A-Za-z0-9_]{1,64}$/.test(text) ? undefined : fault('cookie'))

/** Headers that the web server sets itself, or that have an option of their own. */
const keptHeaders = new Set(
  'connection content-encoding content-length content-range content-type date keep-alive location server status strict-transport-security trailer transfer-encoding upgrade'.split(' '),
)

export function headerNameFault(text: string): Fault | undefined {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(text)) return fault('headerName')
  const name = text.toLowerCase()
  return keptHeaders.has(name) || name.startsWith('x-accel-') ? fault('headerKept') : undefined
}

export function headerValueFault(text: string): Fault | undefined {
  return text.length <= 1_024 && /^[\x21\x23\x25-\x5b\x5d-\x7e](?:[\x20\x21\x23\x25-\x5b\x5d-\x7e]*[\x21\x23\x25-\x5b\x5d-\x7e])?$/.test(text) ? undefined : fault('headerValue')
}

export function realmFault(text: string): Fault | undefined {
  return text.length <= 64 && /^[A-Za-z0-9._-](?:[A-Za-z0-9 ._-]*[A-Za-z0-9._-])?$/.test(text) ? undefined : fault('realm')
}

export const visitorFault = (text: string): Fault | undefined => (/^[A-Za-z0-9._@-]{1,64}$/.test(text) ? undefined : fault('visitor'))

export function timeZoneFault(text: string): Fault | undefined {
  return text.length <= 64 && /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z][A-Za-z0-9_+-]*){0,2}$/.test(text) ? undefined : fault('timeZone')
}

/** An absolute address without user, query or fragment. */
export function redirectFault(text: string): Fault | undefined {
  const [, host, port, path] = /^https?:\/\/([^/:]+)(?::(\d{1,5}))?(\/.*)?$/.exec(text) ?? []
  if (host === undefined || domainFault(host) !== undefined) return fault('redirect')
  if (port !== undefined && !isWhole(port, 1, 65_535)) return fault('redirect')
  return path === undefined || urlPathFault(path) === undefined ? undefined : fault('redirect')
}

export function appNameFault(text: string): Fault | undefined {
  return /^[a-z][a-z0-9-]{0,30}$/.test(text) && !text.endsWith('-') ? undefined : fault('appName')
}

const keptVariables = new Set('HOME USER LOGNAME SHELL PORT TMPDIR INSTANCE XDG_RUNTIME_DIR'.split(' '))

export function envNameFault(text: string): Fault | undefined {
  if (!/^[A-Z_][A-Z0-9_]{0,63}$/.test(text)) return fault('envName')
  return keptVariables.has(text) || text.startsWith('LD_') ? fault('envKept') : undefined
}

/** At which places of a list a value stands that stood there before. */
export function repeated(values: readonly string[]): number[] {
  return values.flatMap((value, at) => (value !== '' && values.indexOf(value) < at ? [at] : []))
}

/** The words of a text, however they are set apart. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean)
}
