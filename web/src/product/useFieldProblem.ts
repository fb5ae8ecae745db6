import { useI18n } from 'vue-i18n'
import { knownSentence } from '@/lib/names'
import type { Fault } from '@/lib/values'

type Found = Fault | { readonly text: string } | undefined

/** The sentence under a field: ours, or the server's in our words where we know them. */
export function useFieldProblem() {
  const { t } = useI18n()
  return (found: Found): string | undefined => {
    if (found === undefined) return undefined
    if ('key' in found) return t(found.key, found.values ?? {})
    const key = knownSentence(found.text)
    return key === undefined ? found.text : t(key)
  }
}
