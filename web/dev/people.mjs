// The made-up side of logins, roles, members, tokens and sessions. Never part of the bundle.
import { randomUUID } from 'node:crypto'
import * as data from './data.mjs'

const ago = (seconds) => data.ago(seconds * 1_000)
const can = { allowed: true, reason: null }
const cannot = (reason) => ({ allowed: false, reason })
const own = ['account:read', 'account:password', 'site:read', 'site:create', 'site:update', 'site:delete', 'php:update', 'app:read', 'app:update', 'app:restart', 'app:delete', 'cron:read', 'cron:update', 'cron:run', 'cron:delete', 'database:read', 'database:update', 'database:delete', 'ftp:read', 'ftp:update', 'ftp:delete', 'ssh:update', 'log:read', 'job:read', 'package:read', 'member:read', 'member:update']
export const everything = [...own, 'account:create', 'account:import', 'account:export', 'account:rename', 'account:delete', 'account:update', 'account:suspend', 'package:update', 'user:read', 'user:create', 'user:update', 'user:delete', 'user:view', 'role:read', 'role:update', 'access:read', 'access:update', 'system:read', 'audit:read', 'job:cancel', 'schedule:read', 'schedule:update', 'schedule:run']

const user = (username, role, more = {}) => ({
  username, role, email: null, state: 'active', second_factor: false, second_factor_drops_at: null, accounts: [], created_at: ago(9 * 86_400), last_login_at: ago(3_600),
  actions: { update: can, delete: can, link: can, view: can, drop_second_factor: can }, ...more,
})
const link = () => ({ path: `/welcome#${randomUUID().replaceAll('-', '')}fZ0aQ1`, expires_at: ago(-86_400) })

export function peopleRoutes({ ok, notFound, problem }) {
  const users = [
    user('admin', 'admin', { second_factor: true, actions: { update: can, delete: cannot('own_login'), link: cannot('own_login'), view: cannot('own_login'), drop_second_factor: cannot('own_login') } }),
    user('dewi.lestari', 'user', { second_factor: true, email: 'dewi@batiksiti.com', accounts: [{ account: 'siti', owner: true }, { account: 'budi', owner: false }] }),
    user('meja-bantuan', 'helpdesk'),
    user('putra', 'user', { state: 'invited', last_login_at: null }),
    user('rian', 'operator', { state: 'disabled', last_login_at: ago(40 * 86_400) }),
  ]
  const roles = [
    { name: 'admin', built_in: true, own_only: false, permissions: everything },
    { name: 'operator', built_in: true, own_only: false, permissions: own.slice(0, 20) },
    { name: 'viewer', built_in: true, own_only: false, permissions: everything.filter((p) => p.endsWith(':read')) },
    { name: 'user', built_in: true, own_only: true, permissions: own },
    { name: 'helpdesk', built_in: false, own_only: false, permissions: ['account:read', 'site:read', 'user:read'] },
  ]
  const members = [
    { username: 'dewi.lestari', owner: true, permissions: [], waiting: false, created_at: ago(86_400), update: can },
    { username: 'putra', owner: false, permissions: ['account:read', 'site:read', 'log:read'], waiting: true, created_at: ago(3_600), update: can },
  ]
  const agent = 'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36'
  const session = (current, address, user_agent, seen) => ({ id: randomUUID(), current, address, user_agent, created_at: ago(7_200), last_seen_at: ago(seen), expires_at: ago(-36_000) })
  const sessions = [session(true, '192.0.2.17', agent, 5), session(false, '2001:db8:40::9', agent.replace('Linux; Android 15', 'Windows NT 10.0'), 1_900)]
  let factor = { enabled: false, recovery_codes_left: 0 }
  const tokens = [{ id: randomUUID(), name: 'Cadangan malam', permissions: ['account:read', 'site:read'], networks: ['192.0.2.0/24'], created_at: ago(86_400), expires_at: ago(-60 * 86_400), last_used_at: ago(7_000), last_used_address: '192.0.2.40' }]
  const passkeys = [{ id: randomUUID(), name: 'Laptop kantor', created_at: ago(40 * 86_400), last_used_at: ago(5_400) }, { id: randomUUID(), name: 'YubiKey 5C', created_at: ago(3 * 86_400), last_used_at: null }]
  const challenge = () => randomUUID().replaceAll('-', '')
  const creation = (origin) => ({ challenge: challenge(), rp: { id: new URL(origin).hostname, name: 'Nusantara Panel' }, user: { id: challenge(), name: 'admin', displayName: 'admin' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }], authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' } })
  const codes = { codes: Array.from({ length: 10 }, () => randomUUID().slice(0, 19).toUpperCase().replace(/^(.{8})-/, '$1')) }
  const qr = { size: 45, path: Array.from({ length: 37 }, (_, y) => Array.from({ length: 37 }, (_, x) => ((x * 7 + y * 13 + x * y) % 3 === 0 ? `M${x + 4} ${y + 4}h1v1h-1z` : '')).join('')).join('') }

  return (method, p, body, origin) => {
    const is = (m, pattern) => (method === m ? pattern.exec(p) : null)
    if (is('GET', /^\/users$/)) return ok({ items: users, next_cursor: null })
    if (is('GET', /^\/roles$/)) return ok({ items: roles, permissions: everything, own_permissions: own })
    if (is('GET', /^\/access$/)) return ok({ networks: ['192.0.2.0/24'], your_address: '192.0.2.17' })
    if (is('PUT', /^\/access$/)) return problem(422, 'validation_failed', 'No.', [{ field: 'networks', message: 'your own address, 192.0.2.17, has to be among them, or you would be locked out' }])
    if (is('POST', /^\/users$/)) {
      if (users.some((u) => u.username === body.username)) return problem(409, 'name_taken', 'Taken.', [{ field: 'username', message: 'this name is taken' }])
      users.push(user(body.username, body.role, { state: 'invited', last_login_at: null, email: body.email }))
      return ok({ user: users.at(-1), link: link() }, 201)
    }
    const drop = /^\/users\/([^/]+)\/second-factor\/drop$/.exec(p)
    if (drop) return ok(Object.assign(users.find((u) => u.username === drop[1]), { second_factor_drops_at: method === 'POST' ? ago(-86_400) : null }))
    const one = /^\/users\/([^/]+)(\/\w+)?$/.exec(p)
    if (one) {
      const found = users.find((u) => u.username === one[1])
      if (!found) return notFound()
      if (method === 'GET') return ok(found)
      if (method === 'PUT') return ok(Object.assign(found, { role: body.role, email: body.email, state: body.disabled ? 'disabled' : 'active' }))
      return one[2] === '/link' ? ok(link(), 201) : ok(undefined, 204)
    }
    if (is('PUT', /^\/roles\//) || is('DELETE', /^\/roles\//)) return problem(409, 'role_in_use', 'In use.')
    if (is('GET', /^\/accounts\/\w+\/members$/)) return ok({ items: p.includes('/siti/') ? members : [], permissions: own.filter((x) => x !== 'member:update'), invite: can, own: can })
    if (is('POST', /^\/accounts\/\w+\/members$/)) return ok({ username: body.username, link: link() }, 201)
    if (/^\/accounts\/\w+\/members\//.test(p)) return ok(undefined, 204)
    if (is('GET', /^\/auth\/sessions$/)) return ok({ items: sessions })
    if (is('DELETE', /^\/auth\/sessions/)) return ok(undefined, 204)
    if (is('GET', /^\/auth\/second-factor$/)) return ok(factor)
    if (is('POST', /^\/auth\/second-factor$/)) return ok({ secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/x', qr }, 201)
    if (is('PUT', /^\/auth\/second-factor$/)) {
      factor = { enabled: true, recovery_codes_left: 10 }
      return ok(codes)
    }
    if (is('GET', /^\/auth\/passkeys$/)) return ok({ origin, items: passkeys })
    if (is('POST', /^\/auth\/passkeys\/question$/)) return ok({ attempt: randomUUID(), options: creation(origin) }, 201)
    if (is('POST', /^\/auth\/passkeys$/)) {
      passkeys.push({ id: randomUUID(), name: body.name, created_at: ago(0), last_used_at: null })
      return ok({ passkey: passkeys.at(-1), recovery_codes: codes.codes }, 201)
    }
    const passkey = /^\/auth\/passkeys\/(.+)$/.exec(p)
    if (passkey) {
      const at = passkeys.findIndex((one) => one.id === passkey[1])
      if (method === 'PUT') passkeys[at].name = body.name
      else passkeys.splice(at, 1)
      return ok(undefined, 204)
    }
    if (is('GET', /^\/auth\/tokens$/)) return ok({ items: tokens })
    if (is('POST', /^\/auth\/tokens$/)) return ok({ token: 'npt_0Qm7nPq2wYc4vRk8uHs6tLd1xBz3jFa5gEe9iNoKlMy', ...tokens[0] }, 201)
    if (is('PUT', /^\/auth\/password$/)) return problem(403, 'step_up_required', 'Prove it.')
    if (is('POST', /^\/auth\/verify$/)) return body.code ? ok(undefined, 204) : problem(401, 'second_factor_required', 'A code.')
    return undefined
  }
}
