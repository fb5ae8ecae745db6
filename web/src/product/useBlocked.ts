import { useI18n } from 'vue-i18n'
import type { ActionState } from '@/api/types'

/** Why something cannot be done, in words; undefined when it can. */
export function useBlocked() {
  const { t, te } = useI18n()
  return (action: ActionState | undefined): string | undefined => {
    if (action === undefined || action.allowed) return undefined
    const key = `product.blocked.${action.reason ?? 'other'}`
    return te(key) ? t(key) : t('product.blocked.other')
  }
}
