import { afterEach, describe, expect, it, vi } from 'vitest'
import { away, whenBack } from './away'
import { api, connectProof, connectSession, dataOf, done } from './client'
import { ApiError } from './error'
import { everyPage } from './pages'

const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ type: 'about:blank', title: code, status, code, detail: 'Why.', request_id: 'r-1', errors: [{ field: 'username', message: 'no' }] }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } })

function server(...answers: (() => Response | Promise<Response>)[]) {
  const seen: Request[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    seen.push(request)
    const next = answers.shift()
    if (next === undefined) throw new TypeError('unexpected request')
    return next()
  })
  return seen
}

const body = { username: 'joko', primary_domain: 'joko.test', package: 'starter' }

describe('client', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('sends the token with what changes something and nothing else', async () => {
    connectSession({ csrfToken: () => 'token', refresh: async () => false, ended: () => undefined })
    const seen = server(
      () => json({ required: false }),
      () => new Response(null, { status: 204 }),
    )
    await dataOf(api.GET('/api/v1/setup'))
    await done(api.POST('/api/v1/auth/logout'))
    expect(seen.map((r) => r.headers.get('x-csrf-token'))).toEqual([null, 'token'])
  })

  it('asks for a fresh token once when its own is stale', async () => {
    let token = 'old'
    connectSession({
      csrfToken: () => token,
      refresh: async () => {
        token = 'new'
        return true
      },
      ended: () => undefined,
    })
    const seen = server(
      () => problem(403, 'csrf_failed'),
      () => json({ account: {}, job: { id: 'j' } }, 202),
    )
    await dataOf(api.POST('/api/v1/accounts', { body, params: { header: { 'Idempotency-Key': 'k' } } }))
    expect(seen.map((r) => r.headers.get('x-csrf-token'))).toEqual(['old', 'new'])
    expect(await seen[1]?.json()).toEqual(body)
    expect(seen[1]?.headers.get('idempotency-key')).toBe('k')
  })

  it('says that the database is away, and when it is back', async () => {
    vi.useFakeTimers()
    const back = vi.fn()
    whenBack(back)
    const seen = server(
      () => problem(503, 'database_away', { 'retry-after': '5' }),
      () => problem(503, 'database_away'),
      () => json({ status: 'degraded' }),
      () => json({ status: 'ok' }),
    )
    for (let n = 0; n < 2; n += 1) {
      expect(await dataOf(api.GET('/api/v1/packages')).catch((e: unknown) => e)).toMatchObject({ code: 'database_away', status: 503 })
    }
    expect(away.value).toBe(true)
    await vi.advanceTimersByTimeAsync(2_000)
    expect([away.value, back.mock.calls.length]).toEqual([true, 0])
    await vi.advanceTimersByTimeAsync(2_000)
    expect([away.value, back.mock.calls.length]).toEqual([false, 1])
    expect(seen.map((r) => new URL(r.url).pathname).slice(2)).toEqual(['/healthz', '/healthz'])
    vi.useRealTimers()
  })

  it('turns problems into errors with code, fields and request id', async () => {
    server(() => problem(429, 'rate_limited', { 'retry-after': '7' }))
    const error = await dataOf(api.POST('/api/v1/accounts', { body })).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code: 'rate_limited', status: 429, retryAfter: 7, requestId: 'r-1', fields: [{ field: 'username', message: 'no' }] })
  })

  it('ends the session when the server says so', async () => {
    const ended = vi.fn()
    connectSession({ csrfToken: () => 'token', refresh: async () => false, ended })
    server(() => problem(401, 'unauthenticated'))
    await dataOf(api.GET('/api/v1/auth/me')).catch(() => undefined)
    expect(ended).toHaveBeenCalledOnce()
  })

  it('asks once more for what was under way when the session got another token', async () => {
    const ended = vi.fn()
    let there = true
    connectSession({ csrfToken: () => 'token', refresh: async () => there, ended })
    const seen = server(
      () => problem(401, 'unauthenticated'),
      () => json([]),
      () => problem(401, 'unauthenticated'),
    )
    expect(await dataOf(api.GET('/api/v1/packages'))).toEqual([])
    there = false
    expect(await dataOf(api.GET('/api/v1/packages')).catch((e: unknown) => e)).toMatchObject({ status: 401 })
    expect([seen.length, ended.mock.calls.length]).toEqual([3, 0])
  })

  it('goes on with the new token after somebody proved who they are', async () => {
    let token = 'old'
    connectSession({ csrfToken: () => token, refresh: async () => ((token = 'new'), true), ended: () => undefined })
    connectProof(async () => true)
    const seen = server(
      () => problem(403, 'step_up_required'),
      () => new Response(null, { status: 204 }),
    )
    await done(api.DELETE('/api/v1/auth/sessions'))
    expect(seen.map((r) => r.headers.get('x-csrf-token'))).toEqual(['old', 'new'])
  })

  it('tells an unreachable panel from one that speaks in riddles', async () => {
    server(
      () => Promise.reject(new TypeError('network')),
      () => new Response('<h1>502</h1>', { status: 502, headers: { 'content-type': 'text/html' } }),
    )
    expect(await dataOf(api.GET('/api/v1/packages')).catch((e: unknown) => e)).toMatchObject({ code: 'unreachable' })
    expect(await dataOf(api.GET('/api/v1/packages')).catch((e: unknown) => e)).toMatchObject({ code: 'unexpected', status: 502 })
  })
})

describe('everyPage', () => {
  it('walks to the end and tells of the first part', async () => {
    const parts: number[] = []
    const pages = [
      { items: [1, 2], next_cursor: 'b' },
      { items: [3], next_cursor: null },
    ]
    const asked: unknown[] = []
    const all = await everyPage(
      async (query) => {
        asked.push(query)
        return pages.shift() ?? { items: [] }
      },
      (part) => parts.push(part.items.length),
    )
    expect(all).toEqual({ items: [1, 2, 3], cut: false, partial: false })
    expect(parts).toEqual([2])
    expect(asked).toEqual([{ limit: 200 }, { limit: 200, cursor: 'b' }])
  })
})
