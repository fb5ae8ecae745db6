/** Limits as `crates/types/src/limits.rs` has them, and as forms hold them. Pure. */
import type { LimitsView } from '@/api/types'
import { rangeFault, type Fault } from '@/lib/values'

export type LimitName = keyof LimitsView
/** Those that are numbers: all but what happens when the traffic is used up. */
export type CountName = Exclude<LimitName, 'bandwidth_action'>
export const bandwidthActions = ['warn', 'pause_sites'] as const satisfies readonly LimitsView['bandwidth_action'][]

export interface LimitRule {
  readonly name: CountName
  readonly least: number
  readonly most: number
  readonly unit?: 'MiB' | 'MiB/s' | '%'
}

const rule = (name: CountName, unit?: LimitRule['unit'], least = 0, most = 4_294_967_295): LimitRule => ({ name, least, most, ...(unit === undefined ? {} : { unit }) })

export const limitGroups: readonly { readonly title: string; readonly rules: readonly LimitRule[] }[] = [
  {
    title: 'accounts.limits.resources',
    rules: [rule('cpu_limit_percent', '%', 1, 100_000), rule('memory_limit_mb', 'MiB', 32, 16_777_216), rule('max_processes', undefined, 16, 4_194_304), rule('io_limit_mb_s', 'MiB/s', 1, 1_048_576)],
  },
  { title: 'accounts.limits.storage', rules: [rule('disk_quota_mb', 'MiB'), rule('bandwidth_quota_mb', 'MiB')] },
  {
    title: 'accounts.limits.counts',
    rules: [
      rule('max_addon_domains'),
      rule('max_subdomains'),
      rule('max_alias_domains'),
      rule('max_databases'),
      rule('max_db_users'),
      rule('max_ftp_accounts'),
      rule('max_cron_jobs'),
      rule('max_apps'),
    ],
  },
]
export const limitRules = limitGroups.flatMap(({ rules }) => rules)

/** By name, as typed. */
export type LimitsForm = Record<CountName, string> & Pick<LimitsView, 'bandwidth_action'>

/** One value for every limit; the type says when one is missing here. */
const each = <T>(of: (name: CountName) => T): Record<CountName, T> => ({
  disk_quota_mb: of('disk_quota_mb'),
  bandwidth_quota_mb: of('bandwidth_quota_mb'),
  max_addon_domains: of('max_addon_domains'),
  max_subdomains: of('max_subdomains'),
  max_alias_domains: of('max_alias_domains'),
  max_databases: of('max_databases'),
  max_db_users: of('max_db_users'),
  max_ftp_accounts: of('max_ftp_accounts'),
  max_cron_jobs: of('max_cron_jobs'),
  cpu_limit_percent: of('cpu_limit_percent'),
  memory_limit_mb: of('memory_limit_mb'),
  io_limit_mb_s: of('io_limit_mb_s'),
  max_processes: of('max_processes'),
  max_apps: of('max_apps'),
})

export const limitsForm = (limits: LimitsView): LimitsForm => ({ ...each((name) => String(limits[name])), bandwidth_action: limits.bandwidth_action })
export const limitsOf = (form: LimitsForm): LimitsView => ({ ...each((name) => Number(form[name])), bandwidth_action: form.bandwidth_action })

/** By the field's name in a request. */
export function limitFaults(form: LimitsForm): Record<string, Fault> {
  const found: Record<string, Fault> = {}
  for (const { name, least, most } of limitRules) {
    const fault = rangeFault(form[name].trim(), least, most)
    if (fault !== undefined) found[`limits.${name}`] = fault
  }
  return found
}

export const packageNameFault = (text: string): Fault | undefined => (/^[a-z][a-z0-9-]{0,31}$/.test(text) ? undefined : { key: 'packages.nameFault' })
