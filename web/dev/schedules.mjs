// The made-up side of schedules. Never part of the bundle.
import { randomUUID } from 'node:crypto'
import * as data from './data.mjs'

const ago = (seconds) => data.ago(seconds * 1_000)
const can = { allowed: true, reason: null }

export function scheduleRoutes({ ok, notFound, problem, begin }) {
  const asked = new Map()
  const run = (seconds, more = {}) => ({ due_at: ago(seconds), job: randomUUID(), state: 'success', by_hand: false, missed: 0, created_at: ago(seconds), finished_at: ago(seconds - 4), ...more })
  const schedule = (name, task, cron, more = {}) => ({
    name, task, cron, zone: 'Asia/Jakarta', jitter_seconds: 300, missed: 'skip', catch_up: 10, enabled: true, next_due: ago(-7 * 3_600), last_run: run(17 * 3_600),
    created_by: 'admin', created_at: ago(9 * 86_400), updated_at: ago(9 * 86_400), actions: { update: can, run: can, delete: can }, ...more,
  })
  const schedules = [
    schedule('cek-jejak', 'audit_verify', '0 3 * * 0', { last_run: run(3 * 86_400, { state: 'failed' }) }),
    schedule('malam', 'drift_look', '30 2 * * *'),
    schedule('rapikan', 'tidy', '0 * * * *', { missed: 'once', last_run: run(3_000, { job: null, state: null, missed: 4 }) }),
    schedule('selaraskan', 'converge', '0 4 1 * *', { enabled: false, next_due: null, last_run: null }),
  ]
  return (method, p, url, body) => {
    if (p === '/schedules' && method === 'GET') return ok({ items: schedules, create: can })
    if (p === '/schedules' && method === 'POST') {
      if (schedules.some((known) => known.name === body.name)) return problem(409, 'name_taken', 'Taken.', [{ field: 'name', message: 'this name is taken' }])
      schedules.push(schedule(body.name, body.task, body.cron, { ...body, last_run: null }))
      return ok(schedules.at(-1), 201)
    }
    if (p === '/schedules/preview') {
      const cron = url.searchParams.get('cron')
      if (cron.split(' ').length !== 5) return problem(422, 'validation_failed', 'No.', [{ field: 'cron', message: 'give five fields (minute, hour, day of month, month, day of week) or a word such as @daily' }])
      return ok({ cron, zone: url.searchParams.get('zone'), runs: Array.from({ length: 5 }, (_, n) => ago(-(n + 1) * 86_400)) })
    }
    const one = /^\/schedules\/([^/]+)(\/\w+)?$/.exec(p)
    if (!one) return undefined
    const found = schedules.find((known) => known.name === one[1])
    if (!found) return notFound()
    if (one[2] === '/run') {
      const job = begin(`schedule.${found.task}`, found.name, null, [['tidy', 'Remove what is over']], { onEnd: (j) => { asked.set(found.name, run(0, { job: j.id, state: j.state, by_hand: true })) } })
      return ok({ job: { id: job.id } }, 202)
    }
    if (one[2] === '/runs' && asked.has(found.name)) return ok({ items: [asked.get(found.name)], next_cursor: null })
    if (one[2] === '/runs') return ok({ items: [run(60, { state: 'running', by_hand: true, finished_at: null }), run(3_000, { job: null, state: null, missed: 4 }), run(86_400), run(2 * 86_400, { state: 'failed' })], next_cursor: null })
    if (method === 'GET') return ok(found)
    if (method === 'PUT') return ok(Object.assign(found, body, { next_due: body.enabled ? found.next_due : null }))
    if (method === 'DELETE') { schedules.splice(schedules.indexOf(found), 1); return ok(undefined, 204) }
    return undefined
  }
}
