// A stand-in for nusantarad while the UI is worked on: web/dist under the real policy, and answers that look real.
import { randomUUID } from 'node:crypto'
import { createReadStream, existsSync, statSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import * as data from './data.mjs'
import { historyRoutes } from './history.mjs'
import { createDrift } from './drift.mjs'
import { lifeRoutes } from './life.mjs'
import { everything, peopleRoutes } from './people.mjs'
import { scheduleRoutes } from './schedules.mjs'
import { siteRoutes, visit } from './sites.mjs'

/** A build of its own, so that a build of the product beside it does not pull the files away. */
const dist = path.resolve(import.meta.dirname, '../node_modules/.cache/dev-dist')
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
const always = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

/** `state`: setup, empty, full or many. `stepTime`: milliseconds a step takes; Infinity stops in the middle of a job. */
export function createMock({ state = 'full', stepTime = 350, loggedIn = false, quiet = false, viewed = false } = {}) {
  let setup = state === 'setup'
  const me = { id: randomUUID(), username: 'admin', role: 'admin', own_only: false, permissions: everything, csrf_token: 'mock-token', ...(viewed ? { username: 'dewi.lestari', role: 'user', own_only: true, viewed_by: { username: 'admin', until: data.ago(-1_500_000) } } : {}) }
  /** Set by a first run; until then any password but one is right. */
  let password
  const db = { ...data.world(setup ? 'empty' : state), quiet }
  const sessions = loggedIn ? 'all' : new Set()
  const streams = new Map()

  const problem = (status, code, detail, errors) => ({
    status,
    type: 'application/problem+json',
    body: { type: 'about:blank', title: code, status, code, detail, ...(errors ? { errors } : {}), request_id: randomUUID() },
  })
  const notFound = () => problem(404, 'not_found', 'No such thing.')
  const ok = (body, status = 200, headers = {}) => ({ status, body, headers })
  const paged = (items, query) => {
    const limit = Number(query.get('limit') ?? 50)
    const from = Number(query.get('cursor') ?? 0)
    const next = from + limit
    return ok({ items: items.slice(from, next), next_cursor: next < items.length ? String(next) : null })
  }
  const audit = (action, type, id, request, metadata, phase) => db.audit.push(data.auditRow(me.username, action, phase, type, id, request, metadata, data.ago(0)))

  function tell(job) {
    job.generation += 1
    for (const response of streams.get(job.id) ?? []) {
      response.write(`id: ${job.generation}\nevent: job\ndata: ${JSON.stringify(job)}\n\n`)
      if (job.finished_at) response.end()
    }
  }

  function run(kind, target, owner, steps, { fail, onEnd }) {
    const job = data.job(kind, target, owner, steps, data.ago(0), { state: 'queued', started_at: null, finished_at: null, generation: 1 })
    for (const step of job.steps) Object.assign(step, { state: 'pending', started_at: null, finished_at: null })
    db.jobs.unshift(job)
    const request = randomUUID()
    audit(kind, job.target_type, target, request, { account: owner }, 'begin')
    let at = -1
    const end = (jobState) => {
      Object.assign(job, { state: jobState, finished_at: data.ago(0) })
      audit(kind, job.target_type, target, request, job.error ? { code: job.error.code } : {}, jobState)
      onEnd(job)
      tell(job)
    }
    const advance = () => {
      if (at === -1) Object.assign(job, { state: 'running', started_at: data.ago(0) })
      if (at >= 0) Object.assign(job.steps[at], { state: 'success', finished_at: data.ago(0) })
      at += 1
      if (at === job.steps.length) return end('success')
      Object.assign(job.steps[at], { state: 'running', started_at: data.ago(0) })
      if (fail && job.steps[at].name === 'web.publish') {
        Object.assign(job.steps[at], { state: 'failed', finished_at: data.ago(0), message: 'nginx -t refused line 12' })
        for (const step of job.steps.slice(0, at)) step.state = 'undone'
        job.error = data.refusal
        return end('failed')
      }
      tell(job)
      const stuck = stepTime === Number.POSITIVE_INFINITY
      if (stuck && at === 5) return undefined
      return setTimeout(advance, stuck ? 5 : stepTime).unref()
    }
    setTimeout(advance, stepTime === Number.POSITIVE_INFINITY ? 5 : stepTime).unref()
    return job
  }

  const sitesAndApps = siteRoutes({ db, ok, notFound, problem, run })
  const people = peopleRoutes({ ok, notFound, problem })
  const schedules = scheduleRoutes({ ok, notFound, problem, begin: run })
  const history = historyRoutes({ db, ok, notFound, run })
  const drift = createDrift(db, { ok, notFound, run, ago: data.ago })
  const life = lifeRoutes({ db, ok, notFound, problem, run, paged })

  function createAccount(body) {
    if (!/^[a-z][a-z0-9]{2,15}$/.test(body.username)) return problem(422, 'validation_failed', 'A value is not allowed.', [{ field: 'username', message: 'use 3 to 16 characters, lower-case letters and digits, starting with a letter' }])
    if (body.primary_domain === 'co.id') return problem(422, 'validation_failed', 'A value is not allowed.', [{ field: 'primary_domain', message: 'this is a public suffix that belongs to everybody; give a name below it' }])
    if (db.accounts.some((a) => a.username === body.username)) return problem(409, 'name_taken', 'The name is taken.', [{ field: 'username', message: 'an account of this name exists' }])
    const acc = data.account(body.username, body.primary_domain, { package: body.package, status: 'provisioning', contact_email: body.contact_email ?? null, revision: null, age: 0 })
    db.accounts.push(acc)
    const job = run('account.create', body.username, body.username, data.createSteps, {
      fail: body.primary_domain.startsWith('gagal'),
      onEnd: (j) => {
        Object.assign(acc, { status: j.state === 'success' ? 'active' : 'failed', revision: 'sha256:4c1f0b7e66d1' })
        if (j.state === 'success') db.sites.push(data.site(acc.username, acc.primary_domain, 'primary', { created_at: data.ago(0) }))
      },
    })
    acc.job_id = job.id
    return ok({ account: acc, job: { id: job.id } }, 202)
  }

  function deleteAccount(acc) {
    acc.status = 'deleting'
    const job = run('account.delete', acc.username, acc.username, data.deleteSteps, {
      onEnd: () => {
        db.accounts = db.accounts.filter((a) => a !== acc)
        db.sites = db.sites.filter((s) => s.account !== acc.username)
      },
    })
    acc.job_id = job.id
    return ok({ account: acc, job: { id: job.id } }, 202)
  }

  function createSite(body) {
    const owner = db.accounts.find((a) => a.username === body.account)
    if (!owner) return problem(422, 'validation_failed', 'No such account.', [{ field: 'account', message: 'no such account' }])
    if (db.sites.some((s) => s.domain === body.domain)) return problem(409, 'name_taken', 'Taken.', [{ field: 'domain', message: 'taken' }])
    const site = data.site(body.account, body.domain, body.domain.endsWith(`.${owner.primary_domain}`) ? 'subdomain' : 'addon', { status: 'provisioning', created_at: data.ago(0), runtime: body.settings?.runtime ?? 'php' })
    db.sites.push(site)
    const job = run('site.create', body.domain, body.account, data.siteSteps, { onEnd: () => Object.assign(site, { status: 'active' }) })
    return ok({ site, job: { id: job.id } }, 202)
  }

  function route(method, url, body, authed) {
    const p = url.pathname.replace(/^\/api\/v1/, '')
    const is = (m, pattern) => (method === m ? pattern.exec(p) : null)
    if (is('GET', /^\/setup$/)) return ok({ required: setup, passkey_origin: url.origin })
    if (is('POST', /^\/setup$/)) {
      if (!setup) return notFound()
      if (body.token !== 'kunci') return problem(401, 'invalid_credentials', 'The setup token is not the right one.', [{ field: 'token', message: 'give the token that `nusantara setup-token` prints' }])
      setup = false
      me.username = body.username
      password = body.password
      return ok(me, 201, { 'set-cookie': 'np=1; Path=/; SameSite=Strict; HttpOnly' })
    }
    if (is('POST', /^\/auth\/login$/)) {
      if (password === undefined ? body.password === 'salah' : body.username !== me.username || body.password !== password) return problem(401, 'invalid_credentials', 'Name or password is wrong.')
      return ok(me, 200, { 'set-cookie': 'np=1; Path=/; SameSite=Strict; HttpOnly' })
    }
    if (is('POST', /^\/auth\/link$/)) return body.token === 'mati' ? notFound() : ok({ username: 'putra', expires_at: data.ago(-86_400) })
    if (!authed) return problem(401, 'unauthenticated', 'Log in.')
    if (is('POST', /^\/auth\/logout$/)) return ok(undefined, 204, { 'set-cookie': 'np=; Path=/; Max-Age=0' })
    if (is('GET', /^\/auth\/me$/)) return ok(me)
    if (is('GET', /^\/system\/compatibility$/)) return ok(data.compatibility)
    if (is('GET', /^\/accounts$/)) return paged(db.accounts.toSorted((a, b) => (a.username < b.username ? -1 : 1)), url.searchParams)
    if (is('POST', /^\/accounts$/)) return createAccount(body)
    const known = people(method, p, body, url.origin) ?? schedules(method, p, url, body) ?? sitesAndApps(method, p, url, body) ?? life.routes(method, p, url, body) ?? history(method, p, body) ?? drift(method, p, body)
    if (known) return known
    const one = is('GET', /^\/accounts\/([^/]+)$/) ?? is('DELETE', /^\/accounts\/([^/]+)$/) ?? is('GET', /^\/accounts\/([^/]+)\/plan$/)
    if (one) {
      const acc = db.accounts.find((a) => a.username === one[1])
      if (!acc) return notFound()
      const sites = db.sites.filter((s) => s.account === acc.username)
      if (method === 'DELETE') return deleteAccount(acc)
      if (p.endsWith('/plan')) {
        const intent = url.searchParams.get('intent') ?? 'converge'
        return ok({ username: acc.username, intent, changes: intent === 'delete' ? data.deletePlan(acc, sites) : acc.username === 'siti' ? data.drift : [] })
      }
      return ok({ account: acc, ...life.extra(acc), sites: sites.map(data.lineOf), aliases: db.aliases[acc.username] ?? [], last_login_ip: null, last_login_at: null })
    }
    if (is('GET', /^\/sites$/)) return paged(db.sites.filter((s) => [null, s.account].includes(url.searchParams.get('account'))).map(data.lineOf), url.searchParams)
    if (is('POST', /^\/sites$/)) return createSite(body)
    const gone = is('DELETE', /^\/sites\/([^/]+)$/)
    if (gone) {
      const site = db.sites.find((s) => s.id === gone[1])
      if (!site) return notFound()
      site.status = 'deleting'
      const job = run('site.delete', site.domain, site.account, data.siteDeleteSteps, { onEnd: () => (db.sites = db.sites.filter((s) => s !== site)) })
      return ok({ site, job: { id: job.id } }, 202)
    }
    if (is('GET', /^\/jobs$/)) {
      const [account, state_] = [url.searchParams.get('account'), url.searchParams.get('state')]
      const items = db.jobs.filter((j) => (!account || j.account === account) && (!state_ || j.state === state_)).map((j) => ({ ...j, steps: [] }))
      return paged(items, url.searchParams)
    }
    const oneJob = is('GET', /^\/jobs\/([^/]+)$/)
    if (oneJob) {
      const job = db.jobs.find((j) => j.id === oneJob[1])
      return job ? ok(job) : notFound()
    }
    if (is('GET', /^\/audit-logs\/verify$/)) return ok({ intact: true, rows: db.audit.length, hash: db.audit.at(-1).hash, broken_row: null, broken_why: null, sealed_row: db.audit.length - 3, sealed_at: data.ago(140), key: 'ab'.repeat(32), checked_at: data.ago(0) })
    if (is('GET', /^\/audit-logs$/)) {
      const q = (name) => url.searchParams.get(name)
      const items = db.audit.filter((r) => (!q('actor') || r.actor === q('actor')) && (!q('action') || r.action === q('action')) && (!q('target') || r.target_id === q('target')))
      return paged(items.toReversed(), url.searchParams)
    }
    return notFound()
  }

  function events(id, response) {
    const job = db.jobs.find((j) => j.id === id)
    if (!job) return response.writeHead(404).end()
    response.writeHead(200, { ...always, 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(`id: ${job.generation}\nevent: job\ndata: ${JSON.stringify(job)}\n\n`)
    if (job.finished_at) return response.end()
    if (!streams.has(id)) streams.set(id, new Set())
    streams.get(id).add(response)
    response.on('close', () => streams.get(id).delete(response))
  }

  function file(url, response, accepts) {
    let name = path.join(dist, url.pathname)
    if (!name.startsWith(dist) || !existsSync(name) || !statSync(name).isFile()) {
      if (url.pathname.startsWith('/assets/')) return response.writeHead(404, always).end()
      name = path.join(dist, 'index.html')
    }
    const br = /\bbr\b/.test(accepts) && existsSync(`${name}.br`)
    response.writeHead(200, { ...always, 'content-type': types[path.extname(name)] ?? 'application/octet-stream', vary: 'accept-encoding', ...(br ? { 'content-encoding': 'br' } : {}), 'cache-control': url.pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache' })
    createReadStream(br ? `${name}.br` : name).pipe(response)
  }

  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, `http://${request.headers.host}`)
    if (!url.pathname.startsWith('/api/')) return file(url, response, request.headers['accept-encoding'] ?? '')
    const authed = sessions === 'all' || /\bnp=1/.test(request.headers.cookie ?? '')
    const stream = /^\/api\/v1\/jobs\/([^/]+)\/events$/.exec(url.pathname)
    if (stream && authed) return events(stream[1], response)
    let text = ''
    for await (const chunk of request) text += chunk
    const unsafe = request.method !== 'GET' && !/\/(?:login|setup|link)$/.test(url.pathname)
    const answer =
      unsafe && authed && request.headers['x-csrf-token'] !== me.csrf_token
        ? problem(403, 'csrf_failed', 'No token.')
        : route(request.method, url, text === '' ? {} : JSON.parse(text), authed)
    response.writeHead(answer.status, { ...always, 'content-type': answer.type ?? 'application/json', 'cache-control': 'no-store', ...answer.headers })
    response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body))
  })

  /** What a browser sees at a site of this host. */
  const site = (domain, uri, secure) => {
    const found = db.sites.find((s) => s.domain === domain && s.status === 'active')
    return found && { domain, uid: db.accounts.find((a) => a.username === found.account)?.uid, ...visit(db, found, uri, secure) }
  }

  return {
    site,
    listen: (port = 0) => new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`))),
    close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve) }),
  }
}
