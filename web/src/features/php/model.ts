/** PHP settings, the closed list of `crates/types/src/sites/ini.rs`: what each takes and in which unit. Pure. */
import type { PhpIni } from '@/api/types'
import { rangeFault, timeZoneFault, type Fault } from '@/lib/values'

export type IniSetting = { readonly name: keyof PhpIni } & (
  | { readonly kind: 'number'; readonly least: number; readonly most: number; readonly unit?: 'MiB' | 's' }
  | { readonly kind: 'switch' }
  | { readonly kind: 'zone' }
)

export const iniSettings: readonly IniSetting[] = [
  { name: 'memory_limit', kind: 'number', least: 16, most: 65_536, unit: 'MiB' },
  { name: 'max_execution_time', kind: 'number', least: 1, most: 3_600, unit: 's' },
  { name: 'max_input_time', kind: 'number', least: 1, most: 3_600, unit: 's' },
  { name: 'max_input_vars', kind: 'number', least: 100, most: 100_000 },
  { name: 'max_file_uploads', kind: 'number', least: 1, most: 1_000 },
  { name: 'session.gc_maxlifetime', kind: 'number', least: 60, most: 31_536_000, unit: 's' },
  { name: 'date.timezone', kind: 'zone' },
  { name: 'display_errors', kind: 'switch' },
  { name: 'allow_url_fopen', kind: 'switch' },
  { name: 'short_open_tag', kind: 'switch' },
  { name: 'zlib.output_compression', kind: 'switch' },
]

/** By name; what is empty stays as it is elsewhere. A switch is `on` or `off`. */
export type IniForm = Record<string, string>

export function iniForm(ini: PhpIni): IniForm {
  return Object.fromEntries(
    iniSettings.map(({ name }) => {
      const value = ini[name]
      return [name, value === undefined ? '' : typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)]
    }),
  )
}

export function iniOf(form: IniForm): PhpIni {
  return Object.fromEntries(
    iniSettings.flatMap(({ name, kind }) => {
      const text = (form[name] ?? '').trim()
      if (text === '') return []
      return [[name, kind === 'number' ? Number(text) : kind === 'switch' ? text === 'on' : text]]
    }),
  )
}

/** The most a setting may be: an account's PHP cannot be promised more memory than the account has. */
export function mostOf(setting: IniSetting & { kind: 'number' }, memoryMb: number | undefined): number {
  return setting.name === 'memory_limit' && memoryMb !== undefined ? Math.min(setting.most, memoryMb) : setting.most
}

export function iniFaults(form: IniForm, memoryMb: number | undefined): Record<string, Fault> {
  const found: Record<string, Fault> = {}
  for (const setting of iniSettings) {
    const text = (form[setting.name] ?? '').trim()
    if (text === '' || setting.kind === 'switch') continue
    const fault = setting.kind === 'number' ? rangeFault(text, setting.least, mostOf(setting, memoryMb)) : timeZoneFault(text)
    if (fault !== undefined) found[`php_ini.${setting.name}`] = fault
  }
  return found
}

export interface IniChange {
  readonly name: string
  readonly before: boolean | number | string | undefined
  readonly after: boolean | number | string | undefined
}

export function iniChanges(before: PhpIni, after: PhpIni): IniChange[] {
  return iniSettings.filter(({ name }) => before[name] !== after[name]).map(({ name }) => ({ name, before: before[name], after: after[name] }))
}
