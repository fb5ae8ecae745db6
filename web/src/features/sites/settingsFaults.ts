/** What is wrong with a settings form, by field, before anything is sent. Pure; the ranges are those of `crates/types/src/sites`. */
import { iniFaults, iniSettings } from '@/features/php/model'
import {
  cookieFault, docrootFault, headerNameFault, headerValueFault, indexFault, rangeFault, redirectFault, repeated, socketFault, urlPathFault, wordsOf, type Fault, type Faults,
} from '@/lib/values'
import { canCache, type Pair, type RuntimeForm, type SettingsForm } from './settings'

export const MOST = { index: 8, headers: 32, error_pages: 16, cookies: 16 } as const
export const PORTS = { least: 20_000, most: 29_999 } as const

/** Every field that can show a problem. Rows of a list have fields of their own; what is said about the list stands below it. */
export const settingsFields: readonly string[] = [
  ...'docroot runtime php_version proxy app redirect www https force_https hsts index headers error_pages max_upload_mb page_cache page_cache.bypass_cookies'.split(' '),
  ...iniSettings.map(({ name }) => `php_ini.${name}`),
]

type Found = Record<string, Fault>
type Check = (text: string) => Fault | undefined

function put(found: Found, field: string, fault: Fault | undefined): void {
  if (fault !== undefined) found[field] = fault
}

export function runtimeFaults(form: RuntimeForm): Found {
  const found: Found = {}
  if (form.runtime === 'proxy') put(found, 'proxy', form.proxy_by === 'port' ? rangeFault(form.proxy_port.trim(), PORTS.least, PORTS.most) : socketFault(form.proxy_socket.trim()))
  if (form.runtime === 'node' && form.app === '') found['app'] = { key: 'sites.errors.app' }
  if (form.runtime === 'redirect') put(found, 'redirect', redirectFault(form.redirect_to.trim()))
  return found
}

function words(text: string, most: number, check: Check): Fault | undefined {
  const all = wordsOf(text)
  if (all.length > most) return { key: 'product.values.tooMany', values: { most } }
  if (repeated(all).length > 0) return { key: 'product.values.repeated' }
  return all.map(check).find((fault) => fault !== undefined)
}

/** Rows that are empty on both sides are nothing yet, and no fault. */
function pairs(found: Found, field: string, rows: readonly Pair[], checks: { name: Check; value: Check }): void {
  const names = rows.map((row) => row.name.trim().toLowerCase())
  rows.forEach((row, at) => {
    if (row.name.trim() === '' && row.value.trim() === '') return
    put(found, `${field}.${at}.name`, checks.name(row.name.trim()))
    put(found, `${field}.${at}.value`, checks.value(row.value.trim()))
  })
  for (const at of repeated(names)) found[`${field}.${at}.name`] = { key: 'product.values.repeated' }
}

/** `memoryMb` is what the account has: the ceiling of PHP's memory. */
export function settingsFaults(form: SettingsForm, memoryMb: number | undefined): Faults {
  const found: Found = { ...runtimeFaults(form), ...iniFaults(form.php_ini, memoryMb) }
  put(found, 'docroot', docrootFault(form.docroot.trim()))
  put(found, 'index', words(form.index, MOST.index, indexFault))
  pairs(found, 'headers', form.headers, { name: headerNameFault, value: headerValueFault })
  pairs(found, 'error_pages', form.error_pages, { name: (text) => rangeFault(text, 400, 599), value: urlPathFault })
  if (form.https && form.force_https && form.hsts) put(found, 'hsts', rangeFault(form.hsts_days.trim(), 1, 730))
  if (form.max_upload_mb.trim() !== '') put(found, 'max_upload_mb', rangeFault(form.max_upload_mb.trim(), 1, 16_384))
  if (form.page_cache && canCache(form.runtime)) {
    put(found, 'page_cache', rangeFault(form.cache_seconds.trim(), 1, 31_536_000))
    put(found, 'page_cache.bypass_cookies', words(form.cache_cookies, MOST.cookies, cookieFault))
  }
  return found
}
