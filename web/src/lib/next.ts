/** The way to login and back. */

/** Only ever a path of this application: an address from elsewhere must not be opened after login. */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : '/'
}

/** Where to log in, remembering where one was going. `ended` says that a session has just run out. */
export function loginAddress(from: string, ended = false): string {
  const query = new URLSearchParams()
  if (from !== '/') query.set('next', from)
  if (ended) query.set('ended', '')
  const text = query.toString()
  return text === '' ? '/login' : `/login?${text}`
}
