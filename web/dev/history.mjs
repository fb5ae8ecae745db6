// The made-up past of an account. Never part of the bundle.
import * as data from './data.mjs'

const change = (file, field, action, before, after, hidden = false) => ({ file, field, action, before, after, hidden })
const shown = [
  change('limits.json', 'memory_limit_mb', 'update', 512, 1024),
  change('domains.json', 'addon_domains[batiksiti.id].domain', 'create', null, 'batiksiti.id'),
  change('domains.json', 'alias_domains', 'remove', 'lama.batiksiti.com', null),
  change('services.json', 'nodejs.apps[toko].env.API_KEY', 'update', null, null, true),
  change('services.json', 'cron.jobs[cadangan].schedule', 'update', '0 2 * * *', '30 3 * * SUN'),
]
const past = [
  ['rollback', 'root', 20, []],
  ['account_update', 'admin', 3 * 60, [shown[0]]],
  ['site_add', 'siti', 26 * 60, [change('domains.json', 'addon_domains[batiksiti.id]', 'create', null, null)]],
  ['app_put', 'siti', 50 * 60, [shown[3], change('services.json', 'nodejs.apps[toko].instances', 'update', 1, 2), shown[4]]],
  ['ssh_key_add', 'siti', 9 * 24 * 60, [change('ssh.json', 'authorized_keys', 'create', null, 'ssh-ed25519 …')]],
  ['create', 'admin', 30 * 24 * 60, []],
]

export function historyRoutes({ db, ok, notFound, run }) {
  return (method, p, body) => {
    if (p === '/accounts/import/plan') return ok({ username: body.username, intent: 'create', changes: data.drift })
    if (p === '/accounts/import') {
      const job = run('account.import', body.username, body.username, [['user.create', 'Create the Linux user'], ['spec.write', 'Write the spec'], ['web.publish', 'Publish the sites'], ['record', 'Write down what was applied']], {})
      return ok({ job: { id: job.id }, account: { username: body.username } }, 202)
    }
    const [, name, rest] = /^\/accounts\/([^/]+)\/(revisions.*|rollback)$/.exec(p) ?? []
    if (name === undefined) return undefined
    if (!db.accounts.some((a) => a.username === name)) return notFound()
    if (rest === 'revisions') {
      const entry = ([action, actor, minutes, changes], i) => ({ number: past.length - i, revision: `sha256:${'0123456789abcdef'.repeat(4).slice(i)}`, current: i === 0, at: data.ago(minutes * 60_000), actor, action, changes, more_changes: i === 3 ? 4 : 0 })
      return ok({ items: past.map(entry), next_cursor: null })
    }
    const label = { number: 1, revision: `sha256:${'a'.repeat(64)}` }
    if (rest.includes('/diff/')) return ok({ from: label, to: label, changes: shown, more_changes: 0 })
    if (rest.endsWith('/plan')) return ok({ username: name, intent: 'converge', changes: data.drift })
    const job = run('account.rollback', name, name, [['spec.write', 'Write the spec'], ['web.publish', 'Publish the sites'], ['site.probe', 'See that it answers'], ['record', 'Write down what was applied']], {})
    return ok({ job: { id: job.id } }, 202)
  }
}
