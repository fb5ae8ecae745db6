import { useI18n } from 'vue-i18n'

/** The words for a step in the current language; for a step this build does not know, what the server says about it. */
export function useStepName() {
  const { t, te } = useI18n()
  return (name: string, summary: string): string => {
    const key = `product.steps.${name}`
    return te(key) ? t(key) : summary
  }
}
