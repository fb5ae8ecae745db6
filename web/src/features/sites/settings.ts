/** A site's settings as a form holds them, and back. Pure: what goes in comes out, and what does not go together is left out. */
import type { AllSiteSettings, SiteRuntime, SiteSettings } from '@/api/types'
import { iniForm, iniOf, type IniForm } from '@/features/php/model'
import { asciiDomain } from '@/lib/names'
import { wordsOf } from '@/lib/values'

export const runtimes = ['php', 'static', 'node', 'proxy', 'redirect'] as const satisfies readonly SiteRuntime[]
export const redirectStatuses = ['moved_permanently', 'found', 'permanent', 'temporary'] as const
export const wwwChoices = ['none', 'both', 'to_apex', 'to_www'] as const
export const DEFAULT_UPLOAD_MB = 64

export interface Pair {
  name: string
  value: string
}

/** How a site answers. */
export interface RuntimeForm {
  runtime: SiteRuntime
  php_version: string
  proxy_by: 'port' | 'socket'
  proxy_port: string
  proxy_socket: string
  app: string
  redirect_to: string
  redirect_status: (typeof redirectStatuses)[number]
  redirect_keep_path: boolean
}

export interface SettingsForm extends RuntimeForm {
  docroot: string
  www: (typeof wwwChoices)[number]
  https: boolean
  force_https: boolean
  hsts: boolean
  hsts_days: string
  hsts_subdomains: boolean
  /** File names, apart by spaces. */
  index: string
  /** Name: the status. Value: the path. */
  error_pages: Pair[]
  headers: Pair[]
  max_upload_mb: string
  page_cache: boolean
  cache_seconds: string
  /** Cookie names, apart by spaces. */
  cache_cookies: string
  php_ini: IniForm
}

export const canCache = (runtime: SiteRuntime) => runtime !== 'static' && runtime !== 'redirect'

export function runtimeForm(settings: SiteSettings = {}): RuntimeForm {
  const { proxy, redirect } = settings
  return {
    runtime: settings.runtime ?? 'php',
    php_version: settings.php_version ?? '',
    proxy_by: proxy && 'socket' in proxy ? 'socket' : 'port',
    proxy_port: proxy && 'port' in proxy ? String(proxy.port) : '',
    proxy_socket: proxy && 'socket' in proxy ? proxy.socket : '',
    app: settings.app ?? '',
    redirect_to: redirect?.to ?? '',
    redirect_status: redirect?.status ?? 'moved_permanently',
    redirect_keep_path: redirect?.keep_path ?? false,
  }
}

export function settingsForm(docroot: string, settings: SiteSettings): SettingsForm {
  return {
    docroot,
    ...runtimeForm(settings),
    www: settings.www ?? 'none',
    https: settings.https ?? false,
    force_https: settings.force_https ?? false,
    hsts: settings.hsts != null,
    hsts_days: String(settings.hsts?.max_age_days ?? 180),
    hsts_subdomains: settings.hsts?.include_subdomains ?? false,
    index: (settings.index ?? []).join(' '),
    error_pages: (settings.error_pages ?? []).map(({ status, path }) => ({ name: String(status), value: path })),
    headers: (settings.headers ?? []).map((header) => ({ ...header })),
    max_upload_mb: settings.max_upload_mb == null ? '' : String(settings.max_upload_mb),
    page_cache: settings.page_cache != null,
    cache_seconds: String(settings.page_cache?.seconds ?? 60),
    cache_cookies: (settings.page_cache?.bypass_cookies ?? []).join(' '),
    php_ini: iniForm(settings.php_ini ?? {}),
  }
}

const target = (text: string) => text.trim().replace(/^(https?:\/\/)([^/:]+)/, (_, scheme: string, host: string) => scheme + (asciiDomain(host) ?? host))

/** The runtime and what belongs to it. PHP is what absence means. */
export function runtimeSettings(form: RuntimeForm): SiteSettings {
  const { runtime } = form
  return {
    ...(runtime === 'php' ? {} : { runtime }),
    ...(form.php_version === '' ? {} : { php_version: form.php_version }),
    ...(runtime === 'proxy' ? { proxy: form.proxy_by === 'port' ? { port: Number(form.proxy_port) } : { socket: form.proxy_socket.trim() } } : {}),
    ...(runtime === 'node' ? { app: form.app } : {}),
    ...(runtime === 'redirect'
      ? {
          redirect: {
            to: target(form.redirect_to),
            ...(form.redirect_status === 'moved_permanently' ? {} : { status: form.redirect_status }),
            ...(form.redirect_keep_path ? { keep_path: true } : {}),
          },
        }
      : {}),
  }
}

const filled = (pairs: readonly Pair[]) => pairs.map((p) => ({ name: p.name.trim(), value: p.value.trim() })).filter((p) => p.name !== '' || p.value !== '')

/** What is at its default is left out, as the files of an account leave it out. */
export function settingsOf(form: SettingsForm): SiteSettings {
  const [index, headers, pages, cookies, ini] = [wordsOf(form.index), filled(form.headers), filled(form.error_pages), wordsOf(form.cache_cookies), iniOf(form.php_ini)]
  const forced = form.https && form.force_https
  return {
    ...runtimeSettings(form),
    ...(Object.keys(ini).length === 0 ? {} : { php_ini: ini }),
    ...(form.www === 'none' ? {} : { www: form.www }),
    ...(form.https ? { https: true } : {}),
    ...(forced ? { force_https: true } : {}),
    ...(forced && form.hsts ? { hsts: { max_age_days: Number(form.hsts_days), ...(form.hsts_subdomains ? { include_subdomains: true } : {}) } } : {}),
    ...(index.length === 0 ? {} : { index }),
    ...(headers.length === 0 ? {} : { headers }),
    ...(pages.length === 0 ? {} : { error_pages: pages.map(({ name, value }) => ({ status: Number(name), path: value })) }),
    ...(form.max_upload_mb.trim() === '' ? {} : { max_upload_mb: Number(form.max_upload_mb) }),
    ...(form.page_cache && canCache(form.runtime) ? { page_cache: { seconds: Number(form.cache_seconds), ...(cookies.length === 0 ? {} : { bypass_cookies: cookies }) } } : {}),
  }
}

/** Every field said, as the API wants it. */
export function completed(settings: SiteSettings): AllSiteSettings {
  return {
    runtime: 'php',
    php_version: null,
    php_ini: {},
    proxy: null,
    app: null,
    redirect: null,
    www: 'none',
    https: false,
    force_https: false,
    hsts: null,
    index: [],
    headers: [],
    error_pages: [],
    max_upload_mb: null,
    page_cache: null,
    ...settings,
  }
}
