/** Jobs as they arrive on the event stream. Pure. */
import * as v from 'valibot'
import type { Job } from '@/api/types'

const jobSchema: v.GenericSchema<unknown, Job> = v.object({
  id: v.string(),
  kind: v.string(),
  state: v.picklist(['queued', 'running', 'success', 'failed', 'cancelled']),
  target_type: v.string(),
  target: v.string(),
  account: v.exactOptional(v.nullable(v.string())),
  created_by: v.string(),
  created_at: v.string(),
  started_at: v.exactOptional(v.nullable(v.string())),
  finished_at: v.exactOptional(v.nullable(v.string())),
  error: v.exactOptional(v.nullable(v.object({ code: v.string(), message: v.string(), detail: v.exactOptional(v.nullable(v.string())) }))),
  steps: v.array(
    v.object({
      position: v.number(),
      name: v.string(),
      summary: v.string(),
      state: v.picklist(['pending', 'running', 'success', 'failed', 'undone']),
      message: v.exactOptional(v.nullable(v.string())),
      started_at: v.exactOptional(v.nullable(v.string())),
      finished_at: v.exactOptional(v.nullable(v.string())),
    }),
  ),
  generation: v.number(),
  cancel_at: v.exactOptional(v.nullable(v.string())),
  actions: v.object({ cancel: v.object({ allowed: v.boolean(), reason: v.exactOptional(v.nullable(v.string())) }) }),
})

/** A job from the data of an event; undefined when it is none. */
export function parseJob(data: string): Job | undefined {
  try {
    const result = v.safeParse(jobSchema, JSON.parse(data))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}

export function isFinal(job: Pick<Job, 'state'>): boolean {
  return job.state === 'success' || job.state === 'failed' || job.state === 'cancelled'
}

/** Milliseconds the job has taken, or takes so far. */
export function elapsed(job: Pick<Job, 'started_at' | 'finished_at'>, now: Date): number | undefined {
  if (!job.started_at) return undefined
  return (job.finished_at ? Date.parse(job.finished_at) : now.getTime()) - Date.parse(job.started_at)
}
