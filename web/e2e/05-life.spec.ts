import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { expect, expectAccessible, languages, logIn, speak, test, widths, words } from './panel.ts'

const sheet = (page: Page) => page.getByRole('dialog')

for (const language of languages) {
  const t = words(language)
  const username = `rina${language}`
  const domain = `rina-${language}.test`
  const pack = `hemat-${language}`

  test(`an account is suspended, edited and unsuspended (${language})`, async ({ page, context }) => {
    test.setTimeout(180_000)
    await speak(page, language)
    await logIn(page, language)
    const menu = async (item: string) => {
      await page.getByRole('button', { name: t('accounts.more', { name: username }) }).click()
      await page.getByRole('menuitem', { name: t(item) }).click()
    }
    const site = async (status: number, text: string | undefined) => {
      const visitor = await context.newPage()
      const answer = await visitor.goto(`http://${domain}/`)
      expect(answer?.status()).toBe(status)
      if (text !== undefined) await expect(visitor.getByText(text)).toBeVisible()
      await visitor.close()
    }

    await test.step('make one', async () => {
      await page.goto('/accounts?sheet=create')
      await sheet(page).getByLabel(t('accounts.fields.username')).fill(username)
      await sheet(page).getByLabel(t('accounts.fields.primaryDomain')).fill(domain)
      await sheet(page).getByRole('button', { name: t('accounts.create.submit') }).click()
      await expect(sheet(page).getByRole('heading', { name: t('accounts.create.done', { name: username }) })).toBeVisible({ timeout: 60_000 })
      await page.goto(`/accounts/${username}`)
      await site(200, undefined)
    })

    await test.step('suspend it, with the plan shown first', async () => {
      await menu('accounts.suspend.menu')
      const plan = sheet(page).getByRole('region', { name: t('product.plan.title') })
      await expect(plan.getByText(t('product.steps.login.deny'))).toBeVisible()
      await expect(plan.getByText(t('product.steps.processes.end'))).toBeVisible()
      for (const { size } of widths) {
        await page.setViewportSize(size)
        await expectAccessible(page, 'the dialog that suspends')
      }
      await sheet(page).getByLabel(t('accounts.suspend.reason')).fill('Tagihan belum dibayar')
      await sheet(page).getByRole('button', { name: t('accounts.suspend.confirm') }).click()
      await expect(page.getByText('Tagihan belum dibayar')).toBeVisible({ timeout: 60_000 })
      await sheet(page).getByRole('button', { name: t('common.close') }).last().click()
      await expect(page.getByText(t('product.accountState.suspended')).first()).toBeVisible()
      await expectAccessible(page, 'a suspended account')
      await site(503, 'Situs ini sedang ditangguhkan')
    })

    await test.step('edit it meanwhile', async () => {
      await page.goto(`/accounts/${username}/settings`)
      await page.getByLabel(t('accounts.fields.contactEmail')).fill('rina@rina.test')
      await page.getByLabel(t('accounts.settings.source'), { exact: true }).selectOption({ label: t('accounts.settings.own') })
      await page.getByLabel(t('product.limits.memory_limit_mb')).fill('7')
      await page.getByRole('button', { name: t('product.changes.save') }).click()
      await expect(page.getByLabel(t('product.limits.memory_limit_mb'))).toHaveAttribute('aria-invalid', 'true')
      for (const { size } of widths) {
        await page.setViewportSize(size)
        // What lies half under the bar at the top is not judged.
        await page.evaluate(() => scrollTo(0, 0))
        await expectAccessible(page, 'the account’s settings with a fault')
      }
      await page.getByLabel(t('product.limits.memory_limit_mb')).fill('700')
      await page.getByRole('button', { name: t('product.changes.save') }).click()
      await expect(page.getByText(t('product.changes.done'))).toBeVisible({ timeout: 60_000 })
    })

    await test.step('unsuspend it', async () => {
      await menu('accounts.unsuspend.menu')
      await expect(sheet(page).getByText(t('product.steps.login.allow'))).toBeVisible()
      await expectAccessible(page, 'the dialog that unsuspends')
      await sheet(page).getByRole('button', { name: t('accounts.unsuspend.confirm') }).click()
      await expect(page.getByText('Tagihan belum dibayar')).toHaveCount(0, { timeout: 60_000 })
      await sheet(page).getByRole('button', { name: t('common.close') }).last().click()
      await expect(page.getByText(t('product.accountState.active')).first()).toBeVisible()
      await site(200, undefined)
    })

    await test.step('give it a password and take it away', async () => {
      await page.goto(`/accounts/${username}/settings`)
      await page.getByLabel(t('accounts.settings.newPassword')).fill('kopi susu gula aren')
      await page.getByRole('button', { name: t('accounts.settings.setPassword') }).click()
      await expect(page.getByText(t('accounts.settings.passwordSet'))).toBeVisible()
      await page.getByRole('button', { name: t('accounts.settings.removePassword') }).click()
      await expect(page.getByText(t('accounts.settings.passwordRemoved'))).toBeVisible()
    })
  })

  test(`an account’s document makes another account (${language})`, async ({ page, context }) => {
    test.setTimeout(180_000)
    await speak(page, language)
    await logIn(page, language)
    await page.goto(`/accounts/${username}/history`)
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: t('accounts.history.export') }).click()
    const saved = readFileSync(await (await saving).path(), 'utf8')
    const copy = `titip${language}`
    const file = (name: string, text: string) => ({ name, mimeType: 'application/json', buffer: Buffer.from(text) })

    await page.goto('/accounts')
    await page.getByRole('button', { name: t('accounts.import') }).click()
    await page.getByLabel(t('importAccount.choose')).setInputFiles(file('catatan.json', '{}'))
    await expect(sheet(page).getByText(t('importAccount.noDocument', { file: 'catatan.json' }))).toBeVisible()
    // Its names belong to the account that it came from, and are refused before anything is begun.
    await page.getByLabel(t('importAccount.choose')).setInputFiles(file(`${username}.json`, saved))
    await sheet(page).getByLabel(t('accounts.fields.username'), { exact: true }).fill(copy)
    await sheet(page).getByRole('button', { name: t('importAccount.show') }).click()
    await expect(sheet(page).getByRole('alert')).toContainText(domain)
    await expectAccessible(page, 'a document that is refused')
    await sheet(page).getByRole('button', { name: t('importAccount.edit') }).click()

    await page.getByLabel(t('importAccount.choose')).setInputFiles(file('baru.json', saved.replaceAll(domain, `titip-${language}.test`)))
    await sheet(page).getByLabel(t('accounts.fields.username'), { exact: true }).fill(copy)
    for (const { size } of widths) {
      await page.setViewportSize(size)
      await expectAccessible(page, 'the dialog that imports')
    }
    await sheet(page).getByRole('button', { name: t('importAccount.show') }).click()
    await expect(sheet(page).getByRole('region', { name: t('product.plan.title') })).toBeVisible()
    await sheet(page).getByRole('button', { name: t('importAccount.confirm') }).click()
    await expect(sheet(page).getByText(t('importAccount.done', { name: copy }))).toBeVisible({ timeout: 60_000 })
    await sheet(page).getByRole('button', { name: t('accounts.create.show') }).click()
    await expect(page.getByText(`titip-${language}.test`).first()).toBeVisible()
    const visitor = await context.newPage()
    expect((await visitor.goto(`http://titip-${language}.test/`))?.status()).toBe(200)
    await visitor.close()
  })

  test(`a package is made, changed, applied and removed (${language})`, async ({ page }) => {
    test.setTimeout(180_000)
    await speak(page, language)
    await logIn(page, language)
    const menu = async (name: string, item: string) => {
      await page.getByRole('button', { name: t('accounts.more', { name }) }).click()
      await page.getByRole('menuitem', { name: t(item) }).click()
    }
    await page.goto('/packages')
    await page.getByRole('button', { name: t('packages.create') }).click()
    await sheet(page).getByLabel(t('packages.name')).fill('Not A Name')
    await sheet(page).getByLabel(t('product.limits.cpu_limit_percent')).fill('0')
    await sheet(page).getByRole('button', { name: t('packages.create') }).click()
    await expect(sheet(page).getByLabel(t('product.limits.cpu_limit_percent'))).toHaveAttribute('aria-invalid', 'true')
    for (const { size } of widths) {
      await page.setViewportSize(size)
      await expectAccessible(page, 'the package form with faults')
    }
    await sheet(page).getByLabel(t('packages.name')).fill(pack)
    await sheet(page).getByLabel(t('product.limits.cpu_limit_percent')).fill('50')
    await sheet(page).getByRole('button', { name: t('packages.create') }).click()
    await expect(page.getByText(pack, { exact: true })).toBeVisible()

    // One of its accounts has limits of its own, and gets those of the package.
    await page.goto(`/accounts/${username}/settings`)
    await page.getByLabel(t('accounts.settings.source'), { exact: true }).selectOption({ label: t('accounts.settings.ofPackage', { name: pack }) })
    await page.getByRole('button', { name: t('product.changes.save') }).click()
    await expect(page.getByText(t('product.changes.done'))).toBeVisible({ timeout: 60_000 })
    await page.goto('/packages')
    await menu(pack, 'packages.editMenu')
    await sheet(page).getByLabel(t('product.limits.memory_limit_mb')).fill('600')
    await sheet(page).getByRole('button', { name: t('product.changes.save') }).click()
    await expect(sheet(page).getByText(username)).toBeVisible()
    await expectAccessible(page, 'what applying a package would change')
    await sheet(page).getByRole('button', { name: t('packages.apply.confirm'), exact: true }).click()
    await expect(sheet(page).getByText(t('product.steps.account.update')).first()).toBeVisible()
    await expect(sheet(page).getByText(t('product.jobState.success')).first()).toBeVisible({ timeout: 60_000 })
    await sheet(page).getByRole('button', { name: t('common.close') }).last().click()

    await page.goto(`/accounts/${username}/settings`)
    await page.getByLabel(t('accounts.settings.source'), { exact: true }).selectOption({ label: t('accounts.settings.ofPackage', { name: 'starter' }) })
    await page.getByRole('button', { name: t('product.changes.save') }).click()
    await expect(page.getByText(t('product.changes.done'))).toBeVisible({ timeout: 60_000 })
    await page.goto('/packages')
    await menu(pack, 'packages.delete.menu')
    await expectAccessible(page, 'the dialog that removes a package')
    await sheet(page).getByRole('button', { name: t('packages.delete.confirm') }).click()
    await expect(page.getByText(pack, { exact: true })).toHaveCount(0)
  })
}
