import { describe, expect, it } from 'vitest'
import { runEnd, runTone, scheduleFaults, scheduleForm, scheduleOf } from './model'

describe('schedules', () => {
  it('a form begins with what is wanted most, in the reader’s own zone', () => {
    const form = scheduleForm(undefined, 'Asia/Jakarta')
    expect(scheduleOf(form)).toEqual({ task: 'drift_look', cron: '0 2 * * *', zone: 'Asia/Jakarta', jitter_seconds: 0, missed: 'skip', catch_up: 10, enabled: true })
    expect(Object.keys(scheduleFaults(form))).toEqual(['name'])
  })

  it('numbers out of range are named', () => {
    const form = { ...scheduleForm(undefined, 'UTC'), name: 'nightly', jitter_seconds: '3601', catch_up: '0' }
    expect(Object.keys(scheduleFaults(form))).toEqual(['jitter_seconds', 'catch_up'])
  })

  it('a time without a job was missed', () => {
    expect(runEnd({ job: null, state: null })).toBe('missed')
    expect(runTone({ job: 'x', state: 'failed' })).toBe('bad')
    expect(runEnd({ job: 'x', state: null })).toBe('over')
  })
})
