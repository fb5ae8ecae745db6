/** What every test of the panel has: no policy violation, no error in the page, axe, and words in both languages. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test as base, type Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { admin } from './environment.ts'

export { expect }
export type Language = 'id' | 'en'
export const languages: readonly Language[] = ['id', 'en']

const folders: Record<string, string> = {
  auditCheck: 'src/features/audit/check',
  common: 'src/i18n',
  importAccount: 'src/features/accounts/importing',
  problem: 'src/product/problem',
  product: 'src/product',
  shell: 'src/shell',
}
const loaded = new Map<string, unknown>()

/** The words of a message in a language, so that elements are found by what people read. */
export function words(language: Language) {
  return (key: string, values: Record<string, string> = {}): string => {
    const [part = '', ...path] = key.split('.')
    const file = `${folders[part] ?? `src/features/${part}`}/locales/${language}.json`
    if (!loaded.has(file)) loaded.set(file, JSON.parse(readFileSync(file, 'utf8')))
    const found = path.reduce<unknown>((tree, name) => (typeof tree === 'object' && tree !== null ? Reflect.get(tree, name) : undefined), loaded.get(file))
    if (typeof found !== 'string') throw new Error(`no message ${key} in ${file}`)
    return found.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole)
  }
}

export const test = base.extend<{ complaints: string[] }>({
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = []
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          console.error(`securitypolicyviolation: ${event.effectiveDirective} blocked ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`)
        })
      })
      page.on('console', (message) => {
        // The browser itself reports every 4xx answer as an error; those are what some tests are about.
        if (message.type() === 'error' && !/the server responded with a status of 4\d\d/.test(message.text())) complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      await use(complaints)
      expect(complaints, 'errors and policy violations in the page').toEqual([])
    },
    { auto: true },
  ],
})

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Runs in the page: names what is being animated and will come to an end. */
function moving(): string[] {
  const ending = document.getAnimations().filter((a) => a.playState === 'running' && a.effect?.getComputedTiming().endTime !== Infinity)
  return ending.map((a) => {
    const of = a.effect instanceof KeyframeEffect ? a.effect.target : null
    const what = a instanceof CSSTransition ? a.transitionProperty : a instanceof CSSAnimation ? a.animationName : a.id
    return `${what} of ${of?.tagName ?? 'nothing'}.${of?.className ?? ''}`
  })
}

/** Axe, in the light and in the dark. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme)
    // A colour on its way from one theme to the other has neither theme's contrast. Asked again and again, for an animation that
    // is replaced by another one never says that it has finished.
    await expect.poll(() => page.evaluate(moving), { message: `what still moves on ${what}, ${colorScheme}` }).toEqual([])
    await page.evaluate(axeSource)
    const found = await page.evaluate(async (): Promise<string[]> => {
      const axe: { run: (where: Document, options: object) => Promise<AxeResults> } = Reflect.get(globalThis, 'axe')
      const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
    })
    expect(found, `axe on ${what}, ${colorScheme}`).toEqual([])
  }
}

/** Before the first page: the language as somebody chose it earlier. */
export async function speak(page: Page, language: Language): Promise<void> {
  await page.addInitScript((chosen) => {
    if (localStorage.getItem('np.language') === null) localStorage.setItem('np.language', chosen)
  }, language)
}

export async function logIn(page: Page, language: Language, as: { username: string; password: string } = admin): Promise<void> {
  const t = words(language)
  await page.goto('/login')
  await page.getByLabel(t('auth.login.name'), { exact: true }).fill(as.username)
  await page.getByLabel(t('auth.login.password'), { exact: true }).fill(as.password)
  await page.getByRole('button', { name: t('auth.login.submit'), exact: true }).click()
  await expect(page.getByRole('navigation', { name: t('shell.pages') }).first()).toBeVisible()
}

export const widths = [
  { name: 'phone', size: { width: 390, height: 844 } },
  { name: 'desk', size: { width: 1280, height: 800 } },
] as const
