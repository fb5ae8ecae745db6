import type { Page } from '@playwright/test'
import { expect, expectAccessible, languages, logIn, speak, test, widths, words } from './panel.ts'

const sheet = (page: Page) => page.getByRole('dialog')

for (const language of languages) {
  const t = words(language)
  const name = `rapi-${language}`

  test(`a schedule is made, run, changed and removed (${language})`, async ({ page }) => {
    test.setTimeout(120_000)
    await speak(page, language)
    await logIn(page, language)
    const menu = async (item: string) => {
      await page.getByRole('button', { name: t('sites.more', { domain: name }) }).click()
      await page.getByRole('menuitem', { name: t(item) }).click()
    }
    const field = (key: string) => sheet(page).getByLabel(t(`schedules.fields.${key}`), { exact: true })

    await test.step('make one, with the next times shown while it is written', async () => {
      await page.goto('/schedules')
      await page.getByRole('button', { name: t('schedules.add') }).first().click()
      await field('name').fill('Not A Name')
      await field('task').selectOption('tidy')
      await field('zone').fill('Asia/Jakarta')
      await field('cron').fill('61 2')
      await expect(field('cron')).toHaveAttribute('aria-invalid', 'true')
      await field('cron').fill('30 2 * * *')
      await expect(sheet(page).getByText(t('schedules.nextTimes', { zone: 'Asia/Jakarta' }))).toBeVisible()
      await sheet(page).getByRole('button', { name: t('schedules.add') }).click()
      await expect(field('name')).toHaveAttribute('aria-invalid', 'true')
      await expectAccessible(page, 'the sheet of a schedule with a fault')
      await field('name').fill(name)
      await sheet(page).getByRole('button', { name: t('schedules.add') }).click()
      await expect(page.getByRole('button', { name, exact: true })).toBeVisible()
      for (const { size } of widths) {
        await page.setViewportSize(size)
        await expectAccessible(page, 'the schedules')
      }
    })

    await test.step('run it now; what became of it is kept', async () => {
      await menu('schedules.run.confirm')
      await sheet(page).getByRole('button', { name: t('schedules.run.confirm') }).click()
      await expect(sheet(page).getByRole('heading', { name: t('schedules.run.done', { name }) })).toBeVisible({ timeout: 30_000 })
      await sheet(page).getByRole('button', { name: t('common.close') }).last().click()
      await page.getByRole('button', { name, exact: true }).click()
      await expect(sheet(page).getByText(t('schedules.byHand'))).toBeVisible()
      await expect(sheet(page).getByText(t('schedules.end.success')).first()).toBeVisible()
      await expectAccessible(page, 'the history of a schedule')
      await page.keyboard.press('Escape')
    })

    await test.step('switch it off', async () => {
      await menu('schedules.change')
      await sheet(page).getByRole('checkbox', { name: t('schedules.enabled') }).uncheck()
      await sheet(page).getByRole('button', { name: t('schedules.save') }).click()
      await expect(sheet(page)).toHaveCount(0)
      await expect(page.getByText(t('schedules.off'), { exact: true }).first()).toBeVisible()
    })

    await test.step('remove it', async () => {
      await menu('schedules.remove.confirm')
      await sheet(page).getByRole('button', { name: t('schedules.remove.confirm') }).click()
      await expect(page.getByRole('button', { name, exact: true })).toHaveCount(0)
    })
  })
}
