// The made-up side of sites, apps, logs and usage. Never part of the bundle.
import * as data from './data.mjs'

const MIB = 1024 * 1024
const steps = {
  'site.update': [['spec.write', 'Write the spec'], ['web.publish', 'Publish the sites'], ['site.probe', 'See that it answers'], ['record', 'Write down what was applied']],
  database: [['spec.write', 'Write the spec'], ['database.create', 'Make the database'], ['record', 'Write down what was applied']],
  databaseUser: [['spec.write', 'Write the spec'], ['database.users', 'Set up the database users'], ['record', 'Write down what was applied']],
  ftp: [['spec.write', 'Write the spec'], ['folder.create', 'Create the folder'], ['ftp.logins', 'Let the login in'], ['record', 'Write down what was applied']],
  'app.put': [['spec.write', 'Write the spec'], ['app.start', 'Start the app'], ['record', 'Write down what was applied']],
}
const agents = ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/132.0', 'Googlebot/2.1 (+http://www.google.com/bot.html)']
const visits = [
  ['GET', '/', 200, 18_432, 0.041], ['GET', '/assets/app.css', 200, 5_120, 0.001], ['GET', '/katalog/batik-tulis?halaman=2', 200, 32_100, 0.187], ['POST', '/keranjang', 303, 412, 0.094],
  ['GET', '/wp-login.php', 404, 153, 0.002], ['GET', '/favicon.ico', 304, 0, 0], ['GET', '/laporan/penjualan-bulanan-per-wilayah-dan-per-kategori.pdf', 502, 552, 30.004], ['GET', '/kontak', 200, 9_200, 1.213],
]

function access(n) {
  const [method, uri, status, bytes, seconds] = visits[n % visits.length]
  return JSON.stringify({ time: data.ago((400 - n) * 9_000), address: `203.0.113.${(n * 37) % 250}`, host: 'batiksiti.com', method, uri, protocol: 'HTTP/2.0', status: String(status), bytes, seconds, referer: '', agent: agents[n % 3] })
}

const logs = {
  access: Array.from({ length: 60 }, (_, n) => access(n)),
  error: ['2026/11/21 13:02:11 [error] 812#812: *418 connect() to unix:/run/nusantara/siti/php.sock failed (111: Connection refused) while connecting to upstream, client: 203.0.113.9, server: batiksiti.com'],
  php: [],
  app: ['> toko@1.4.0 start', '> node server.js', '', 'listening on /run/nusantara/siti/toko.sock', 'GET / 200 12ms', 'GET /produk/17 200 8ms'],
}

/** What the mock knows about one site besides its line in the list. */
function detailOf(db, site) {
  site.extra ??= {
    docroot: site.root_path.split('/').slice(3).join('/'),
    settings: site.kind === 'primary' ? { runtime: 'php', php_ini: { memory_limit: 256 }, www: 'to_apex', https: true, force_https: true, headers: [{ name: 'X-Frame-Options', value: 'SAMEORIGIN' }] } : { runtime: site.runtime, php_ini: {}, www: 'none', https: false, force_https: false, headers: [] },
    protected: site.kind === 'primary' ? [{ path: '/admin', realm: 'Karyawan saja', visitors: [{ name: 'sari' }, { name: 'budi' }] }] : [],
  }
  const { extra, ...line } = site
  const www = extra.settings.www && extra.settings.www !== 'none' ? [`www.${site.domain}`] : []
  const aliases = site.kind === 'primary' ? (db.aliases[site.account] ?? []) : []
  return { ...line, ...extra, names: [site.domain, ...www, ...aliases], ports_used: [20_010] }
}

const instance = (extra = {}) => ({ state: 'active', sub_state: 'running', since: data.ago(26 * 3_600_000), restarts: 0, memory_bytes: 84 * MIB, ended: null, ...extra })
const firstApps = () => [
  { name: 'antrean', folder: 'apps/antrean', program: { python: 'worker.py' }, args: [], env: {}, listen: { port: 20_010 }, instances: 1, restart: 'on_failure', health: null, enabled: true, state: [instance({ state: 'activating', sub_state: 'auto-restart', restarts: 7, memory_bytes: null, ended: 'exit status 1' })] },
  { name: 'toko', folder: 'apps/toko', program: { node: 'server.js' }, args: ['--cache', '60'], env: { NODE_ENV: 'production' }, listen: { socket: {} }, instances: 2, restart: 'always', health: { path: '/sehat', within_seconds: 20 }, enabled: true, state: [instance(), instance({ memory_bytes: 91 * MIB, restarts: 1 })] },
]

const firstCron = () => {
  const at = (minutes) => data.ago(minutes * 60_000)
  const ran = (minutes, result, extra = {}) => ({ id: String(minutes).padStart(32, '0'), started_at: at(minutes), ended_at: at(minutes - 0.2), result, exit_code: null, signal: null, ...extra })
  const job = (name, schedule, command, extra) => ({ name, schedule, command, timeout_minutes: 60, enabled: true, next_run: at(-400), running_since: null, last_run: null, ...extra })
  return [
    job('antrean-surel', '*/5 * * * *', 'php ~/domains/batiksiti.com/public_html/antrean.php --kirim=semua', { next_run: at(-3), running_since: at(1), last_run: ran(6, 'success', { exit_code: 0 }) }),
    job('cadangan', '30 2 * * 0', 'tar czf ~/backups/situs-$(date +%F).tgz ~/domains', { last_run: ran(9_000, 'failed', { exit_code: 2 }) }),
    job('indeks', '0 */6 * * *', '~/bin/indeks', { last_run: ran(120, 'timed_out') }),
    job('pemanas', '@reboot', 'curl -s http://localhost/', { next_run: null }),
    job('lama', '0 1 * * *', 'true', { enabled: false, next_run: null, last_run: ran(90_000, 'success', { exit_code: 0 }) }),
  ]
}

/** What a browser gets at a site: its headers, its redirects, its closed folders; and the visit is written down. */
export function visit(db, site, uri, secure) {
  const { settings, protected: folders } = detailOf(db, site)
  const away = settings.force_https && !secure
  const closed = folders.some(({ path }) => uri === path || uri.startsWith(`${path.replace(/\/$/, '')}/`))
  const status = away ? 301 : closed ? 401 : uri === '/' ? 200 : 404
  logs.access.push(JSON.stringify({ time: data.ago(0), address: '127.0.0.1', host: site.domain, method: 'GET', uri, protocol: 'HTTP/1.1', status: String(status), bytes: 612, seconds: 0.002, referer: '', agent: agents[0] }))
  return { status, headers: { ...Object.fromEntries((settings.headers ?? []).map((h) => [h.name, h.value])), ...(away ? { location: `https://${site.domain}${uri}` } : {}) } }
}

function history(hours) {
  const step = hours <= 24 ? 300 : hours <= 168 ? 1_800 : 7_200
  const count = Math.floor((hours * 3_600) / step)
  const points = []
  for (let i = 0; i < count; i += 1) {
    if (hours === 24 && i > 90 && i < 110) continue
    const day = Math.sin((i * step) / 13_750) + 1
    const busy = day * 30 + ((i * 7_919) % 23)
    points.push({
      at: data.ago((count - i) * step * 1_000), cpu_percent: busy, cpu_throttled_percent: 0, memory_bytes: (300 + busy * 4) * MIB, tasks: 8 + Math.round(busy / 8), oom_kills: 0,
      io_read_bytes_per_second: busy * 9_000, io_write_bytes_per_second: busy * 4_000, disk_bytes: (5_200 + i / 10) * MIB, sent_bytes: busy * 90_000,
    })
  }
  return { step_seconds: step, points }
}

/** Answers what it knows; undefined leaves the rest to the mock. */
export function siteRoutes({ db, ok, notFound, problem, run }) {
  db.aliases = db.sites.some((s) => s.account === 'siti') ? { siti: ['batik-siti.com', 'batiksiti.co.id'] } : {}
  db.apps = { siti: firstApps() }
  db.cron = { siti: firstCron() }
  db.php = {}
  db.ftp = { siti: [{ name: 'pemindai', folder: 'dokumen/pemindai', enabled: true }, { name: 'web', folder: 'domains/batiksiti.com/public_html', enabled: false }] }
  db.databases = {
    siti: {
      databases: [{ name: 'siti_katalog', bytes: 48 * MIB, tables: 23 }, { name: 'siti_toko', bytes: 1_310 * MIB, tables: 61 }, { name: 'siti_coba', bytes: 0, tables: 0 }],
      users: [{ name: 'siti_laporan', grants: [{ database: 'siti_katalog', rights: 'read' }, { database: 'siti_toko', rights: 'read' }] }, { name: 'siti_toko', grants: [{ database: 'siti_toko', rights: 'full' }] }, { name: 'siti_lama', grants: [] }],
    },
  }
  db.ssh = {
    siti: {
      mode: 'shell', allow_password: false, allow_port_forwarding: true, allow_agent_forwarding: false, allow_x11_forwarding: false, port: 22, unavailable: null, last_login_ip: '203.0.113.77', last_login_at: data.ago(5_400_000),
      keys: [
        { fingerprint: 'SHA256:7Se4w2d5KUM4q4lcEop8YxqsZVb7xNXSwg6v3bzC8Bg', type: 'ssh-ed25519', bits: null, comment: 'siti@laptop' },
        { fingerprint: 'SHA256:650l3D6QH1Sn/Hr++f5gHCmMBtERgW1Scut8xAQUO1g', type: 'ssh-rsa', bits: 4096, comment: 'komputer kantor' },
      ],
    },
  }
  const cpu = { at: Date.now(), usec: 90_000_000 }
  const accepted = (kind, target, owner, list, onEnd) => ({ job: { id: run(kind, target, owner, list, { fail: false, onEnd }).id } })

  function updateSite(site, body) {
    const extra = detailOf(db, site)
    if (body.settings.headers?.some((h) => h.value.startsWith('salah'))) return problem(422, 'validation_failed', 'A value is not allowed.', [{ field: 'settings.headers.0.value', message: 'give up to 1024 printable characters' }])
    const job = accepted('site.update', site.domain, site.account, steps['site.update'], () => {
      site.runtime = body.settings.runtime ?? 'php'
      site.extra = { docroot: body.docroot ?? extra.docroot, settings: body.settings, protected: extra.protected }
    })
    return ok({ site, ...job }, 202)
  }

  function protect(site, body) {
    const folders = body.folders.map((f) => ({ ...f, visitors: f.visitors.map(({ name }) => ({ name })) }))
    const job = accepted('site.protect', site.domain, site.account, steps['site.update'], () => {
      detailOf(db, site)
      site.extra.protected = folders
    })
    return ok({ site, ...job }, 202)
  }

  function logPage(lines, query) {
    const after = query.get('after')
    if (after === null) return ok({ lines: lines.slice(-200), after: String(lines.length) })
    if (lines === logs.access && !db.quiet) lines.push(access(lines.length))
    return ok({ lines: lines.slice(Number(after)), after: String(lines.length) })
  }

  function usageOf(acc) {
    const limits = data.packages.find((k) => k.name === acc.package)?.limits
    const now = Date.now()
    cpu.usec += (now - cpu.at) * 620
    cpu.at = now
    return {
      measured_at: new Date(now).toISOString(), cpu_usec: Math.round(cpu.usec), cpu_throttled_usec: 0, memory_bytes: 612 * MIB, memory_peak_bytes: 1_490 * MIB, oom_kills: acc.username === 'siti' ? 2 : 0, tasks: 21,
      io_read_bytes: Math.round(cpu.usec / 3), io_write_bytes: Math.round(cpu.usec / 40), pressure: { cpu: 312, memory: 0, io: 45 }, disk_bytes: 18_300 * MIB, disk_files: null, disk_measured_at: data.ago(1_200_000), sent_bytes: 344_064 * MIB, sent_percent: 84, sites_paused: false, limits,
    }
  }

  return (method, p, url, body) => {
    const is = (m, pattern) => (method === m ? pattern.exec(p) : null)
    const onSite = /^\/sites\/([^/]+)(\/protected|\/logs)?$/.exec(p)
    if (onSite && method !== 'DELETE') {
      const site = db.sites.find((s) => s.id === onSite[1])
      if (!site) return notFound()
      if (onSite[2] === '/logs') return logPage(logs[url.searchParams.get('log') ?? 'access'], url.searchParams)
      if (method === 'PUT') return onSite[2] ? protect(site, body) : updateSite(site, body)
      return ok(detailOf(db, site))
    }
    if (is('GET', /\/cron\/preview$/)) {
      const schedule = url.searchParams.get('schedule') ?? ''
      if (!/^@|^(\S+ ){4}\S+$/.test(schedule)) return problem(422, 'validation_failed', 'A value is not allowed.', [{ field: 'schedule', message: 'give five fields (minute, hour, day of month, month, day of week) or a word such as @daily' }])
      return ok({ schedule, zone: 'Asia/Jakarta', runs: schedule === '@reboot' ? [] : [0, 1, 2, 3, 4].map((n) => new Date(Date.now() + (n + 1) * 86_400_000).toISOString().slice(0, 11) + '02:00:00+07:00') })
    }
    // Names below `lain.id` are close to somebody else's.
    if (is('POST', /^\/sites$/) && body.domain?.endsWith('.lain.id')) return problem(409, 'domain_unproved', 'The name lies close to another account’s.', [{ field: 'domain', message: 'there is no such record yet' }])
    const onAccount = /^\/accounts\/([^/]+)\/(.+)$/.exec(p)
    const acc = onAccount && db.accounts.find((a) => a.username === onAccount[1])
    if (!acc) return undefined
    const apps = (db.apps[acc.username] ??= [])
    const name = acc.username
    if (onAccount[2] === 'domain-proof') {
      const domain = url.searchParams.get('domain')
      return ok({ standing: 'below', record_name: `_nusantara-challenge.${domain}`, record_value: 'nusantara-proof=9f86d081884c7d659a2feaa0c55ad015' })
    }
    if (onAccount[2] === 'usage') return ok(usageOf(acc))
    if (onAccount[2] === 'usage/history') return ok(history(Number(url.searchParams.get('hours') ?? 24)))
    if (onAccount[2] === 'php') {
      db.php[name] ??= { version: '8.2', ini: { memory_limit: 128, 'date.timezone': 'Asia/Jakarta' }, installed: ['8.2', '8.4'] }
      if (method === 'GET') return ok(db.php[name])
      return ok(accepted('php.update', name, name, steps['site.update'], () => Object.assign(db.php[name], body)), 202)
    }
    const database = /\/(databases|database-users)(?:\/([^/]+))?(\/password)?$/.exec(p)
    if (database) {
      const known = (db.databases[name] ??= { databases: [], users: [] })
      const available = name !== 'bengkel'
      if (method === 'GET') return ok({ available, server: available ? '10.11.6-MariaDB-0+deb12u1' : null, host: 'localhost', prefix: `${name}_`, most_databases: 4, most_users: 4, ...known })
      const [, list, path, password] = database
      const of = list === 'databases' ? 'databases' : 'users'
      const which = path ?? body.name
      const rest = known[of].filter((thing) => thing.name !== which)
      const made = of === 'databases' ? { name: which, bytes: 0, tables: 0 } : { name: which, grants: body?.grants ?? known.users.find((user) => user.name === which)?.grants ?? [] }
      const now = method === 'DELETE' ? rest : [...rest, made].toSorted((a, b) => a.name.localeCompare(b.name))
      const kind = `${of === 'users' ? 'database_user' : 'database'}.${password ? 'password' : { POST: 'create', PUT: 'update', DELETE: 'delete' }[method]}`
      return ok(accepted(kind, which, name, of === 'users' ? steps.databaseUser : steps.database, () => (known[of] = now)), 202)
    }
    const ftp = /\/ftp(?:\/([^/]+))?$/.exec(p)
    if (ftp) {
      const logins = (db.ftp[name] ??= [])
      if (method === 'GET') return ok({ available: true, host: 'server.contoh.id', port: 21, most: 3, items: logins.map((l) => ({ ...l, login: `${name}.${l.name}` })) })
      const [which, rest] = [ftp[1] ?? body.name, logins.filter((l) => l.name !== (ftp[1] ?? body.name))]
      const now = method === 'DELETE' ? rest : [...rest, { name: which, folder: body.folder, enabled: body.enabled ?? true }]
      return ok(accepted({ POST: 'ftp.create', PUT: 'ftp.update', DELETE: 'ftp.delete' }[method], which, name, steps.ftp, () => (db.ftp[name] = now)), 202)
    }
    const ssh = /^ssh(\/keys)?(?:\/(.+))?$/.exec(onAccount[2])
    if (ssh) {
      const now = (db.ssh[name] ??= { mode: 'disabled', allow_password: false, allow_port_forwarding: false, allow_agent_forwarding: false, allow_x11_forwarding: false, keys: [], port: 22, unavailable: null, last_login_ip: null, last_login_at: null })
      const list = [['spec.write', 'Write the spec'], ['ssh.apply', 'Let the account log in'], ['ssh.check', 'See that sshd does as meant'], ['record', 'Record']]
      if (method === 'GET') return ok(now)
      if (method === 'PUT') return ok(accepted('ssh.update', name, name, list, () => Object.assign(now, body)), 202)
      if (method === 'DELETE') return ok(accepted('ssh_key.remove', 'key', name, list, () => (now.keys = now.keys.filter((k) => k.fingerprint !== decodeURIComponent(ssh[2])))), 202)
      if (!body.key.startsWith('ssh-')) return problem(422, 'validation_failed', 'A value is not allowed.', [{ field: 'key', message: 'A key starts with its type.' }])
      return ok(accepted('ssh_key.add', 'key', name, list, () => now.keys.push({ fingerprint: `SHA256:${'A'.repeat(43)}`, type: body.key.split(' ')[0], bits: null, comment: body.key.split(' ').slice(2).join(' ') })), 202)
    }
    if (is('POST', /\/aliases$/)) return ok(accepted('alias.create', body.domain, name, data.siteSteps.slice(2), () => (db.aliases[name] ??= []).push(body.domain)), 202)
    const alias = is('DELETE', /\/aliases\/(.+)$/)
    if (alias) return ok(accepted('alias.delete', alias[1], name, data.siteDeleteSteps, () => (db.aliases[name] = db.aliases[name].filter((d) => d !== alias[1]))), 202)
    const jobs = (db.cron[name] ??= [])
    const onJob = /\/cron(?:\/([^/]+)(\/run|\/runs|\/output)?)?$/.exec(p)
    if (onJob) {
      const [, one, part] = onJob
      if (method === 'GET' && one === undefined) return ok({ items: jobs, limit: 5 })
      if (part === '/runs') return ok({ items: [jobs.find((j) => j.name === one)?.last_run ?? []].flat() })
      if (part === '/output') return ok({ lines: ['2026-11-15T02:30:01.104Z tar: Removing leading `/\' from member names', '2026-11-15T02:30:09.771Z tar: /home/siti/domains/tmp: file changed as we read it'] })
      if (part === '/run') return ok(accepted('cron.run', one, name, steps['app.put'].slice(1), () => undefined), 202)
      const others = jobs.filter((j) => j.name !== (one ?? body.name))
      if (method === 'DELETE') return ok(accepted('cron.delete', one, name, steps['app.put'], () => (db.cron[name] = others)), 202)
      const made = { timeout_minutes: 60, enabled: true, name: one, ...body, next_run: data.ago(-3_600_000), running_since: null, last_run: null }
      return ok(accepted('cron.put', made.name, name, steps['app.put'], () => (db.cron[name] = [...others, made])), 202)
    }
    if (is('GET', /\/apps$/)) return ok({ items: apps })
    const app = /\/apps\/([^/]+)(\/restart|\/logs)?$/.exec(p)
    if (!app) return undefined
    if (app[2] === '/logs') return logPage(logs.app, url.searchParams)
    if (app[2] === '/restart') return ok(accepted('app.restart', app[1], name, steps['app.put'].slice(1), () => undefined), 202)
    if (method === 'DELETE') return ok(accepted('app.delete', app[1], name, steps['app.put'], () => (db.apps[name] = apps.filter((a) => a.name !== app[1]))), 202)
    const rest = apps.filter((a) => a.name !== app[1])
    const put = { name: app[1], args: [], env: {}, restart: 'always', health: null, ...body, state: [instance({ since: data.ago(0) })] }
    return ok(accepted('app.put', app[1], name, steps['app.put'], () => (db.apps[name] = [...rest, put])), 202)
  }
}
