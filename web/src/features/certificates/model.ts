/** What a certificate's state means to whoever looks at it, and what is wrong with one that is about to be uploaded. */
import type { SiteCertificate } from '@/api/types'
import type { Faults } from '@/lib/values'
import type { StateTone } from '@/ui/UiState.vue'

export const certificateTone: Record<SiteCertificate['state'], StateTone> = { off: 'off', host_own: 'warn', valid: 'ok', renewing: 'warn', ended: 'bad' }

export interface UploadForm {
  chain: string
  key: string
}

export const uploadFields = ['chain', 'key'] as const

/** The server looks closer; here only what was surely pasted into the wrong place. */
export function uploadFaults(form: UploadForm): Faults {
  const faults: Record<string, { key: string }> = {}
  if (!form.chain.includes('-----BEGIN CERTIFICATE-----')) faults.chain = { key: 'certificates.upload.chainFault' }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(form.key)) faults.key = { key: 'certificates.upload.keyFault' }
  else if (form.key.includes('ENCRYPTED')) faults.key = { key: 'certificates.upload.locked' }
  return faults
}
