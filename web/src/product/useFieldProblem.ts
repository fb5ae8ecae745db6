import { useI18n } from 'vue-i18n'
import { knownSentence } from '@/lib/names'

type Found = { key: string } | { text: string } | undefined

/** The sentence under a field: ours, or the server's in our words where we know them. */
export function useFieldProblem() {
  const { t } = useI18n()
  return (found: Found): string | undefined => {
    if (found === undefined) return undefined
    const key = 'key' in found ? found.key : knownSentence(found.text)
    return key !== undefined ? t(key) : 'text' in found ? found.text : undefined
  }
}
