import { useI18n } from 'vue-i18n'

/** What a difference is about, in the current language: `cron.backup` is "Cron job backup". */
export function useItemName() {
  const { t, te } = useI18n()
  return (item: string): string => {
    const whole = `drift.items.${item.replaceAll('.', '_')}`
    if (te(whole)) return t(whole)
    const [kind = '', ...rest] = item.split('.')
    const key = `drift.items.${kind}`
    return te(key) ? t(key, { name: rest.join('.') }) : item
  }
}
