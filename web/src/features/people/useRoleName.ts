import { useI18n } from 'vue-i18n'

/** A built-in role's word; one that was made here goes by its own name. */
export function useRoleName() {
  const { t, te } = useI18n()
  return (name: string): string => {
    const key = `shell.roles.${name}`
    return te(key) ? t(key) : name
  }
}
