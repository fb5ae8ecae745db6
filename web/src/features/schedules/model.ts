/** Schedules as a form holds them, and what became of their times. Pure; the grammar is the panel's, which previews it. */
import type { PutSchedule, Schedule, ScheduleRun } from '@/api/types'
import { appNameFault, rangeFault, type Fault, type Faults } from '@/lib/values'
import type { StateTone } from '@/ui/UiState.vue'

export const tasks = ['drift_look', 'converge', 'index_compare', 'audit_seal', 'audit_verify', 'tidy'] as const
export const policies = ['skip', 'once', 'all'] as const

export interface ScheduleForm {
  name: string
  task: (typeof tasks)[number]
  cron: string
  zone: string
  jitter_seconds: string
  missed: (typeof policies)[number]
  catch_up: string
  enabled: boolean
}

export const scheduleFields: readonly string[] = ['name', 'task', 'cron', 'zone', 'jitter_seconds', 'missed', 'catch_up', 'enabled']

export function scheduleForm(schedule: Schedule | undefined, zone: string): ScheduleForm {
  return {
    name: schedule?.name ?? '',
    task: schedule?.task ?? 'drift_look',
    cron: schedule?.cron ?? '0 2 * * *',
    zone: schedule?.zone ?? zone,
    jitter_seconds: String(schedule?.jitter_seconds ?? 0),
    missed: schedule?.missed ?? 'skip',
    catch_up: String(schedule?.catch_up ?? 10),
    enabled: schedule?.enabled ?? true,
  }
}

export function scheduleOf(form: ScheduleForm): PutSchedule {
  const { task, missed, enabled } = form
  return { task, cron: form.cron.trim(), zone: form.zone.trim(), jitter_seconds: Number(form.jitter_seconds), missed, catch_up: Number(form.catch_up), enabled }
}

export function scheduleFaults(form: ScheduleForm): Faults {
  const found: Record<string, Fault | undefined> = {
    name: appNameFault(form.name.trim()),
    jitter_seconds: rangeFault(form.jitter_seconds.trim(), 0, 3_600),
    catch_up: rangeFault(form.catch_up.trim(), 1, 100),
  }
  return Object.fromEntries(Object.entries(found).flatMap(([field, fault]) => (fault === undefined ? [] : [[field, fault]])))
}

/** How a time ended: in a job's state, or missed, or so long ago that its job is not kept. */
export type RunEnd = NonNullable<ScheduleRun['state']> | 'missed' | 'over'

export const runEnd = (run: Pick<ScheduleRun, 'job' | 'state'>): RunEnd => (run.job == null ? 'missed' : (run.state ?? 'over'))

const tones: Record<RunEnd, StateTone> = { queued: 'waiting', running: 'busy', success: 'ok', failed: 'bad', cancelled: 'cancelled', missed: 'warn', over: 'off' }
export const runTone = (run: Pick<ScheduleRun, 'job' | 'state'>): StateTone => tones[runEnd(run)]
