// A made-up host for work on the UI without one. Never part of the bundle.
import { createHash, randomUUID } from 'node:crypto'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
export const ago = (milliseconds) => new Date(Date.now() - milliseconds).toISOString()
const sha = (text) => createHash('sha256').update(text).digest('hex')
const can = { allowed: true, reason: null }
const cannot = (reason) => ({ allowed: false, reason })

const limits = (disk, memory, cpu, domains) => ({
  disk_quota_mb: disk,
  bandwidth_quota_mb: disk * 20,
  bandwidth_action: 'pause_sites',
  max_addon_domains: domains,
  max_subdomains: domains * 5,
  max_alias_domains: domains,
  max_databases: domains * 2,
  max_db_users: domains * 2,
  max_ftp_accounts: 0,
  max_cron_jobs: 10,
  cpu_limit_percent: cpu,
  memory_limit_mb: memory,
  io_limit_mb_s: 40,
  max_processes: 128,
  max_apps: domains,
})

export const packages = [
  { name: 'business', limits: limits(20_480, 2_048, 200, 10) },
  { name: 'pro', limits: limits(10_240, 1_024, 150, 5) },
  { name: 'starter', limits: limits(2_048, 512, 100, 1) },
]

export const createSteps = [
  ['spec.write', 'Write the spec'],
  ['user.create', 'Create the Linux user'],
  ['home.create', 'Create the home'],
  ['slice.set', 'Set limits'],
  ['php.enable', 'Let PHP listen'],
  ['web.publish', 'Publish the sites'],
  ['site.probe', 'See that it answers'],
  ['record', 'Write down what was applied'],
]
export const deleteSteps = [
  ['web.withdraw', 'Take the sites off the web'],
  ['php.disable', 'Stop PHP'],
  ['processes.end', 'End every process'],
  ['home.empty', 'Remove the home with all files'],
  ['slice.revert', 'Remove the limits'],
  ['user.delete', 'Remove the Linux user'],
  ['logs.remove', 'Remove the site logs'],
  ['spec.remove', 'Remove the spec'],
  ['record', 'Write down what was applied'],
]
export const siteSteps = [
  ['spec.write', 'Write the spec'],
  ['docroot.create', 'Create the folder'],
  ['web.publish', 'Publish the sites'],
  ['site.probe', 'See that it answers'],
  ['record', 'Write down what was applied'],
]
export const siteDeleteSteps = [
  ['spec.write', 'Write the spec'],
  ['web.withdraw', 'Take the site off the web'],
  ['record', 'Write down what was applied'],
]

export function account(username, domain, extra = {}) {
  const age = extra.age ?? 3 * DAY
  return {
    username,
    uid: 12_000 + (parseInt(sha(username).slice(0, 4), 16) % 900),
    primary_domain: domain,
    package: 'starter',
    status: 'active',
    home_dir: `/home/${username}`,
    contact_email: null,
    revision: `sha256:${sha(`${username} spec`)}`,
    site_count: 1,
    job_id: null,
    created_at: ago(age),
    updated_at: ago(age / 2),
    actions: { delete: can, create_site: can, update_php: can, update_apps: can, update_cron: can, update_databases: can, update_ftp: can, update_ssh: can, update: can, rename: can, password: can, suspend: can, unsuspend: cannot('account_active'), roll_back: can },
    ...extra,
    age: undefined,
  }
}

export function site(owner, domain, kind, extra = {}) {
  return {
    id: randomUUID(),
    account: owner,
    domain,
    kind,
    root_path: `/home/${owner}/domains/${domain}/public_html`,
    runtime: 'php',
    php_version: '8.2',
    status: 'active',
    url: `http://${domain}/`,
    created_by: 'admin',
    created_at: ago(2 * DAY),
    actions: { delete: kind === 'primary' ? cannot('primary_site') : can, update: can },
    ...extra,
  }
}

export function job(kind, target, owner, steps, at, extra = {}) {
  const start = Date.parse(at) + 40
  let clock = start
  const times = [8, 41, 63, 12, 74, 152, 31, 4, 5]
  const list = steps.map(([name, summary], position) => {
    const began = clock
    clock += times[position] ?? 10
    return { position, name, summary, state: 'success', message: null, started_at: new Date(began).toISOString(), finished_at: new Date(clock).toISOString() }
  })
  return {
    id: randomUUID(),
    kind,
    state: 'success',
    target_type: kind.split('.')[0],
    target,
    account: owner,
    created_by: 'admin',
    created_at: at,
    started_at: new Date(start).toISOString(),
    finished_at: new Date(clock).toISOString(),
    error: null,
    steps: list,
    generation: 20,
    cancel_at: null,
    actions: { cancel: { allowed: false, reason: 'job_over' } },
    ...extra,
  }
}

export const refusal = {
  code: 'config_refused',
  message: 'nginx refused the configuration; nothing live was touched.',
  detail: 'nginx: [emerg] could not build server_names_hash, you should increase server_names_hash_bucket_size: 64\nnginx: configuration file /etc/nginx/nginx.conf test failed',
}

function failed(base) {
  const at = base.steps.findIndex((s) => s.name === 'web.publish')
  const steps = base.steps.map((s, i) => {
    if (i < at) return { ...s, state: 'undone' }
    if (i === at) return { ...s, state: 'failed', message: 'nginx -t: server_names_hash_bucket_size: 64' }
    return { ...s, state: 'pending', started_at: null, finished_at: null }
  })
  return { ...base, state: 'failed', steps, error: refusal }
}

let auditId = 0
let lastHash = '0'.repeat(64)
export function auditRow(actor, action, phase, type, id, request, metadata, at) {
  auditId += 1
  const hash = sha(`${auditId}${action}${phase}${id}`)
  const row = { id: auditId, actor, action, phase, target_type: type, target_id: id, request_id: request, metadata, created_at: at, prev_hash: lastHash, hash }
  lastHash = hash
  return row
}

const shops = [
  ['budi', 'warungbudi.co.id', 'pro'],
  ['siti', 'batiksiti.com', 'business'],
  ['kopigayo', 'kopigayo.id', 'pro'],
  ['joko', 'toko-joko.test', 'starter'],
  ['dapurnyonya', 'dapurnyonya.id', 'starter'],
  ['sekolah12', 'sman12.sch.id', 'business'],
  ['rina', 'rinafotografi.com', 'starter'],
  ['ukirjepara', 'ukirjepara.co.id', 'pro'],
  ['pesantren', 'alhikmah.ponpes.id', 'starter'],
  ['bengkel', 'bengkelagus.web.id', 'starter'],
  ['tenunflores', 'tenunflores.com', 'starter'],
  ['klinik', 'kliniksehat.co.id', 'business'],
]

/** The world at the start: `empty`, `full`, or `many` with 1,200 accounts. */
export function world(kind) {
  const state = { accounts: [], sites: [], jobs: [], audit: [] }
  state.audit.push(auditRow('root', 'setup.finish', 'success', 'user', 'admin', randomUUID(), { role: 'admin' }, ago(41 * DAY)))
  if (kind === 'empty') return state
  const log = (action, type, id, at, owner, meta, outcome = 'success') => {
    const request = randomUUID()
    state.audit.push(auditRow('admin', action, 'begin', type, id, request, meta, at))
    state.audit.push(auditRow('admin', action, outcome, type, id, request, outcome === 'failed' ? { code: 'config_refused' } : {}, new Date(Date.parse(at) + 410).toISOString()))
  }
  shops.forEach(([name, domain, pack], i) => {
    const age = (shops.length - i) * 3.3 * DAY
    state.accounts.push(account(name, domain, { package: pack, age, contact_email: i % 3 === 0 ? `halo@${domain}` : null }))
    state.sites.push(site(name, domain, 'primary', { created_at: ago(age) }))
    state.jobs.unshift(job('account.create', name, name, createSteps, ago(age)))
    log('account.create', 'account', name, ago(age), name, { primary_domain: domain, package: pack })
  })
  const add = (owner, domain, kind_, at) => {
    state.sites.push(site(owner, domain, kind_, { created_at: at }))
    state.jobs.unshift(job('site.create', domain, owner, siteSteps, at))
    state.accounts.find((a) => a.username === owner).site_count += 1
    log('site.create', 'site', domain, at, owner, { account: owner })
  }
  add('siti', 'grosir.batiksiti.com', 'subdomain', ago(26 * HOUR))
  add('kopigayo', 'kopigayo.com', 'addon', ago(5 * HOUR))
  add('siti', 'batiksiti.id', 'addon', ago(3 * HOUR))
  state.jobs.unshift(job('account.delete', 'lamalama', 'lamalama', deleteSteps, ago(2 * HOUR)))
  log('account.delete', 'account', 'lamalama', ago(2 * HOUR), 'lamalama', {})
  const bad = failed(job('account.create', 'pasarloak', 'pasarloak', createSteps, ago(35 * MINUTE)))
  state.jobs.unshift(bad)
  state.accounts.push(
    account('pasarloak', 'pasar-loak-barang-bekas-berkualitas-kota-surabaya.co.id', { status: 'failed', uid: null, revision: null, job_id: bad.id, age: 35 * MINUTE, actions: { delete: can, create_site: cannot('account_busy'), update_php: cannot('account_busy'), update_apps: cannot('account_busy'), update_cron: cannot('account_busy'), update_databases: cannot('account_busy'), update_ftp: cannot('account_busy'), update_ssh: cannot('account_busy'), update: cannot('account_busy'), rename: cannot('account_busy'), password: cannot('account_busy'), suspend: can, unsuspend: can, roll_back: cannot('account_busy') } }),
  )
  log('account.create', 'account', 'pasarloak', ago(35 * MINUTE), 'pasarloak', { package: 'starter' }, 'failed')
  if (kind === 'many') {
    for (let i = 0; i < 1_190; i += 1) {
      state.accounts.push(account(`toko${i}`, `toko${i}.test`, { age: i * HOUR }))
      state.sites.push(site(`toko${i}`, `toko${i}.test`, 'primary'))
    }
  }
  return state
}

export const compatibility = {
  os: 'Debian GNU/Linux 12 (bookworm)',
  hostname: 'panel.nusantara.test',
  panel_version: '0.1.0',
  hostd_version: '0.1.0',
  php_versions: ['8.2'],
  status: 'warning',
  checks: [
    { id: 'os', status: 'ok', found: 'Debian GNU/Linux 12 (bookworm)', message: 'Supported.' },
    { id: 'systemd', status: 'ok', found: 'systemd 252', message: 'New enough.' },
    { id: 'nginx', status: 'ok', found: 'nginx 1.22.1', message: 'Installed and running.' },
    { id: 'php', status: 'ok', found: '8.2', message: 'Installed.' },
    { id: 'cgroups', status: 'ok', found: 'cpu, io, memory, pids', message: 'Limits bind.' },
    { id: 'disk', status: 'ok', found: '61 GiB free below /home', message: 'Enough.' },
    { id: 'hostd', status: 'ok', found: '0.1.0', message: 'Answers.' },
    { id: 'quota', status: 'warning', found: null, message: 'Disk quotas are not switched on for the file system of /home, so disk limits are recorded but not enforced. Add usrquota to its mount options and reboot.' },
  ],
}

export function deletePlan(acc, sites) {
  const n = acc.username
  const change = (step, target, summary, detail = null) => ({ action: 'remove', step, target, summary, detail })
  return [
    change('web.withdraw', `/etc/nginx/nusantara/sites/${n}.conf`, 'Take the sites off the web', `${sites.map((s) => s.domain).join('\n')}\n`),
    change('php.disable', `nusantara-php8.2@${n}.socket`, 'Stop PHP'),
    change('processes.end', `processes of ${n}`, 'End every process'),
    change('home.empty', acc.home_dir, 'Remove the home with all files', `${sites.map((s) => s.root_path).join('\n')}\n`),
    change('slice.revert', `user-${acc.uid}.slice`, 'Remove the limits'),
    change('user.delete', `user ${n}`, 'Remove the Linux user'),
    change('logs.remove', `/var/log/nusantara-panel/sites/${n}`, 'Remove the site logs'),
    change('spec.remove', `/etc/nusantara-panel/users/${n}`, 'Remove the spec'),
  ]
}

export const drift = [
  {
    action: 'update',
    step: 'slice.set',
    target: 'user-12004.slice',
    summary: 'Set limits',
    detail: '-400 % of a core, 4096 MiB memory, 128 processes, 40 MiB/s disk\n+200 % of a core, 2048 MiB memory, 128 processes, 40 MiB/s disk\n',
  },
  {
    action: 'update',
    step: 'web.publish',
    target: '/etc/nginx/nusantara/sites/siti.conf',
    summary: 'Publish the sites',
    detail: '--- siti.conf\n+++ siti.conf\n@@ -14,7 +14,7 @@\n     server_name batiksiti.com www.batiksiti.com;\n     root /home/siti/domains/batiksiti.com/public_html;\n-    client_max_body_size 512m;\n+    client_max_body_size 64m;\n     index index.php index.html;\n',
  },
]

/** A site without what the mock keeps besides. */
export function lineOf(site) {
  const line = { ...site }
  delete line.extra
  return line
}
