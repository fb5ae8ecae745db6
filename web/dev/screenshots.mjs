// npm run screenshots -- [name-part…]: every page at 390, 1280 and 1920 px, light and dark, in both languages, into .screenshots/.
// --axe checks each with axe, --all adds 1920 px in the dark.
import { readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { chromium } from '@playwright/test'
import { createMock } from './mock.mjs'
import { buildForDev } from './build.mjs'

const out = new URL('../.screenshots/', import.meta.url).pathname
const wanted = process.argv.slice(2).filter((a) => !a.startsWith('--'))
const all = process.argv.includes('--all')
const axeSource = process.argv.includes('--axe') ? readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8') : undefined
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** The document of an account that exists. */
async function chooseDocument(page) {
  await page.goto('/accounts?sheet=import')
  const document = { account: { username: 'siti' }, domains: { primary: { domain: 'batiksiti.com' }, addon_domains: [{ domain: 'toko.batiksiti.id' }] } }
  await page.locator('input[type=file]').setInputFiles({ name: 'siti.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(document)) })
  await page.locator('[role=dialog] [name=username]').waitFor()
}

const open = (path) => async (page) => page.goto(path)
const passkeys = (page) => page.locator('main section').nth(2).evaluate((section) => section.scrollIntoView({ block: 'center' }))
/** Somebody whose second factor is about to go. */
async function dropped(page) {
  await page.route('**/api/v1/auth/me', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ json: { ...(await answer.json()), second_factor_drops_at: new Date(Date.now() + 20 * 3_600_000).toISOString() } })
  })
  await page.goto('/accounts')
  await page.locator('[role=status] button').first().waitFor()
}
/** Asks to have somebody's second factor forgotten. */
async function dropOf(page) {
  await page.goto('/people/login/dewi.lestari')
  await page.locator('main [aria-haspopup=menu]').click()
  await page.locator('[role=menuitem]').nth(2).click()
}
/** One's own page of a panel that passkeys work at elsewhere, or nowhere. */
const named = (origin) => async (page) => {
  await page.route('**/api/v1/auth/passkeys', (route) => route.fulfill({ json: { origin, items: [] } }))
  await page.goto('/me')
  await passkeys(page)
}
const shots = [
  { name: 'setup', state: 'setup', loggedIn: false, go: async (page) => { await page.goto('/setup'); await page.locator('[name=password]').fill('kopi susu gula') } },
  { name: 'login', loggedIn: false, go: open('/login') },
  { name: 'login-wrong', loggedIn: false, go: async (page) => { await page.goto('/login'); await page.locator('[name=username]').fill('admin'); await page.locator('[name=password]').fill('salah'); await page.keyboard.press('Enter') } },
  { name: 'home', go: open('/') },
  { name: 'home-empty', state: 'empty', go: open('/') },
  { name: 'accounts', go: open('/accounts') },
  { name: 'accounts-empty', state: 'empty', go: open('/accounts') },
  { name: 'accounts-many', state: 'many', go: open('/accounts?sort=-created_at') },
  { name: 'create', go: async (page) => { await page.goto('/accounts?sheet=create'); await page.locator('[name=username]').fill('Joko'); await page.locator('[name=primary_domain]').fill('tokobaru.test'); await page.locator('[name=contact_email]').focus() } },
  { name: 'create-running', stepTime: Number.POSITIVE_INFINITY, go: create('tokobaru.test') },
  { name: 'create-done', stepTime: 5, go: create('tokobaru.test') },
  { name: 'create-failed', stepTime: 5, go: create('gagal.test') },
  { name: 'account', go: open('/accounts/siti') },
  { name: 'account-sites', go: open('/accounts/siti/sites') },
  { name: 'account-limits', go: open('/accounts/siti/limits') },
  { name: 'account-drift', go: async (page) => { await page.goto('/accounts/siti/drift'); await page.locator('main summary').first().click(); await page.locator('main summary').last().click() } },
  { name: 'account-drift-none', go: open('/accounts/budi/drift') },
  { name: 'account-drift-problem', go: open('/accounts/pasarloak/drift') },
  { name: 'account-drift-overwrite', go: async (page) => { await page.goto('/accounts/siti/drift'); await page.locator('main section button').nth(1).click() } },
  { name: 'account-activity', go: open('/accounts/siti/activity') },
  { name: 'account-history', go: async (page) => { await page.goto('/accounts/siti/history'); await page.locator('main ol button[aria-expanded]').nth(1).click(); await page.locator('main dl').waitFor() } },
  { name: 'account-history-back', go: async (page) => { await page.goto('/accounts/siti/history'); await page.locator('main ol button[aria-expanded]').nth(2).click(); await page.getByRole('button', { name: /Go back to this|Kembali ke sini/ }).click() } },
  { name: 'import', go: open('/accounts?sheet=import') },
  { name: 'import-file', go: (page) => chooseDocument(page) },
  { name: 'import-plan', go: async (page) => { await chooseDocument(page); await page.getByRole('checkbox').first().check(); await page.locator('[role=dialog] [type=submit]').click() } },
  { name: 'account-failed', go: open('/accounts/pasarloak') },
  { name: 'account-gone', go: open('/accounts/tiada') },
  { name: 'account-menu', go: async (page) => { await page.goto('/accounts/siti'); await page.locator('[aria-haspopup=menu]').last().click() } },
  { name: 'account-rename', go: rename(0, 'sitinur', 'siti') },
  { name: 'account-rename-value', go: rename(0, 'root') },
  { name: 'account-rename-done', stepTime: 5, go: async (page) => { await rename(0, 'sitinur', 'siti')(page); await page.locator('[role=dialog] [type=submit]').click(); await page.waitForTimeout(900) } },
  { name: 'account-primary-domain', go: async (page) => { await rename(1, 'batik.example.com')(page) } },
  { name: 'account-names', go: async (page) => { await page.goto('/accounts/siti/settings'); await page.locator('main dl button').first().scrollIntoViewIfNeeded() } },
  { name: 'delete', go: remove },
  { name: 'delete-running', stepTime: Number.POSITIVE_INFINITY, go: async (page) => { await remove(page); await page.locator('[role=dialog] [type=submit]').click() } },
  { name: 'delete-done', stepTime: 5, go: async (page) => { await remove(page); await page.locator('[role=dialog] [type=submit]').click() } },
  { name: 'sites', go: open('/sites') },
  { name: 'site-proof', go: async (page) => { await page.goto('/sites?sheet=create'); await page.locator('[name=account]').selectOption('siti'); await page.locator('[name=domain]').fill('blog.lain.id'); await page.locator('[role=dialog] [type=submit]').click(); await page.locator('[role=dialog] [role=status] dl').waitFor() } },
  { name: 'site-add', go: async (page) => { await page.goto('/sites?sheet=create'); await page.locator('[name=account]').selectOption('siti'); await page.locator('[name=domain]').fill('blog.batiksiti.com') } },
  { name: 'site-remove', go: async (page) => { await page.goto('/sites?q=batiksiti.id'); await page.locator('main [aria-haspopup=menu]').first().click(); await page.locator('[role=menuitem]').first().click() } },
  { name: 'site', go: site('') },
  { name: 'site-settings', go: async (page) => { await site('settings')(page); await change(page) } },
  { name: 'site-settings-php', go: async (page) => { await site('settings')(page); await page.locator('[name="date.timezone"]').scrollIntoViewIfNeeded() } },
  { name: 'site-settings-saved', stepTime: 5, go: async (page) => { await site('settings')(page); await change(page); await page.locator('main [type=submit]').click() } },
  { name: 'site-protection', go: site('protection') },
  { name: 'site-protection-empty', go: async (page) => { await page.goto('/sites?q=batiksiti.id'); await page.locator('main a[href^="/sites/"]').first().click(); await page.locator('main a[href$="/protection"]').click() } },
  { name: 'site-logs', go: site('logs') },
  { name: 'site-logs-error', go: async (page) => { await site('logs')(page); await page.locator('main select').selectOption('error') } },
  { name: 'site-logs-empty', go: async (page) => { await site('logs')(page); await page.locator('main select').selectOption('php') } },
  { name: 'account-apps', go: open('/accounts/siti/apps') },
  { name: 'account-apps-empty', go: open('/accounts/budi/apps') },
  { name: 'account-apps-log', go: open('/accounts/siti/apps?log=toko') },
  { name: 'account-cron', go: open('/accounts/siti/cron') },
  { name: 'account-cron-empty', go: open('/accounts/budi/cron') },
  { name: 'cron-create', go: async (page) => { await open('/accounts/budi/cron')(page); await page.locator('main button').last().click(); await page.locator('[name=name]').fill('cadangan'); await page.locator('[name=command]').fill('tar czf ~/backups/situs.tgz ~/domains'); await page.waitForTimeout(800) } },
  { name: 'cron-history', go: async (page) => { await open('/accounts/siti/cron')(page); await page.locator('main [aria-haspopup=menu]').nth(2).click(); await page.locator('[role=menuitem]').nth(1).click(); await page.locator('[role=dialog] [aria-expanded]').first().click() } },
  { name: 'cron-wrong', go: async (page) => { await open('/accounts/budi/cron')(page); await page.locator('main button').last().click(); await page.locator('[name=schedule]').fill('0 2 *'); await page.waitForTimeout(800) } },
  { name: 'app-create', go: async (page) => { await open('/accounts/budi/apps')(page); await page.locator('main button').last().click(); await page.locator('[name=name]').fill('Toko'); await page.locator('[name=folder]').focus() } },
  { name: 'app-edit', go: async (page) => { await open('/accounts/siti/apps')(page); await page.locator('main button', { hasText: 'toko' }).click() } },
  { name: 'account-databases', go: open('/accounts/siti/databases') },
  { name: 'account-databases-empty', go: open('/accounts/budi/databases') },
  { name: 'account-databases-missing', go: open('/accounts/bengkel/databases') },
  { name: 'database-user-create', go: async (page) => { await open('/accounts/siti/databases')(page); await page.locator('main button').filter({ hasText: /pengguna|user/i }).last().click(); await page.locator('[name=name]').fill('app') } },
  { name: 'database-user-created', stepTime: 5, go: async (page) => { await open('/accounts/siti/databases')(page); await page.locator('main button').filter({ hasText: /pengguna|user/i }).last().click(); await page.locator('[name=name]').fill('app'); await page.locator('[role=dialog] [type=submit]').click() } },
  { name: 'database-remove', go: async (page) => { await open('/accounts/siti/databases')(page); await page.locator('main ul [aria-haspopup=menu]').first().click(); await page.locator('[role=menuitem]').last().click() } },
  { name: 'account-ftp', go: open('/accounts/siti/ftp') },
  { name: 'account-ftp-empty', go: open('/accounts/budi/ftp') },
  { name: 'ftp-create', go: async (page) => { await open('/accounts/budi/ftp')(page); await page.locator('main button').last().click(); await page.locator('[name=name]').fill('web'); await page.locator('[name=folder]').fill('/etc'); await page.locator('[name=password]').focus() } },
  { name: 'ftp-created', stepTime: 5, go: async (page) => { await open('/accounts/budi/ftp')(page); await page.locator('main button').last().click(); await page.locator('[name=name]').fill('web'); await page.locator('[name=folder]').fill('web'); await page.locator('[role=dialog] [type=submit]').click() } },
  { name: 'ftp-remove', go: async (page) => { await open('/accounts/siti/ftp')(page); await page.locator('main [aria-haspopup=menu]').last().click(); await page.locator('[role=menuitem]').last().click() } },
  { name: 'account-php', go: async (page) => { await open('/accounts/siti/php')(page); await page.locator('[name=memory_limit]').fill('4096'); await page.locator('[name=max_execution_time]').fill('60') } },
  { name: 'account-ssh', go: async (page) => { await open('/accounts/siti/ssh')(page); await page.locator('[name=mode][value=sftp_chroot]').check() } },
  { name: 'account-ssh-empty', go: open('/accounts/budi/ssh') },
  { name: 'ssh-key-add', go: async (page) => { await open('/accounts/budi/ssh')(page); await page.getByRole('button', { name: /Tambah kunci|Add key/ }).click(); await page.locator('[name=key]').fill('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop') } },
  { name: 'ssh-key-remove', go: async (page) => { await open('/accounts/siti/ssh')(page); await page.getByRole('button', { name: /(Hapus kunci|Remove key) siti@laptop/ }).click() } },
  { name: 'account-usage', go: async (page) => { await open('/accounts/siti/usage')(page); await page.waitForTimeout(5_500) } },
  { name: 'account-usage-table', go: async (page) => { await open('/accounts/siti/usage?graph=memory&hours=168')(page); await page.locator('main summary').click(); await page.locator('figure').scrollIntoViewIfNeeded() } },
  { name: 'suspend', go: async (page) => { await suspend(page); await page.locator('[name=reason]').fill('Tagihan November belum dibayar') } },
  { name: 'suspended', stepTime: 5, go: async (page) => { await suspend(page); await page.locator('[name=reason]').fill('Tagihan November belum dibayar'); await page.locator('[role=dialog] [type=submit]').click(); await page.waitForTimeout(400); await page.keyboard.press('Escape'); await page.locator('[role=dialog]').waitFor({ state: 'detached' }) } },
  { name: 'account-settings', go: async (page) => { await page.goto('/accounts/siti/settings'); await page.locator('[name=limits_from]').selectOption('*'); await page.locator('[name=memory_limit_mb]').fill('16'); await page.locator('[name=cpu_limit_percent]').fill('150'); await page.locator('[name=notes]').fill('Bayar tiap tanggal 5.') } },
  { name: 'packages', go: open('/packages') },
  { name: 'package-edit', go: async (page) => { await page.goto('/packages'); await page.locator('main [aria-haspopup=menu]').first().click(); await page.locator('[role=menuitem]').first().click(); await page.locator('[name=cpu_limit_percent]').fill('0'); await page.locator('[name=memory_limit_mb]').focus() } },
  { name: 'package-apply', go: async (page) => { await page.goto('/packages'); await page.locator('main [aria-haspopup=menu]').first().click(); await page.locator('[role=menuitem]').first().click(); await page.locator('[name=memory_limit_mb]').fill('768'); await page.locator('[role=dialog] [type=submit]').click(); await page.locator('[role=dialog] ul').waitFor() } },
  { name: 'jobs', go: open('/jobs') },
  { name: 'jobs-empty', state: 'empty', go: open('/jobs') },
  { name: 'job', go: async (page) => { await page.goto('/jobs'); await page.locator('main a[href^="/jobs/"]').first().click() } },
  { name: 'audit', go: async (page) => { await page.goto('/audit'); await page.getByRole('button', { name: /check the trail|periksa jejak/i }).click(); await page.locator('main [aria-expanded], main summary').nth(1).click() } },
  { name: 'schedules', go: open('/schedules') },
  { name: 'schedule-add', go: async (page) => { await page.goto('/schedules'); await page.locator('main button').first().click(); await page.locator('[name=name]').fill('malam-minggu') } },
  { name: 'schedule-history', go: async (page) => { await page.goto('/schedules'); await page.locator('main').getByRole('button', { name: 'rapikan' }).first().click() } },
  { name: 'people', go: open('/people') },
  { name: 'people-invite', go: async (page) => { await page.goto('/people'); await page.locator('main button').first().click(); await page.locator('[name=username]').fill('putri'); await page.locator('[role=dialog] [type=submit]').click() } },
  { name: 'people-roles', go: open('/people/roles') },
  { name: 'people-role', go: async (page) => { await page.goto('/people/roles'); await page.locator('main li button').last().click() } },
  { name: 'people-access', go: async (page) => { await page.goto('/people/access'); await page.locator('main [type=submit]').click() } },
  { name: 'user', go: async (page) => { await page.goto('/people/login/dewi.lestari'); await page.locator('main form button').last().click() } },
  { name: 'user-view', go: async (page) => { await page.goto('/people/login/dewi.lestari'); await page.locator('main [aria-haspopup=menu]').click(); await page.locator('[role=menuitem]').first().click() } },
  { name: 'user-drop', go: async (page) => { await dropOf(page); await page.locator('[role=dialog]').waitFor() } },
  { name: 'user-dropping', go: async (page) => { await dropOf(page); await page.locator('[role=dialog] footer button').first().click(); await page.locator('main dl button').waitFor() } },
  { name: 'account-people', go: open('/accounts/siti/people') },
  { name: 'account-people-empty', go: open('/accounts/budi/people') },
  { name: 'account-people-add', go: async (page) => { await page.goto('/accounts/siti/people'); await page.locator('main ul li button').last().click() } },
  { name: 'me', go: open('/me') },
  { name: 'me-drop', go: dropped },
  { name: 'me-passkeys', go: async (page) => { await page.goto('/me'); await page.locator('main section').nth(2).locator('li').first().waitFor(); await passkeys(page) } },
  { name: 'me-nameless', go: named(null) },
  { name: 'me-elsewhere', go: named('https://panel.contoh.id:8443') },
  { name: 'me-passkey-add', go: async (page) => { await page.goto('/me'); await page.locator('main section').nth(2).locator('button').last().click() } },
  { name: 'me-passkey-remove', go: async (page) => { await page.goto('/me'); await page.locator('main section').nth(2).locator('li button').nth(1).click() } },
  { name: 'me-factor', go: async (page) => { await page.goto('/me'); await page.locator('main section').nth(3).locator('button').click(); await page.locator('main [name=code]').waitFor() } },
  { name: 'me-codes', go: async (page) => { await page.goto('/me'); await page.locator('main section').nth(3).locator('button').click(); await page.locator('main [name=code]').fill('123456'); await page.keyboard.press('Enter') } },
  { name: 'me-token', go: async (page) => { await page.goto('/me'); await page.locator('main section').last().locator('button').last().click() } },
  { name: 'me-prove', go: async (page) => { await page.goto('/me'); await page.locator('[name=current]').fill('kopi susu gula'); await page.locator('[name=new]').fill('kopi pahit sekali'); await page.keyboard.press('Enter'); await page.locator('[role=dialog] [name=password]').fill('kopi susu gula'); await page.keyboard.press('Enter') } },
  { name: 'viewed', viewed: true, go: open('/') },
  { name: 'welcome', loggedIn: false, go: open('/welcome#hidup') },
  { name: 'welcome-dead', loggedIn: false, go: open('/welcome#mati') },
  { name: 'palette', go: async (page) => { await page.goto('/accounts'); await page.waitForLoadState('networkidle'); await page.keyboard.press('Control+k'); await page.locator('[role=dialog] input:not([type=checkbox])').fill('si') } },
  { name: 'nowhere', go: open('/tidak/ada') },
]

function site(tab) {
  return async (page) => {
    await page.goto('/sites?q=batiksiti.com')
    const link = page.locator('main a[href^="/sites/"]', { hasText: /^batiksiti.com$/ })
    await page.goto(`${await link.getAttribute('href')}/${tab}`)
    await page.locator('main h2, main table, main section').first().waitFor()
  }
}
async function change(page) {
  await page.locator('[name=runtime][value=redirect]').check()
  await page.locator('[name=redirect_to]').fill('https://toko.batiksiti.com/')
  await page.locator('[name=force_https]').uncheck()
  await page.locator('[name=max_upload_mb]').fill('256')
}

async function suspend(page) {
  await page.goto('/accounts/siti')
  await page.locator('main [aria-haspopup=menu]').first().click()
  await page.locator('[role=menuitem]').first().click()
}
function create(domain) {
  return async (page) => {
    await page.goto('/accounts?sheet=create')
    await page.locator('[name=username]').fill('tokobaru')
    await page.locator('[name=primary_domain]').fill(domain)
    await page.locator('[role=dialog] [type=submit]').click()
  }
}
/** The dialog of the name (0) or the primary domain (1), with this value; with a name typed, behind its plan. */
function rename(which, value, typed) {
  return async (page) => {
    await page.goto('/accounts/siti/settings')
    await page.locator('main dl button').nth(which).click()
    await page.locator('[role=dialog] input:not([type=checkbox])').first().fill(value)
    if (typed === undefined && which === 0) return void (await page.locator('[role=dialog] input:not([type=checkbox])').first().blur())
    if (typed === undefined) return
    await page.locator('[role=dialog] [type=submit]').click()
    await page.locator('[role=dialog] summary, [role=dialog] li').first().waitFor()
    await page.locator('[role=dialog] input:not([type=checkbox])').last().fill(typed)
  }
}

async function remove(page) {
  await page.goto('/accounts/siti')
  await page.locator('main [aria-haspopup=menu]').first().click()
  await page.locator('[role=menuitem]').last().click()
  await page.locator('[role=dialog] input:not([type=checkbox])').fill('siti')
}

const variants = [
  { size: 1280, theme: 'light', language: 'id' },
  { size: 390, theme: 'light', language: 'id' },
  { size: 1280, theme: 'dark', language: 'en' },
  { size: 390, theme: 'dark', language: 'en' },
  { size: 1920, theme: 'light', language: 'en' },
  ...(all ? [{ size: 1920, theme: 'dark', language: 'id' }] : []),
]
const heights = { 390: 844, 1280: 800, 1920: 1080 }

if (wanted.length === 0) await rm(out, { recursive: true, force: true })
await mkdir(out, { recursive: true })
await buildForDev()
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags })
let problems = 0
for (const shot of shots.filter((s) => wanted.length === 0 || wanted.some((w) => s.name === w || (w.endsWith('*') && s.name.startsWith(w.slice(0, -1)))))) {
  for (const { size, theme, language } of variants) {
    const mock = createMock({ state: shot.state ?? 'full', stepTime: shot.stepTime ?? 300, loggedIn: shot.loggedIn ?? true, viewed: shot.viewed ?? false })
    const address = await mock.listen()
    const context = await browser.newContext({ baseURL: address, viewport: { width: size, height: heights[size] }, locale: language === 'id' ? 'id-ID' : 'en-US', reducedMotion: 'reduce' })
    await context.addInitScript(([t, hint]) => { localStorage.setItem('np.theme', t); if (hint) localStorage.setItem('np.session', '1') }, [theme, shot.loggedIn ?? true])
    const page = await context.newPage()
    page.setDefaultTimeout(6_000)
    const complain = (text) => { problems += 1; console.log(`  ! ${shot.name} ${size} ${theme}: ${text}`) }
    page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !/status of 40[14]/.test(m.text())) complain(m.text()) })
    page.on('pageerror', (e) => complain(e.stack ?? String(e)))
    try {
      await shot.go(page)
      await page.locator('h1').first().waitFor({ state: 'attached' })
      await page.waitForTimeout(450)
    } catch (error) {
      complain(String(error))
    }
    if (axeSource !== undefined) {
      await page.evaluate(axeSource)
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }))
      for (const v of violations) complain(`axe ${v.id}: ${v.help} — ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')).join(' | ')}`)
    }
    await page.screenshot({ path: `${out}${shot.name}.${size}.${theme}.${language}.png` })
    await context.close()
    await mock.close()
  }
  console.log(shot.name)
}
await browser.close()
console.log(problems === 0 ? 'no complaints' : `${problems} complaints`)
process.exit(problems === 0 ? 0 : 1)
