/** Everything behind login. */
import './styles/app.css'
import { createApp } from 'vue'
import { endedByServer, onSessionEnd } from './features/auth/session'
import { i18n } from './i18n'
import { loginAddress } from './lib/next'
import { router } from './router'
import ShellView from './shell/ShellView.vue'

export function mountApp(): void {
  createApp(ShellView).use(i18n).use(router).mount('#app')
  // Leaving loads the page anew: nothing of what this session saw stays in memory.
  onSessionEnd(() => {
    const { pathname, search, hash } = location
    location.replace(endedByServer.value ? loginAddress(pathname + search + hash, true) : '/login')
  })
}
