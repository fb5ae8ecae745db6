/** What saving a settings form would change, field by field, before it is sent. Pure. */
import type { SiteSettings } from '@/api/types'
import { iniSettings } from '@/features/php/model'
import { DEFAULT_UPLOAD_MB } from './settings'

/** A value as it is shown: words of ours, or text that stands for itself. */
export type Shown = { readonly key: string; readonly values?: Record<string, string | number> } | { readonly text: string }

export interface Change {
  /** Stable, for lists. */
  readonly field: string
  /** What it is called: one of our words, or a name such as that of a header. */
  readonly label: Shown
  /** Absent: it was not there. */
  readonly before: Shown | undefined
  /** Absent: it goes away. */
  readonly after: Shown | undefined
  /** Message key of what to know before saving. */
  readonly note?: string
}

/** In the order of the form. What is not said has no value. */
type Facts = Map<string, { label: Shown; value: Shown | undefined }>

const word = (key: string, values?: Record<string, string | number>): Shown => ({ key: `sites.settings.${key}`, ...(values === undefined ? {} : { values }) })
const text = (value: string | number): Shown => ({ text: String(value) })
const onOff = (value: boolean | undefined) => word(value === true ? 'on' : 'off')

function proxyText(proxy: NonNullable<SiteSettings['proxy']>): Shown {
  return 'port' in proxy ? word('portN', { port: String(proxy.port) }) : text(proxy.socket)
}

function facts(docroot: string, s: SiteSettings): Facts {
  const all: Facts = new Map()
  const put = (field: string, value: Shown | undefined, label: Shown = word(field)) => {
    all.set(field, { label, value })
  }
  put('docroot', text(docroot))
  put('runtime', { key: `sites.runtime.${s.runtime ?? 'php'}` })
  put('php_version', s.php_version == null ? word('asAccount') : text(s.php_version))
  put('proxy', s.proxy == null ? undefined : proxyText(s.proxy))
  put('app', s.app == null ? undefined : text(s.app))
  put('redirect_to', s.redirect == null ? undefined : text(s.redirect.to))
  put('redirect_status', s.redirect == null ? undefined : word(`redirectStatus.${s.redirect.status ?? 'moved_permanently'}`))
  put('redirect_keep_path', s.redirect?.keep_path === true ? word('on') : undefined)
  put('www', word(`wwwChanged.${s.www ?? 'none'}`))
  put('https', onOff(s.https))
  put('force_https', onOff(s.force_https))
  put('hsts', s.hsts == null ? word('off') : word(s.hsts.include_subdomains === true ? 'hstsAll' : 'hstsOwn', { n: s.hsts.max_age_days }))
  put('index', (s.index ?? []).length === 0 ? word('indexDefault') : text((s.index ?? []).join(' ')))
  put('max_upload_mb', text(`${s.max_upload_mb ?? DEFAULT_UPLOAD_MB} MiB`))
  put('page_cache', s.page_cache == null ? word('off') : word('seconds', { n: s.page_cache.seconds }))
  put('cache_cookies', (s.page_cache?.bypass_cookies ?? []).length === 0 ? undefined : text((s.page_cache?.bypass_cookies ?? []).join(' ')))
  for (const header of s.headers ?? []) put(`header ${header.name.toLowerCase()}`, text(header.value), text(header.name))
  for (const page of s.error_pages ?? []) put(`error ${page.status}`, text(page.path), word('errorPage', { status: page.status }))
  for (const { name } of iniSettings) {
    const value = s.php_ini?.[name]
    if (value !== undefined) put(`php_ini.${name}`, typeof value === 'boolean' ? onOff(value) : text(value), text(name))
  }
  return all
}

const notes: Record<string, (after: SiteSettings) => boolean> = {
  docroot: () => true,
  hsts: (after) => after.hsts != null,
  https: (after) => after.https !== true,
}

export function settingsChanges(before: { docroot: string; settings: SiteSettings }, after: { docroot: string; settings: SiteSettings }): Change[] {
  const [old, now] = [facts(before.docroot, before.settings), facts(after.docroot, after.settings)]
  const fields = [...new Set([...old.keys(), ...now.keys()])]
  return fields.flatMap((field): Change[] => {
    const [from, to] = [old.get(field), now.get(field)]
    const label = to?.label ?? from?.label
    if (label === undefined || JSON.stringify(from?.value) === JSON.stringify(to?.value)) return []
    const noted = notes[field]?.(after.settings) === true
    return [{ field, label, before: from?.value, after: to?.value, ...(noted ? { note: `sites.settings.notes.${field}` } : {}) }]
  })
}
