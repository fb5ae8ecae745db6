import { expect, it } from 'vitest'
import { limitFaults, limitRules, limitsForm, limitsOf, packageNameFault } from './model'

const limits = {
  disk_quota_mb: 2_048, bandwidth_quota_mb: 40_960, max_addon_domains: 1, max_subdomains: 5, max_alias_domains: 1, max_databases: 2, max_db_users: 2,
  max_ftp_accounts: 0, max_cron_jobs: 10, cpu_limit_percent: 100, memory_limit_mb: 512, io_limit_mb_s: 40, max_processes: 128, max_apps: 1,
  bandwidth_action: 'pause_sites' as const,
}

it('keeps every limit on its way through a form', () => {
  expect([...limitRules.map(({ name }) => name), 'bandwidth_action'].toSorted()).toEqual(Object.keys(limits).toSorted())
  expect(limitsOf(limitsForm(limits))).toEqual(limits)
  expect(limitFaults(limitsForm(limits))).toEqual({})
})

it('names limits that are out of range or no number', () => {
  const form = { ...limitsForm(limits), cpu_limit_percent: '0', memory_limit_mb: '31', max_processes: 'many', max_apps: '' }
  expect(Object.keys(limitFaults(form)).toSorted()).toEqual(['limits.cpu_limit_percent', 'limits.max_apps', 'limits.max_processes', 'limits.memory_limit_mb'])
})

it('knows the names a package may have', () => {
  for (const good of ['starter', 'pro-2', 'a']) expect(packageNameFault(good)).toBeUndefined()
  for (const bad of ['', 'Starter', '-a', 'a_b', 'a'.repeat(33)]) expect(packageNameFault(bad)).toBeDefined()
})
