import { expect, it } from 'vitest'
import { elapsed, isFinal, parseJob } from './model'

const job = {
  id: '0190', kind: 'account.create', state: 'running', target_type: 'account', target: 'joko', account: 'joko', created_by: 'budi',
  created_at: '2026-11-20T12:00:00Z', started_at: '2026-11-20T12:00:01Z', finished_at: null, error: null, generation: 3, cancel_at: null, actions: { cancel: { allowed: true, reason: null } },
  steps: [{ position: 0, name: 'spec.write', summary: 'Write', state: 'success', message: null, started_at: null, finished_at: null }],
}

it('reads a job from an event', () => {
  expect(parseJob(JSON.stringify(job))?.steps[0]?.name).toBe('spec.write')
})

it('takes nothing else for a job', () => {
  expect(parseJob('not json')).toBeUndefined()
  expect(parseJob(JSON.stringify({ ...job, state: 'dancing' }))).toBeUndefined()
  expect(parseJob('null')).toBeUndefined()
})

it('knows when nothing more happens and how long it took', () => {
  expect(isFinal({ state: 'running' })).toBe(false)
  expect(isFinal({ state: 'failed' })).toBe(true)
  expect(elapsed(job, new Date('2026-11-20T12:00:03Z'))).toBe(2000)
  expect(elapsed({ ...job, finished_at: '2026-11-20T12:00:02Z' }, new Date())).toBe(1000)
})
