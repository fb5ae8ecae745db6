/** The one way to the API. Types come from `schema.d.ts`; failures leave as `ApiError`. */
import createClient from 'openapi-fetch'
import { waitForDatabase } from './away'
import { ApiError, isProblem } from './error'
import type { paths } from './schema'

/** What the session tells the client, without the client knowing the session. */
export interface SessionPort {
  csrfToken(): string | undefined
  /** Asks the server who we are once more; true when there is a session. */
  refresh(): Promise<boolean>
  /** The server says that nobody is logged in. */
  ended(): void
}

let session: SessionPort | undefined
/** Asks the person once more who they are; true when they proved it. */
let prove: (() => Promise<boolean>) | undefined

export function connectSession(port: SessionPort): void {
  session = port
}

export function connectProof(port: () => Promise<boolean>): void {
  prove = port
}

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

async function attempt(request: Request): Promise<Response> {
  const token = session?.csrfToken()
  if (!safe.has(request.method) && token !== undefined) request.headers.set('X-CSRF-Token', token)
  return fetch(request)
}

async function codeOf(response: Response): Promise<string | undefined> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  return isProblem(body) ? body.code : undefined
}

async function proved(): Promise<boolean> {
  return (await prove?.()) === true && (await session?.refresh()) === true
}

async function isWell(): Promise<boolean> {
  const answer: unknown = await fetch(new Request(new URL('/healthz', location.origin)))
    .then((response) => response.json())
    .catch(() => undefined)
  return typeof answer === 'object' && answer !== null && 'status' in answer && answer.status === 'ok'
}

/**
 * Adds the session's token. When another tab has logged in meanwhile, our token is stale: ask for the current one and try
 * once more. What wants a proof of who is there waits for it and is tried once more too; the session has another token then. What
 * was under way with the old one is asked once more; a 401 to who we are ends the session here as well.
 */
async function guardedFetch(request: Request): Promise<Response> {
  const second = request.clone()
  const third = request.clone()
  let response = await attempt(request)
  if (response.status === 403) {
    const code = await codeOf(response)
    const again = code === 'csrf_failed' ? session?.refresh() : code === 'step_up_required' ? proved() : undefined
    if ((await again) === true) response = await attempt(second)
  }
  if (response.status === 503 && (await codeOf(response)) === 'database_away') void waitForDatabase(isWell)
  if (response.status === 401 && (await codeOf(response)) === 'unauthenticated') {
    if (new URL(request.url).pathname === '/api/v1/auth/me') session?.ended()
    else if (await session?.refresh()) response = await attempt(third)
  }
  return response
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: guardedFetch })

type Answer<T> = { data?: T; error?: unknown; response: Response }

/** The data of a call, or an `ApiError`. */
export async function dataOf<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await reached(call)
  if (!response.ok || data === undefined) throw ApiError.fromAnswer(error, response)
  return data
}

/** Waits for a call that answers without a body. */
export async function done(call: Promise<Answer<unknown>>): Promise<void> {
  const { error, response } = await reached(call)
  if (!response.ok) throw ApiError.fromAnswer(error, response)
}

async function reached<T>(call: Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    return await call
  } catch (cause) {
    throw ApiError.unreachable(cause)
  }
}
