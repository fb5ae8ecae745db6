import { admin, setupToken } from './environment.ts'
import { expect, expectAccessible, languages, speak, test, widths, words } from './panel.ts'

test.describe.configure({ mode: 'serial' })

for (const language of languages) {
  const t = words(language)

  test(`without the token nobody becomes admin (${language})`, async ({ page }) => {
    await speak(page, language)
    await page.goto('/')
    await expect(page).toHaveURL(/\/setup$/)
    await expect(page.getByRole('heading', { name: t('setup.title') })).toBeVisible()
    await expect(page.getByText('nusantara setup-token', { exact: true })).toBeVisible()
    for (const { name, size } of widths) {
      await page.setViewportSize(size)
      await expectAccessible(page, `first run, ${name}`)
    }

    await page.getByLabel(t('setup.token')).fill('not-the-token')
    await page.getByLabel(t('setup.username')).fill(admin.username)
    await page.getByLabel(t('setup.password'), { exact: true }).fill(admin.password)
    await page.getByRole('button', { name: t('setup.submit') }).click()
    await expect(page.getByText(t('setup.tokenRefused'))).toBeVisible()
    await expect(page.getByLabel(t('setup.token'))).toBeFocused()
    await expectAccessible(page, 'first run with a refused token')
  })
}

test('a short password is refused before anything is sent', async ({ page }) => {
  const t = words('en')
  await speak(page, 'en')
  await page.goto('/setup')
  await page.getByLabel(t('setup.token')).fill(setupToken())
  await page.getByLabel(t('setup.username')).fill(admin.username)
  await page.getByLabel(t('setup.password'), { exact: true }).fill('elevenbytes')
  await page.getByRole('button', { name: t('setup.submit') }).click()
  await expect(page.getByText(t('setup.errors.passwordShort'))).toBeVisible()
})

test('with the token the first admin is made and logged in, once', async ({ page, browser }) => {
  const t = words('id')
  await speak(page, 'id')
  await page.goto('/')
  await page.getByLabel(t('setup.token')).fill(setupToken())
  await page.getByLabel(t('setup.username')).fill(admin.username)
  await page.getByLabel(t('setup.password'), { exact: true }).fill(admin.password)
  await page.getByRole('button', { name: t('setup.submit') }).click()
  await expect(page.getByRole('heading', { name: t('home.first.title') })).toBeVisible()
  await expect(page.getByRole('link', { name: t('home.first.action') })).toBeVisible()
  await expectAccessible(page, 'home without accounts')

  const other = await browser.newPage()
  await other.goto('/setup')
  await expect(other).toHaveURL(/\/login$/)
  await other.close()
})
