import { admin } from './environment.ts'
import { expect, expectAccessible, languages, logIn, speak, test, widths, words } from './panel.ts'

const pages = [
  { path: '/', heading: undefined },
  { path: '/accounts', heading: 'accounts.title' },
  { path: '/accounts?sheet=create', heading: undefined },
  { path: '/sites', heading: 'sites.title' },
  { path: '/packages', heading: 'packages.title' },
  { path: '/jobs', heading: 'jobs.title' },
  { path: '/audit', heading: 'audit.title' },
  { path: '/nowhere', heading: 'shell.notFound.title' },
] as const

for (const language of languages) {
  const t = words(language)

  test(`every page is accessible at every width (${language})`, async ({ page }) => {
    test.setTimeout(180_000)
    await speak(page, language)
    for (const { name, size } of widths) {
      await page.setViewportSize(size)
      await page.goto('/login')
      await expectAccessible(page, `login, ${name}`)
    }
    await logIn(page, language)
    for (const { path, heading } of pages) {
      for (const { name, size } of widths) {
        await page.setViewportSize(size)
        await page.goto(path)
        await page.waitForLoadState('networkidle')
        if (heading !== undefined) await expect(page.getByRole('heading', { name: t(heading) }).first()).toBeVisible()
        await expectAccessible(page, `${path}, ${name}`)
      }
      await page.setViewportSize({ width: 360, height: 740 })
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      expect(wider, `${path} at 360 px scrolls sideways`).toBe(0)
    }
  })

  test(`a wrong password says so and nothing more (${language})`, async ({ page }) => {
    await speak(page, language)
    await page.goto('/login')
    await page.getByLabel(t('auth.login.name'), { exact: true }).fill('nobody-of-this-name')
    await page.getByLabel(t('auth.login.password'), { exact: true }).fill('not the password')
    await page.getByRole('button', { name: t('auth.login.submit'), exact: true }).click()
    await expect(page.getByRole('alert')).toContainText(t('problem.invalid_credentials.title'))
    await expectAccessible(page, 'a refused login')
  })
}

test('the palette finds pages by name and the keyboard does the rest', async ({ page }) => {
  const t = words('en')
  await speak(page, 'en')
  await logIn(page, 'en')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('audit')
  await expect(page.getByRole('option', { name: t('audit.title') })).toBeVisible()
  await expectAccessible(page, 'the palette')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: t('audit.title') })).toBeVisible()
  await expect(page).toHaveURL(/\/audit$/)
})

test('the audit trail knows what was done', async ({ page }) => {
  const t = words('en')
  await speak(page, 'en')
  await logIn(page, 'en')
  await page.goto('/audit?action=account.create')
  const table = page.getByRole('table', { name: t('audit.title') })
  await expect(table.getByRole('cell', { name: 'account.create' }).first()).toBeVisible()
  await expect(table.getByRole('cell', { name: admin.username, exact: true }).first()).toBeVisible()
  await table.getByRole('button', { expanded: false }).first().click()
  await expect(table.getByText(t('audit.fields.request'))).toBeVisible()
  await expectAccessible(page, 'an open row of the trail')
})

test('language and theme are remembered, also after logging out', async ({ page }) => {
  await speak(page, 'en')
  await logIn(page, 'en')
  await page.getByRole('button', { name: words('en')('common.language') }).click()
  await page.getByRole('menuitemradio', { name: 'Bahasa Indonesia' }).click()
  await expect(page.getByRole('navigation', { name: words('id')('shell.pages') }).first()).toContainText(words('id')('accounts.title'))
  await page.getByRole('button', { name: words('id')('common.theme') }).click()
  await page.getByRole('menuitemradio', { name: words('id')('common.themes.dark') }).click()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.getByRole('button', { name: words('id')('shell.me', { name: admin.username }) }).click()
  await page.getByRole('menuitem', { name: words('id')('shell.logout') }).click()
  await expect(page).toHaveURL(/\/login$/)
  await expect(page.getByRole('heading', { name: words('id')('auth.login.title') })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await page.goto('/accounts')
  await expect(page).toHaveURL(/\/login\?next=%2Faccounts$/)
})
