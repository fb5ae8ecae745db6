/** Who is logged in. The cookie is the session; this only mirrors what the server said about it. */
import { computed, shallowRef } from 'vue'
import { api, connectSession, dataOf, done } from '@/api/client'
import { ApiError } from '@/api/error'
import type { Login, Me, Setup } from '@/api/types'
import { usePasskey } from '@/lib/passkeys'
import { keepPreferences } from '@/lib/preferences'

const me = shallowRef<Me | null>(null)
/** Set when a session ended under the user's hands, so that login can say so. */
export const endedByServer = shallowRef(false)
export const currentUser = computed(() => me.value)

/**
 * Whether this browser was logged in when last seen. Without it a visit to the login page would have to ask `/auth/me` only
 * to be told 401.
 */
const hint = {
  key: 'np.session',
  get: () => {
    try {
      return localStorage.getItem(hint.key) !== null
    } catch {
      return true
    }
  },
  set: (present: boolean) => {
    try {
      if (present) localStorage.setItem(hint.key, '1')
      else localStorage.removeItem(hint.key)
    } catch {
      // Nothing kept: `get` then always says "maybe".
    }
  },
}

function accept(answer: Me): void {
  me.value = answer
  endedByServer.value = false
  hint.set(true)
}

function forget(): void {
  me.value = null
  hint.set(false)
}

/** Asks the server who we are once more; whether anybody. */
export async function refresh(): Promise<boolean> {
  try {
    accept(await dataOf(api.GET('/api/v1/auth/me')))
    return true
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      forget()
      return false
    }
    throw error
  }
}

const leaving = new Set<() => void>()

/** Called whenever a session ends, to leave what only its owner may see. */
export function onSessionEnd(leave: () => void): void {
  leaving.add(leave)
}

connectSession({
  csrfToken: () => me.value?.csrf_token ?? undefined,
  refresh,
  ended: () => {
    if (me.value === null) return
    forget()
    endedByServer.value = true
    for (const leave of leaving) leave()
  },
})

/** Whether somebody is logged in; asks the server when this browser may hold a session. */
export async function hasSession(): Promise<boolean> {
  if (me.value !== null) return true
  return hint.get() ? refresh() : false
}

/** The only address at which a passkey logs in; null while there is none. */
export const passkeyOrigin = shallowRef<string | null>(null)

export async function setupRequired(): Promise<boolean> {
  const status = await dataOf(api.GET('/api/v1/setup'))
  passkeyOrigin.value = status.passkey_origin ?? null
  return status.required
}

/** Logs in with a passkey; false when the device gave none. */
export async function loginWithPasskey(): Promise<boolean> {
  const { attempt, options } = await dataOf(api.POST('/api/v1/auth/login/question'))
  const credential = await usePasskey(options)
  if (credential === undefined) return false
  accept(await dataOf(api.POST('/api/v1/auth/login/passkey', { body: { attempt, credential } })))
  return true
}

export async function login(body: Login): Promise<void> {
  accept(await dataOf(api.POST('/api/v1/auth/login', { body })))
}

export async function finishSetup(body: Setup): Promise<void> {
  accept(await dataOf(api.POST('/api/v1/setup', { body })))
}

export async function logout(): Promise<void> {
  try {
    await done(api.POST('/api/v1/auth/logout'))
  } finally {
    keepPreferences()
    forget()
    for (const leave of leaving) leave()
  }
}

export function may(permission: string): boolean {
  return me.value?.permissions.includes(permission) ?? false
}
