import type { BrowserContext, Locator, Page } from '@playwright/test'
import { hostAddress } from './environment.ts'
import { expect, expectAccessible, languages, logIn, speak, test, widths, words, type Language } from './panel.ts'

const LONG = { timeout: 30_000 }

for (const language of languages) {
  const t = words(language)
  const username = `sari${language}`
  const domain = `sari-${language}.test`
  const site = `blog.${domain}`

  test(`a subdomain in its forms, its headers and its log (${language})`, async ({ page, context }) => {
    test.setTimeout(240_000)
    await speak(page, language)
    await logIn(page, language)
    await test.step('an account to work in', () => createAccount(page, language, username, domain))

    await test.step('add a subdomain', async () => {
      await page.goto('/sites?sheet=create')
      const sheet = page.getByRole('dialog')
      await sheet.getByLabel(t('sites.fields.account'), { exact: true }).selectOption(username)
      await sheet.getByLabel(t('sites.fields.domain'), { exact: true }).fill(site)
      await expect(sheet.getByText(t('sites.create.becomes.subdomain'))).toBeVisible()
      await sheet.getByRole('radio', { name: t('sites.runtime.proxy'), exact: true }).check()
      await sheet.getByLabel(t('sites.settings.proxyPort'), { exact: true }).fill('80')
      await sheet.getByRole('button', { name: t('sites.create.submit') }).click()
      await expect(sheet.getByLabel(t('sites.settings.proxyPort'), { exact: true })).toBeFocused()
      await expectAccessible(page, 'the add sheet with a fault')
      await sheet.getByRole('radio', { name: t('sites.runtime.php'), exact: true }).check()
      await sheet.getByRole('button', { name: t('sites.create.submit') }).click()
      await expect(sheet.getByRole('heading', { name: t('sites.create.done', { domain: site }) })).toBeVisible(LONG)
      await sheet.getByRole('link', { name: t('sites.create.show') }).click()
      await expect(page.getByRole('heading', { level: 1, name: site })).toBeVisible()
    })

    await test.step('set it to static, with a header, and read what will change', async () => {
      await tab(page, language, site, 'settings').click()
      await page.getByRole('radio', { name: t('sites.runtime.static'), exact: true }).check()
      await page.getByRole('button', { name: t('sites.settings.headerAdd') }).click()
      await page.getByRole('textbox', { name: `${t('sites.settings.headerName')} 1` }).fill('Content-Length')
      await page.getByRole('textbox', { name: `${t('sites.settings.headerValue')} 1` }).fill('from the panel')
      await panel(page, language).getByRole('button', { name: t('product.changes.save') }).click()
      await expect(page.getByText(t('product.values.headerKept'))).toBeVisible()
      await page.getByRole('textbox', { name: `${t('sites.settings.headerName')} 1` }).fill('X-Panel-Test')
      const changes = panel(page, language).getByRole('listitem')
      await expect(changes.filter({ hasText: t('sites.settings.runtime') })).toContainText(t('sites.runtime.static'))
      await expect(changes.filter({ hasText: 'X-Panel-Test' })).toContainText('from the panel')
      for (const { name, size } of widths) {
        await page.setViewportSize(size)
        await expectAccessible(page, `changed settings, ${name}`)
      }
      await save(page, language)
      expect((await visit(context, `http://${site}/`)).headers['x-panel-test']).toBe('from the panel')
    })

    await test.step('force HTTPS, and let go of it', async () => {
      const force = page.getByRole('checkbox', { name: t('sites.settings.force_https'), exact: true })
      const https = page.getByRole('checkbox', { name: t('sites.settings.https'), exact: true })
      await expect(force).toBeDisabled()
      await https.check()
      await force.check()
      await save(page, language)
      expect((await visit(context, `http://${site}/`)).url).toBe(`https://${site}/`)
      await force.uncheck()
      await https.uncheck()
      await expect(panel(page, language).getByText(t('sites.settings.notes.https'))).toBeVisible()
      await save(page, language)
      // The browser remembers the redirect of the address it has seen, so another one is asked for.
      expect((await visit(context, `http://${site}/no-longer`)).url).toBe(`http://${site}/no-longer`)
    })

    await test.step('the log shows a visit, and the next one by itself', async () => {
      await visit(context, `http://${site}/seen-in-the-log`)
      await tab(page, language, site, 'logs').click()
      const log = page.getByRole('region', { name: t('logs.names.access') })
      await expect(log.getByText('/seen-in-the-log').first()).toBeVisible()
      await visit(context, `http://${site}/and-then-this`)
      await expect(log.getByText('/and-then-this').first()).toBeVisible()
      await page.getByRole('searchbox').fill('seen-in 404')
      await expect(log.getByText('/and-then-this')).toHaveCount(0)
      for (const { name, size } of widths) {
        await page.setViewportSize(size)
        await expectAccessible(page, `the log, ${name}`)
      }
    })

    await test.step('protect a folder', () => protect(page, context, language, site))
    await test.step('the account’s new parts', () => lookAtAccount(page, language, username))
    await test.step('leave the host as it was', () => deleteAccount(page, language, username))
  })
}

const tab = (page: Page, language: Language, site: string, part: string): Locator =>
  page.getByRole('navigation', { name: words(language)('accounts.tabsLabel', { name: site }) }).getByRole('link', { name: words(language)(`sites.tabs.${part}`) })

const panel = (page: Page, language: Language): Locator => page.getByRole('region', { name: words(language)('product.changes.title') })

/** Saves, waits for the true steps to end, and goes back to the form. */
async function save(page: Page, language: Language): Promise<void> {
  const t = words(language)
  await panel(page, language).getByRole('button', { name: t('product.changes.save') }).click()
  await expect(panel(page, language).getByText(t('product.changes.done'), { exact: true })).toBeVisible(LONG)
  await expect(panel(page, language).getByRole('list', { name: t('product.job.steps') })).toBeVisible()
  await panel(page, language).getByRole('button', { name: t('product.changes.more') }).click()
  await expect(panel(page, language).getByText(t('product.changes.none'))).toBeVisible()
}

async function visit(context: BrowserContext, url: string): Promise<{ url: string; status: number; headers: Record<string, string> }> {
  const page = await context.newPage()
  const answer = await page.goto(url)
  const seen = { url: page.url(), status: answer?.status() ?? 0, headers: answer?.headers() ?? {} }
  await page.close()
  return seen
}

/** Asks for the protected folder, which does not exist, as a visitor. Not through a page: a browser asks people for passwords. */
async function knock(context: BrowserContext, site: string, visitor: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(visitor).toString('base64')}`
  const answer = await context.request.get(`http://${hostAddress}/staff/`, { headers: { host: site, authorization } })
  return answer.status()
}

async function createAccount(page: Page, language: Language, username: string, domain: string): Promise<void> {
  const t = words(language)
  await page.goto('/accounts?sheet=create')
  const sheet = page.getByRole('dialog')
  await sheet.getByLabel(t('accounts.fields.username'), { exact: true }).fill(username)
  await sheet.getByLabel(t('accounts.fields.primaryDomain'), { exact: true }).fill(domain)
  await sheet.getByRole('radio', { name: /starter/ }).check()
  await sheet.getByRole('button', { name: t('accounts.create.submit') }).click()
  await expect(sheet.getByRole('heading', { name: t('accounts.create.done', { name: username }) })).toBeVisible(LONG)
}

async function protect(page: Page, context: BrowserContext, language: Language, site: string): Promise<void> {
  const t = words(language)
  await tab(page, language, site, 'protection').click()
  await expectAccessible(page, 'protection, empty')
  await page.getByRole('button', { name: t('sites.protection.add') }).click()
  await page.getByLabel(t('sites.protection.path'), { exact: true }).fill('/staff')
  await page.getByLabel(t('sites.protection.visitor'), { exact: true }).fill('budi')
  await page.getByLabel(t('sites.protection.password'), { exact: true }).fill('short')
  await panel(page, language).getByRole('button', { name: t('product.changes.save') }).click()
  await expect(page.getByText(t('sites.errors.password', { least: '8', most: '128' }))).toBeVisible()
  await page.getByLabel(t('sites.protection.password'), { exact: true }).fill('kopi susu gula')
  await expectAccessible(page, 'protection, filled in')
  await save(page, language)
  await expect(page.getByLabel(t('sites.protection.password'), { exact: true })).toHaveValue('')
  expect(await knock(context, site, 'budi:a wrong one')).toBe(401)
  expect(await knock(context, site, 'budi:kopi susu gula')).toBe(404)
}

async function lookAtAccount(page: Page, language: Language, username: string): Promise<void> {
  const t = words(language)
  for (const part of ['sites', 'apps', 'cron', 'php', 'ssh', 'ftp', 'usage']) {
    await page.goto(`/accounts/${username}/${part}`)
    await expect(page.getByRole('heading', { level: 1, name: username })).toBeVisible()
    await page.waitForLoadState('networkidle')
    for (const { name, size } of widths) {
      await page.setViewportSize(size)
      await expectAccessible(page, `the account’s ${part}, ${name}`)
    }
    await page.setViewportSize({ width: 360, height: 740 })
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(wider, `${part} at 360 px scrolls sideways`).toBe(0)
    await page.setViewportSize(widths[1].size)
  }
  await expect(page.getByRole('meter', { name: t('usage.series.memory') })).toBeVisible()
}

async function deleteAccount(page: Page, language: Language, username: string): Promise<void> {
  const t = words(language)
  await page.goto(`/accounts/${username}`)
  await page.getByRole('button', { name: t('accounts.more', { name: username }) }).click()
  await page.getByRole('menuitem', { name: t('accounts.delete.menu') }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(t('accounts.delete.type', { name: username })).fill(username)
  await dialog.getByRole('button', { name: t('accounts.delete.confirm') }).click()
  await expect(dialog.getByText(t('accounts.delete.gone', { name: username }))).toBeVisible(LONG)
}
