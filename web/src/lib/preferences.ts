/** Theme and language of this browser. `first.js` reads the same keys before the first paint. */
import { ref, watchEffect } from 'vue'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]
export const languages = ['id', 'en'] as const
export type Language = (typeof languages)[number]

function stored<T extends string>(key: string, allowed: readonly T[]): T | undefined {
  try {
    const value = localStorage.getItem(key)
    return allowed.find((a) => a === value)
  } catch {
    return undefined
  }
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // A browser that keeps nothing still works; it only forgets.
  }
}

export const theme = ref<Theme>(stored('np.theme', themes) ?? 'system')
export const language = ref<Language>(document.documentElement.lang === 'id' ? 'id' : 'en')

const system = matchMedia('(prefers-color-scheme: dark)')
const systemIsDark = ref(system.matches)
system.addEventListener('change', (event) => {
  systemIsDark.value = event.matches
})

watchEffect(() => {
  const dark = theme.value === 'dark' || (theme.value === 'system' && systemIsDark.value)
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
})
watchEffect(() => {
  document.documentElement.lang = language.value
})

/** What was chosen here, as opposed to taken from the system. */
const chosen = new Map<string, string>()
for (const key of ['np.theme', 'np.language']) {
  const value = stored(key, [...themes, ...languages])
  if (value !== undefined) chosen.set(key, value)
}

function choose(key: string, value: string): void {
  chosen.set(key, value)
  store(key, value)
}

/** Logging out has the browser clear what it keeps of this site; theme and language are no secret and are put back. */
export function keepPreferences(): void {
  for (const [key, value] of chosen) store(key, value)
}

export function chooseTheme(value: Theme): void {
  theme.value = value
  choose('np.theme', value)
}

/** Use `switchLanguage` of `@/i18n`, which loads the words first. */
export function rememberLanguage(value: Language): void {
  language.value = value
  choose('np.language', value)
}
