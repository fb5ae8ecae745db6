import { createHmac } from 'node:crypto'
import type { Page } from '@playwright/test'
import { expect, expectAccessible, languages, logIn, speak, test, widths, words } from './panel.ts'

const sheet = (page: Page) => page.getByRole('dialog')

/** The code that an authenticator shows now (RFC 6238: SHA-1, six digits, thirty seconds). */
function codeOf(secret: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret.replaceAll(' ', '')].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  return String((mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, '0')
}

for (const language of languages) {
  const t = words(language)
  const person = { username: `putri.${language}`, password: 'teh tarik pagi hari' }
  const account = `rina${language}`

  test(`somebody is invited, helps in one account and is removed (${language})`, async ({ page, browser }) => {
    test.setTimeout(180_000)
    await speak(page, language)
    await logIn(page, language)
    // Somebody else, elsewhere.
    const theirs = await browser.newContext({ ignoreHTTPSErrors: true, reducedMotion: 'reduce' })
    const their = await theirs.newPage()
    await speak(their, language)
    let recovery = ''

    const link = await test.step('an administrator invites them', async () => {
      await page.goto('/people')
      await page.getByRole('button', { name: t('people.invite') }).click()
      await sheet(page).getByLabel(t('people.name'), { exact: true }).fill('No Name')
      await sheet(page).getByLabel(t('people.role')).selectOption('user')
      await sheet(page).getByRole('button', { name: t('people.invite') }).click()
      await expect(sheet(page).getByLabel(t('people.name'), { exact: true })).toHaveAttribute('aria-invalid', 'true')
      await sheet(page).getByLabel(t('people.name'), { exact: true }).fill(person.username)
      await sheet(page).getByRole('button', { name: t('people.invite') }).click()
      await expect(sheet(page).getByText(t('people.link.once'))).toBeVisible()
      await expectAccessible(page, 'the link of an invitation')
      const address = await sheet(page).locator('code').innerText()
      await sheet(page).getByRole('button', { name: t('common.close') }).last().click()
      await expect(page.getByText(t('people.state.invited')).first()).toBeVisible()
      for (const { size } of widths) {
        await page.setViewportSize(size)
        await expectAccessible(page, 'people')
      }
      return address
    })

    await test.step('they choose a password, once', async () => {
      await their.goto(link)
      await their.getByLabel(t('auth.welcome.password'), { exact: true }).fill('pendek')
      await their.getByRole('button', { name: t('auth.welcome.submit') }).click()
      await expect(their.getByLabel(t('auth.welcome.password'), { exact: true })).toHaveAttribute('aria-invalid', 'true')
      await their.getByLabel(t('auth.welcome.password'), { exact: true }).fill(person.password)
      await their.getByRole('button', { name: t('auth.welcome.submit') }).click()
      await expect(their.getByRole('button', { name: t('auth.login.submit'), exact: true })).toBeVisible()
      await their.goto(link)
      await expect(their.getByText(t('auth.welcome.dead'))).toBeVisible()
      await logIn(their, language, person)
    })

    await test.step('without a part they see no account and no logins', async () => {
      await their.goto('/accounts')
      await expect(their.getByRole('link', { name: account })).toHaveCount(0)
      expect((await their.request.get(`/api/v1/accounts/${account}`)).status()).toBe(404)
      expect((await their.request.get('/api/v1/users')).status()).toBe(403)
      expect((await their.request.get('/api/v1/audit-logs')).status()).toBe(403)
    })

    await test.step('they are let into one account as a helper', async () => {
      await page.goto(`/accounts/${account}/people`)
      await page.getByRole('button', { name: t('people.members.add') }).first().click()
      await sheet(page).getByLabel(t('people.name'), { exact: true }).fill(person.username)
      await sheet(page).getByRole('radio', { name: t('people.helper') }).check()
      await sheet(page).getByRole('checkbox', { name: `${t('people.modules.account')}: ${t('people.verbs.read')}`, exact: true }).check()
      await sheet(page).getByRole('checkbox', { name: `${t('people.modules.site')}: ${t('people.verbs.read')}`, exact: true }).check()
      await expectAccessible(page, 'what a helper may do')
      await sheet(page).getByRole('button', { name: t('people.members.add') }).click()
      await expect(page.getByRole('button', { name: person.username })).toBeVisible()
      await their.goto('/accounts')
      await expect(their.getByText(account, { exact: true }).first()).toBeVisible()
      expect((await their.request.get(`/api/v1/accounts/${account}`)).status()).toBe(200)
      expect((await their.request.get(`/api/v1/accounts/${account}/cron`)).status()).toBe(404)
    })

    await test.step('they set up a second factor', async () => {
      await their.goto('/me')
      for (const { size } of widths) {
        await their.setViewportSize(size)
        await expectAccessible(their, 'one’s own login')
      }
      await their.getByRole('button', { name: t('me.factor.set') }).click()
      const secret = await their.locator('form code').first().innerText()
      await their.getByLabel(t('me.factor.code'), { exact: true }).fill('000000')
      await their.getByRole('button', { name: t('me.factor.confirm') }).click()
      await expect(their.getByLabel(t('me.factor.code'), { exact: true })).toHaveAttribute('aria-invalid', 'true')
      await their.getByLabel(t('me.factor.code'), { exact: true }).fill(codeOf(secret))
      await their.getByRole('button', { name: t('me.factor.confirm') }).click()
      await expect(their.getByText(t('me.factor.codesText'))).toBeVisible()
      recovery = await their.getByRole('status').locator('li').first().innerText()
      await expect(their.getByText(t('me.factor.on'), { exact: true })).toBeVisible()
    })

    await test.step('and it is asked for, and a recovery code does', async () => {
      await theirs.clearCookies()
      await their.goto('/login')
      await their.getByLabel(t('auth.login.name'), { exact: true }).fill(person.username)
      await their.getByLabel(t('auth.login.password'), { exact: true }).fill(person.password)
      await their.getByRole('button', { name: t('auth.login.submit'), exact: true }).click()
      await their.getByLabel(t('auth.login.code'), { exact: true }).fill('111111')
      await their.getByRole('button', { name: t('auth.login.submit'), exact: true }).click()
      await expect(their.getByRole('alert').first()).toBeVisible()
      await their.getByLabel(t('auth.login.code'), { exact: true }).fill(recovery)
      await their.getByRole('button', { name: t('auth.login.submit'), exact: true }).click()
      await expect(their.getByRole('navigation', { name: t('shell.pages') }).first()).toBeVisible()
    })

    await test.step('the administrator sees what they see, and changes nothing about the login', async () => {
      await page.setViewportSize({ width: 1280, height: 800 })
      await page.goto(`/people/login/${person.username}`)
      await page.getByRole('button', { name: t('people.more', { name: person.username }) }).click()
      await page.getByRole('menuitem', { name: t('people.view') }).click()
      await sheet(page).getByRole('button', { name: t('people.view') }).click()
      await expect(page.getByRole('button', { name: t('shell.viewEnd') })).toBeVisible()
      expect((await page.request.get('/api/v1/users')).status()).toBe(403)
      expect((await page.request.get('/api/v1/auth/tokens')).status()).toBe(403)
      await expectAccessible(page, 'the view of somebody else')
      await page.getByRole('button', { name: t('shell.viewEnd') }).click()
      await expect(page.getByRole('button', { name: t('shell.viewEnd') })).toHaveCount(0)
    })

    await test.step('removed, they are out at once', async () => {
      await page.goto(`/people/login/${person.username}`)
      await page.getByRole('button', { name: t('people.more', { name: person.username }) }).click()
      await page.getByRole('menuitem', { name: t('people.delete') }).click()
      await sheet(page).getByRole('button', { name: t('people.delete') }).click()
      await expect(page).toHaveURL(/\/people$/)
      await expect(page.getByText(person.username, { exact: true })).toHaveCount(0)
      expect((await their.request.get('/api/v1/auth/me')).status()).toBe(401)
    })
    await theirs.close()
  })

  test(`the trail is checked and taken along (${language})`, async ({ page }) => {
    await speak(page, language)
    await logIn(page, language)
    await page.goto('/audit')
    await page.getByRole('button', { name: t('auditCheck.run') }).click()
    await expect(page.getByText(t('auditCheck.intact').split('{')[0] ?? '')).toBeVisible()
    await expectAccessible(page, 'a trail that was checked')
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: t('auditCheck.jsonl') }).click()])
    expect(download.suggestedFilename()).toBe('audit.jsonl')
    const verdict: { intact: boolean } = await (await page.request.get('/api/v1/audit-logs/verify')).json()
    expect(verdict.intact).toBe(true)
  })
}
