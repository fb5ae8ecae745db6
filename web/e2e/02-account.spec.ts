import type { Page } from '@playwright/test'
import { panelUrl } from './environment.ts'
import { expect, expectAccessible, languages, logIn, speak, test, words, type Language } from './panel.ts'

for (const language of languages) {
  const t = words(language)
  const username = `joko${language}`
  const domain = `joko-${language}.test`
  const sheet = (page: Page) => page.getByRole('dialog')

  test(`an account from its creation to its end (${language})`, async ({ page, context }) => {
    test.setTimeout(120_000)
    await speak(page, language)
    await logIn(page, language)

    await test.step('create it', async () => {
      await page.getByRole('navigation', { name: t('shell.pages') }).first().getByRole('link', { name: t('accounts.title') }).click()
      await expect(page.getByRole('heading', { level: 1, name: t('accounts.title') })).toBeVisible()
      await page.getByRole('button', { name: t('accounts.create.title'), exact: true }).click()
      await sheet(page).getByLabel(t('accounts.fields.username')).fill('Root!')
      await sheet(page).getByLabel(t('accounts.fields.primaryDomain')).fill('localhost')
      await sheet(page).getByRole('button', { name: t('accounts.create.submit') }).click()
      await expect(sheet(page).getByText(t('product.names.username'))).toBeVisible()
      await expectAccessible(page, 'the create sheet with faults')
      await sheet(page).getByLabel(t('accounts.fields.username')).fill(username)
      await sheet(page).getByLabel(t('accounts.fields.primaryDomain')).fill(domain)
      await sheet(page).getByRole('radio', { name: /starter/ }).check()
      await sheet(page).getByRole('button', { name: t('accounts.create.submit') }).click()
    })

    await test.step('watch the true steps', async () => {
      const steps = sheet(page).getByRole('list', { name: t('product.job.steps') })
      for (const step of ['spec.write', 'user.create', 'home.create', 'slice.set', 'php.enable', 'web.publish', 'site.probe', 'record']) {
        await expect(steps.getByText(t(`product.steps.${step}`))).toBeVisible()
      }
      await expect(sheet(page).getByRole('heading', { name: t('accounts.create.done', { name: username }) })).toBeVisible()
      await expectAccessible(page, 'the finished job')
    })

    await test.step('open the site: it runs as the account’s own user', async () => {
      const opened = context.waitForEvent('page')
      await sheet(page).getByRole('link', { name: t('accounts.openSite', { domain }) }).click()
      const site = await opened
      await expect(site.getByRole('heading', { name: domain })).toBeVisible()
      const uid = Number(await site.locator('dt', { hasText: /^UID$/ }).locator('+ dd').innerText())
      expect(uid).toBeGreaterThanOrEqual(12_000)
      await site.close()
      await sheet(page).getByRole('button', { name: t('accounts.create.show') }).click()
      await expect(page.getByRole('heading', { level: 1, name: username })).toBeVisible()
      await expect(page.getByText(String(uid), { exact: true })).toBeVisible()
    })

    await test.step('look at its parts', async () => {
      for (const part of ['sites', 'limits', 'drift', 'history', 'activity', 'overview']) {
        await page.getByRole('navigation', { name: t('accounts.tabsLabel', { name: username }) }).getByRole('link', { name: t(`accounts.tabs.${part}`) }).click()
        if (part === 'drift') await expect(page.getByText(t('drift.none'))).toBeVisible()
        await expectAccessible(page, `the account’s ${part}`)
      }
    })

    await test.step('add a site and take it away again', () => addAndRemoveSite(page, language, username, domain))

    await test.step('delete it, with the plan shown first', async () => {
      await page.getByRole('button', { name: t('accounts.more', { name: username }) }).click()
      await page.getByRole('menuitem', { name: t('accounts.delete.menu') }).click()
      const plan = sheet(page).getByRole('region', { name: t('product.plan.title') })
      await expect(plan.getByText(`/home/${username}`, { exact: true })).toBeVisible()
      await expect(plan.getByText(t('product.steps.user.delete'))).toBeVisible()
      const confirm = sheet(page).getByRole('button', { name: t('accounts.delete.confirm') })
      await expect(confirm).toHaveAttribute('aria-disabled', 'true')
      await expectAccessible(page, 'the delete dialog')
      await sheet(page).getByLabel(t('accounts.delete.type', { name: username })).fill(username)
      await confirm.click()
      await expect(sheet(page).getByText(t('accounts.delete.gone', { name: username }))).toBeVisible({ timeout: 30_000 })
      await sheet(page).getByRole('button', { name: t('accounts.delete.back') }).click()
    })

    await test.step('it is gone', async () => {
      await expect(page).toHaveURL(/\/accounts$/)
      await expect(page.getByRole('link', { name: username, exact: true })).toHaveCount(0)
      const site = await context.newPage()
      const answer = await site.goto(`http://${domain}/`).catch(() => null)
      expect(answer?.status() ?? 0).not.toBe(200)
      await site.close()
      await page.goto(new URL(`/accounts/${username}`, panelUrl).href)
      await expect(page.getByText(t('accounts.gone.title', { name: username }))).toBeVisible()
      await expectAccessible(page, 'an account that is gone')
    })
  })
}

async function addAndRemoveSite(page: Page, language: Language, username: string, domain: string): Promise<void> {
  const t = words(language)
  const site = `blog.${domain}`
  await page.getByRole('navigation', { name: t('accounts.tabsLabel', { name: username }) }).getByRole('link', { name: t('accounts.tabs.sites') }).click()
  await page.getByRole('button', { name: t('sites.create.title') }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(t('sites.fields.domain'), { exact: true }).fill(site)
  await expect(dialog.getByText(t('sites.create.becomes.subdomain'))).toBeVisible()
  await dialog.getByRole('button', { name: t('sites.create.submit') }).click()
  await expect(dialog.getByRole('heading', { name: t('sites.create.done', { domain: site }) })).toBeVisible({ timeout: 30_000 })
  await dialog.getByRole('button', { name: t('common.close') }).last().click()

  await page.getByRole('button', { name: t('sites.more', { domain }) }).click()
  await expect(page.getByRole('menuitem', { name: t('sites.remove.menu') })).toHaveAttribute('aria-disabled', 'true')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: t('sites.more', { domain: site }) }).click()
  await page.getByRole('menuitem', { name: t('sites.remove.menu') }).click()
  await expectAccessible(page, 'the remove dialog')
  await dialog.getByRole('button', { name: t('sites.remove.confirm') }).click()
  await expect(dialog.getByRole('heading', { name: t('sites.remove.done', { domain: site }) })).toBeVisible({ timeout: 30_000 })
  await dialog.getByRole('button', { name: t('common.close') }).last().click()
  await expect(page.getByRole('link', { name: site })).toHaveCount(0)
}
