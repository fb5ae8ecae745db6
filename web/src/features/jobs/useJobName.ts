import { useI18n } from 'vue-i18n'

/** What a job does, in the current language; the kind itself when this build has no words for it. */
export function useJobName() {
  const { t, te } = useI18n()
  return (kind: string): string => {
    const key = `product.jobKind.${kind}`
    return te(key) ? t(key) : kind
  }
}
