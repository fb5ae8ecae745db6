/**
 * Words. Messages live beside their feature in `locales/{en,id}.json` and are compiled at build time. What login needs loads
 * first; the rest loads with the application behind it.
 */
import { createI18n } from 'vue-i18n'
import { language, rememberLanguage, type Language } from '@/lib/preferences'

export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: [],
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
  messages: {},
  // Every message is a function by now. What is not found stands there by its key rather than breaking the page.
  messageCompiler: (message) => () => (typeof message === 'string' ? message : ''),
})

type Part = 'start' | 'app' | 'rare'
type Words = () => Promise<{ default: Record<string, unknown> }>

const parts: Record<Part, Record<Language, Words>> = {
  start: { en: () => import('./start.en'), id: () => import('./start.id') },
  app: { en: () => import('./app.en'), id: () => import('./app.id') },
  rare: { en: () => import('./rare.en'), id: () => import('./rare.id') },
}

const wanted = new Set<Part>()
const loaded = new Set<string>()

async function load(part: Part, to: Language): Promise<void> {
  const key = `${part}.${to}`
  if (loaded.has(key)) return
  const words = await parts[part][to]()
  i18n.global.mergeLocaleMessage(to, words.default)
  loaded.add(key)
}

/** Loads a part in the current language, and from then on in every language switched to. */
export async function needWords(part: Part): Promise<void> {
  wanted.add(part)
  await load(part, language.value)
}

/** A component that is opened now and then, with its words. */
export async function withWords<T>(part: Part, component: Promise<T>): Promise<T> {
  await needWords(part)
  return component
}

export async function switchLanguage(to: Language): Promise<void> {
  await Promise.all([...wanted].map((part) => load(part, to)))
  i18n.global.locale.value = to
  rememberLanguage(to)
}
