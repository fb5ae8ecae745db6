/**
 * Finds out what this visitor needs and loads only that: the pages before login know neither the router nor the cache nor the
 * component library, and stay under 60 KiB together with Vue and the words.
 */
import './styles/start.css'
import { ApiError } from './api/error'
import { hasSession, setupRequired } from './features/auth/session'
import { needWords } from './i18n'
import { loginAddress, safeNext } from './lib/next'
import type { StartPage } from './start'

type Wanted = StartPage | 'app'

async function wanted(): Promise<Wanted> {
  try {
    if (location.pathname === '/welcome') return 'welcome'
    if (await hasSession()) return 'app'
    return (await setupRequired()) ? 'setup' : 'login'
  } catch (error) {
    if (error instanceof ApiError) return 'unreachable'
    throw error
  }
}

/** Makes the address tell the truth about the page that is shown. */
function settleAddress(page: Wanted): void {
  const { pathname, search, hash } = location
  const outside = pathname === '/login' || pathname === '/setup'
  if (page === 'app' && outside) history.replaceState(null, '', safeNext(new URLSearchParams(search).get('next')))
  if (page === 'setup' && pathname !== '/setup') history.replaceState(null, '', '/setup')
  if (page === 'login' && pathname !== '/login') history.replaceState(null, '', loginAddress(outside ? '/' : pathname + search + hash))
}

async function boot(): Promise<void> {
  const page = await wanted()
  settleAddress(page)
  if (page === 'app') {
    const [{ mountApp }] = await Promise.all([import('./app'), needWords('start'), needWords('app')])
    mountApp()
    return
  }
  const [{ mountStart }] = await Promise.all([import('./start'), needWords('start')])
  mountStart(page, boot)
}

/** A file that is gone or did not arrive: the panel was updated, or the network stumbled. Loading anew mends both; once is enough. */
function startOver(error: unknown): void {
  const key = 'np.reloaded'
  if (sessionStorage.getItem(key) !== null) {
    sessionStorage.removeItem(key)
    throw error
  }
  sessionStorage.setItem(key, '1')
  location.reload()
}

boot().then(() => sessionStorage.removeItem('np.reloaded'), startOver)
