// The made-up side of suspending, editing, passwords and packages. Never part of the bundle.
import * as data from './data.mjs'

const steps = {
  'account.suspend': [['spec.write', 'Write the spec'], ['login.deny', 'Lock the login'], ['web.publish', 'Publish the sites'], ['site.probe', 'See that it answers'], ['php.disable', 'Stop PHP'], ['processes.end', 'End every process'], ['record', 'Write down what was applied']],
  'account.unsuspend': [['spec.write', 'Write the spec'], ['php.enable', 'Let PHP listen'], ['web.publish', 'Publish the sites'], ['site.probe', 'See that it answers'], ['login.allow', 'Give the login back'], ['record', 'Write down what was applied']],
  'account.rename': [['ftp.close', 'Let no FTP login in'], ['web.publish', 'Let the sites say that they are back in a moment'], ['php.disable', 'Stop PHP'], ['processes.end', 'End every process'], ['user.rename', 'Rename the Linux user and group'], ['home.move', 'Move the home'], ['spec.move', 'Keep the spec under the new name'], ['files.move', 'Keep revisions, runs, usage and logins'], ['php.enable', 'Let PHP listen'], ['web.move', 'Publish the sites under the new name'], ['site.probe', 'See that they answer'], ['ftp.logins', 'Let the FTP logins in'], ['record', 'Write down what was applied']],
  'account.primary_domain': [['spec.write', 'Write the spec'], ['web.publish', 'Publish the sites'], ['site.probe', 'See that they answer'], ['record', 'Write down what was applied']],
  'account.update': [['spec.write', 'Write the spec'], ['slice.set', 'Set limits'], ['record', 'Write down what was applied']],
}
const can = { allowed: true, reason: null }
const cannot = (reason) => ({ allowed: false, reason })

/** What a suspension, or its end, would change. */
function planOf(acc, kind) {
  return steps[kind].map(([step, summary]) => ({ action: /disable|end$/.test(step) ? 'remove' : 'update', step, target: `${step.split('.')[0]} ${acc.username}`, summary, detail: step === 'spec.write' ? '-  "status": "active",\n+  "status": "suspended",\n' : null }))
}

export function lifeRoutes({ db, ok, notFound, problem, run, paged }) {
  db.packages ??= data.packages.map((p) => ({ ...p }))
  const extra = (acc) => (acc.extra ??= { shell: '/usr/sbin/nologin', has_password: false, suspended_at: null, suspend_reason: null, notes: '', limits: db.packages.find((p) => p.name === acc.package)?.limits ?? null })
  const count = (name) => db.accounts.filter((a) => a.package === name).length
  const view = (p) => ({ ...p, account_count: count(p.name), actions: { update: can, delete: count(p.name) > 0 ? cannot('package_in_use') : can } })
  const limitsOf = (acc) => extra(acc).limits
  const differences = (acc, p) => Object.keys(p.limits).filter((f) => limitsOf(acc)?.[f] !== p.limits[f]).map((field) => ({ field, from: limitsOf(acc)?.[field] ?? null, to: p.limits[field] }))

  function become(acc, status) {
    acc.status = status
    const away = status === 'suspended' ? cannot('account_suspended') : can
    Object.assign(acc.actions, { create_site: away, update_php: away, update_apps: away, password: away, suspend: away, unsuspend: status === 'suspended' ? can : cannot('account_active') })
  }

  function change(acc, kind, onEnd) {
    const job = run(kind, acc.username, acc.username, steps[kind], { onEnd })
    return ok({ job: { id: job.id } }, 202)
  }

  function ofAccount(method, acc, verb, url, body) {
    if (method === 'GET' && verb === '/plan' && /^rename|^primary/.test(url.searchParams.get('intent') ?? '')) {
      const intent = url.searchParams.get('intent')
      const changes = planOf(acc, `account.${intent}`)
      for (const c of changes) if (c.step === 'home.move') c.detail = `No file below it is changed. Where programs of the account name ${acc.home_dir} in files of their own, such as\nconfiguration and caches, their owner has to change it.\n`
      return ok({ username: acc.username, intent, changes })
    }
    if (method === 'POST' && verb === '/rename') { acc.status = 'renaming'; return change(acc, 'account.rename', () => { for (const s of db.sites) if (s.account === acc.username) s.account = body.new_username; acc.username = body.new_username; acc.home_dir = `/home/${body.new_username}`; acc.status = 'active' }) }
    if (method === 'PUT' && verb === '/primary-domain') return change(acc, 'account.primary_domain', () => { acc.primary_domain = body.domain })
    if (method === 'GET' && verb === '/plan' && /suspend$/.test(url.searchParams.get('intent') ?? '')) {
      const intent = url.searchParams.get('intent')
      return ok({ username: acc.username, intent, changes: planOf(acc, `account.${intent}`) })
    }
    if (method === 'POST' && verb === '/suspend') return change(acc, 'account.suspend', () => { become(acc, 'suspended'); Object.assign(extra(acc), { suspended_at: data.ago(0), suspend_reason: body.reason ?? null }) })
    if (method === 'POST' && verb === '/unsuspend') return change(acc, 'account.unsuspend', () => { become(acc, 'active'); Object.assign(extra(acc), { suspended_at: null, suspend_reason: null }) })
    if (verb === '/password') { extra(acc).has_password = method === 'PUT'; return ok(undefined, 204) }
    if (method === 'PATCH' && verb === undefined) return change(acc, 'account.update', () => {
      if ('contact_email' in body) acc.contact_email = body.contact_email
      if (body.package) {
        acc.package = body.package
        extra(acc).limits = db.packages.find((p) => p.name === body.package).limits
      }
      for (const name of ['notes', 'shell', 'limits']) if (body[name] !== undefined) extra(acc)[name] = body[name]
    })
    return undefined
  }

  function ofPackages(method, p, url, body) {
    if (method === 'GET' && p === '/packages') return ok({ items: db.packages.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(view) })
    if (method === 'POST' && p === '/packages') {
      if (db.packages.some((known) => known.name === body.name)) return problem(409, 'name_taken', 'Taken.', [{ field: 'name', message: 'taken' }])
      db.packages.push({ name: body.name, limits: body.limits })
      return ok(view(db.packages.at(-1)), 201)
    }
    const [, name, verb] = /^\/packages\/([^/]+)(\/plan|\/apply)?$/.exec(p) ?? []
    const one = db.packages.find((known) => known.name === name)
    if (name === undefined) return undefined
    if (!one) return notFound()
    const accounts = db.accounts.filter((a) => a.package === name)
    if (verb === '/plan') return paged(accounts.map((a) => ({ account: a.username, changes: differences(a, one), refused: [] })), url.searchParams)
    if (verb === '/apply') {
      const due = accounts.filter((a) => differences(a, one).length > 0)
      const job = run('package.apply', name, null, due.map((a) => ['account.update', `Give ${a.username} the limits of ${name}`]), { onEnd: () => due.forEach((a) => (extra(a).limits = one.limits)) })
      return ok({ job: { id: job.id } }, 202)
    }
    if (method === 'PUT') {
      // What accounts have by now they keep.
      accounts.forEach(extra)
      one.limits = body.limits
      return ok(view(one))
    }
    db.packages = db.packages.filter((known) => known !== one)
    return ok(undefined, 204)
  }

  const routes = (method, p, url, body) => {
    const [, username, verb] = /^\/accounts\/([^/]+)(\/\w+)?$/.exec(p) ?? []
    const acc = db.accounts.find((a) => a.username === username)
    return (acc && ofAccount(method, acc, verb, url, body)) ?? ofPackages(method, p, url, body)
  }
  return { routes, extra }
}
