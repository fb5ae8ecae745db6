import { expect, it } from 'vitest'
import type { CronJob } from '@/api/types'
import { cronCondition, cronFaults, cronForm, cronOf, cronTone, endOf } from './model'

const run = { id: 'a', started_at: '', ended_at: '', result: 'failed' as const, exit_code: 3, signal: null }
const job: CronJob = { name: 'tidy', schedule: '*/5 * * * *', command: 'true', timeout_minutes: 5, enabled: false, next_run: null, running_since: null, last_run: run }

it('comes back from its form as it went in', () => {
  expect(cronOf(cronForm(job))).toEqual({ schedule: '*/5 * * * *', command: 'true', timeout_minutes: 5, enabled: false })
  expect(cronFaults(cronForm(job))).toEqual({})
  expect(Object.keys(cronFaults({ ...cronForm(), timeout_minutes: '0' })).toSorted()).toEqual(['command', 'name', 'timeout_minutes'])
})

it('is as its last run, unless it runs', () => {
  expect([cronCondition(job), cronCondition({ running_since: 'x', last_run: run }), cronCondition({ running_since: null, last_run: null })]).toEqual(['failed', 'running', 'never'])
  expect([cronTone('failed'), cronTone('running'), cronTone('never'), cronTone('success')]).toEqual(['bad', 'busy', 'waiting', 'ok'])
  expect([endOf(run), endOf({ exit_code: null, signal: 'TERM' }), endOf({ exit_code: 0, signal: null })]).toEqual(['3', 'TERM', undefined])
})
