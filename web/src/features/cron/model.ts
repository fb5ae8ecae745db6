/** Cron jobs as a form holds them, and how they are. Pure; the grammar of schedules is the host's, which previews them. */
import type { CronJob, CronRun, PutCronJob } from '@/api/types'
import { appNameFault, rangeFault, type Fault, type Faults } from '@/lib/values'
import type { StateTone } from '@/ui/UiState.vue'

/** What most people want, by the schedule that means it. */
export const presets = ['*/5 * * * *', '0 * * * *', '0 2 * * *', '0 2 * * 0', '0 2 1 * *', '@reboot'] as const

export interface CronForm {
  name: string
  schedule: string
  command: string
  timeout_minutes: string
  enabled: boolean
}

export const cronFields: readonly string[] = ['name', 'schedule', 'command', 'timeout_minutes', 'enabled']

export function cronForm(job?: CronJob): CronForm {
  return {
    name: job?.name ?? '',
    schedule: job?.schedule ?? '0 2 * * *',
    command: job?.command ?? '',
    timeout_minutes: String(job?.timeout_minutes ?? 60),
    enabled: job?.enabled ?? true,
  }
}

export function cronOf(form: CronForm): PutCronJob {
  return { schedule: form.schedule.trim(), command: form.command.trim(), timeout_minutes: Number(form.timeout_minutes), enabled: form.enabled }
}

export function cronFaults(form: CronForm): Faults {
  const found: Record<string, Fault | undefined> = {
    name: appNameFault(form.name.trim()),
    command: form.command.trim() === '' ? { key: 'cron.commandNeeded' } : undefined,
    timeout_minutes: rangeFault(form.timeout_minutes.trim(), 1, 1_440),
  }
  return Object.fromEntries(Object.entries(found).flatMap(([field, fault]) => (fault === undefined ? [] : [[field, fault]])))
}

export type CronCondition = 'running' | 'never' | CronRun['result']

export const cronTone = (condition: CronCondition): StateTone =>
  condition === 'running' ? 'busy' : condition === 'never' ? 'waiting' : condition === 'success' ? 'ok' : 'bad'

export const cronCondition = (job: Pick<CronJob, 'running_since' | 'last_run'>): CronCondition => (job.running_since == null ? (job.last_run?.result ?? 'never') : 'running')

/** What is known of an end beside its kind: the exit code or the signal. */
export const endOf = (run: Pick<CronRun, 'exit_code' | 'signal'>): string | undefined => run.signal ?? (run.exit_code == null || run.exit_code === 0 ? undefined : String(run.exit_code))
