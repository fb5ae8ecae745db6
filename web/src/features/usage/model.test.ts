import { expect, it } from 'vitest'
import type { LimitsView, Usage, UsagePoint } from '@/api/types'
import { ceiling, curve, ratesBetween, share, thinned } from './model'

const limits: LimitsView = {
  disk_quota_mb: 0, bandwidth_quota_mb: 0, bandwidth_action: 'warn', max_addon_domains: 0, max_subdomains: 0, max_alias_domains: 0, max_databases: 0, max_db_users: 0, max_ftp_accounts: 0,
  max_cron_jobs: 0, cpu_limit_percent: 100, memory_limit_mb: 512, io_limit_mb_s: 10, max_processes: 64, max_apps: 0,
}
const usage = (seconds: number, cpu: number, io: number): Usage => ({
  measured_at: new Date(seconds * 1_000).toISOString(), cpu_usec: cpu, cpu_throttled_usec: 0, memory_bytes: 0, oom_kills: 0, tasks: 0, io_read_bytes: io, io_write_bytes: io, sent_bytes: 0, sent_percent: 0, sites_paused: false, limits,
})
const point = (seconds: number, cpu: number): UsagePoint => ({
  at: new Date(seconds * 1_000).toISOString(), cpu_percent: cpu, cpu_throttled_percent: 0, memory_bytes: 0, tasks: 0, oom_kills: 0, io_read_bytes_per_second: 0, io_write_bytes_per_second: 0, sent_bytes: 0,
})

it('makes rates of counters, and none where they began anew', () => {
  expect(ratesBetween(usage(0, 0, 0), usage(5, 2_500_000, 10_240))).toEqual({ cpuPercent: 50, read: 2_048, write: 2_048 })
  expect(ratesBetween(usage(0, 9, 0), usage(5, 3, 0))).toBeUndefined()
  expect(ratesBetween(usage(5, 0, 0), usage(5, 3, 0))).toBeUndefined()
  expect(ratesBetween(undefined, usage(5, 3, 0))).toBeUndefined()
})

it('counts anything as too much where nothing is allowed', () => {
  expect([share(1, 2), share(0, 0), share(1, 0), share(3, 2)]).toEqual([0.5, 0, 1, 1.5])
})

it('ends scales at round numbers', () => {
  expect([ceiling(0, false), ceiling(3, false), ceiling(47, false), ceiling(101, false)]).toEqual([1, 5, 50, 200])
  expect([ceiling(300 * 1_024, true), ceiling(1_500_000, true)]).toEqual([500 * 1_024, 2 * 1_024 * 1_024])
})

it('breaks the line where nothing was measured', () => {
  const scale = { from: 0, to: 1_200_000, most: 100, width: 100, height: 10 }
  expect(curve([point(0, 0), point(300, 50), point(1_200, 100)], 'cpu', 300, scale)).toEqual({ line: 'M0 10L25 5M100 0', area: 'M0 10L25 5L25 10L0 10ZM100 0L100 10L100 10Z' })
  expect(curve([point(0, 0)], 'disk', 300, scale)).toEqual({ line: '', area: '' })
})

it('keeps the highest value of every stretch for the table', () => {
  expect(thinned([point(0, 1), point(1, 9), point(2, 3)], 'cpu', 2).map((r) => r.value)).toEqual([9, 3])
})
