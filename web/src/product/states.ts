/** How the states of things are drawn, the same on every page. */
import type { AccountState, JobState, JobStepState, SiteState } from '@/api/types'
import type { StateTone } from '@/ui/UiState.vue'

export const accountTone: Record<AccountState, StateTone> = {
  provisioning: 'busy',
  active: 'ok',
  suspended: 'off',
  deleting: 'busy',
  renaming: 'busy',
  failed: 'bad',
}

export const siteTone: Record<SiteState, StateTone> = { provisioning: 'busy', active: 'ok', suspended: 'off', deleting: 'busy', failed: 'bad' }

export const jobTone: Record<JobState, StateTone> = { queued: 'waiting', running: 'busy', success: 'ok', failed: 'bad', cancelled: 'cancelled' }

export const stepTone: Record<JobStepState, StateTone> = { pending: 'waiting', running: 'busy', success: 'ok', failed: 'bad', undone: 'undone' }
