// The mock's answers about what somebody has changed by hand.

const item = (item, target, summary, diff, why_not = null) => ({ item, target, summary, diff, adoptable: why_not === null, why_not })

const of = {
  siti: [
    item('user.shell', 'user siti', 'The shell of siti was changed by hand', '-/usr/sbin/nologin\n+/bin/bash\n'),
    item('slice', 'user-12001.slice', 'The limits of siti are not those of its files', '-100 % of a core, 1024 MiB memory, 128 processes, 20 MiB/s disk\n+100 % of a core, 4096 MiB memory, 128 processes, 20 MiB/s disk\n'),
    item('vhost', '/etc/nginx/nusantara/sites/siti.conf', 'The vhost of siti was changed by hand', '@@ -54,3 +54,5 @@\n         fastcgi_pass unix:/run/nusantara-php/8.2/$nusantara_account.sock;\n     }\n+    location /rahasia { return 403; }\n }\n', 'a vhost is rendered from the settings of its sites; free text has no field in the spec'),
    item('cron.cadangan', 'cron job cadangan', 'The cron job cadangan of siti was changed by hand', '-waits for its time\n'),
  ],
}

export function createDrift(db, { ok, notFound, run, ago }) {
  const looked = { at: ago(3 * 60_000) }
  const findings = () => db.accounts.filter((a) => of[a.username]?.length > 0).map((a) => ({ username: a.username, findings: of[a.username].map(({ item, target, summary, adoptable }) => ({ item, target, summary, adoptable, found_at: ago(50 * 60_000) })) }))
  const overview = () => {
    const items = findings()
    return { looked_at: looked.at, looked: db.accounts.length, accounts: items.length, findings: items.reduce((n, a) => n + a.findings.length, 0), host: [], items, next_cursor: null }
  }
  const steps = [['spec.write', 'Write the spec'], ['record', 'Write down what was applied']]
  for (const account of db.accounts) account.drift_count = of[account.username]?.length ?? 0
  return (method, p, body) => {
    if (method === 'GET' && p === '/drift') return ok(overview())
    if (method === 'POST' && p === '/drift/look') {
      looked.at = ago(0)
      return ok(overview())
    }
    const [, name, verb] = /^\/accounts\/([^/]+)\/drift(\/adopt|\/overwrite)?$/.exec(p) ?? []
    if (name === undefined) return undefined
    const account = db.accounts.find((a) => a.username === name)
    if (!account) return notFound()
    const allowed = { allowed: true, reason: null }
    if (verb === undefined) {
      const problem = account.status === 'failed' ? '/etc/nusantara-panel/users/pasarloak/limits.json: memory_limit_mb: invalid type: string "banyak", expected u64 at line 9 column 31' : null
      return ok({ username: name, items: problem ? [] : (of[name] ?? []), problem, restorable: true, actions: { adopt: allowed, overwrite: allowed } })
    }
    const left = verb === '/overwrite' ? [] : (of[name] ?? []).filter((i) => !i.adoptable || (body?.item && i.item !== body.item))
    const job = run(verb === '/overwrite' ? 'drift.overwrite' : 'drift.adopt', name, name, steps, {
      onEnd: () => {
        of[name] = left
        account.drift_count = left.length
      },
    })
    return ok({ job: { id: job.id } }, 202)
  }
}
