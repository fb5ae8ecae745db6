import { createApp, defineAsyncComponent, watchEffect, type Component } from 'vue'
import LoginView from './features/auth/views/LoginView.vue'
import UnreachableView from './features/auth/views/UnreachableView.vue'
import { i18n } from './i18n'

export type StartPage = 'login' | 'setup' | 'welcome' | 'unreachable'

const pages: Record<StartPage, { view: Component; title: string }> = {
  login: { view: LoginView, title: 'auth.login.title' },
  setup: { view: defineAsyncComponent(() => import('./features/setup/views/SetupView.vue')), title: 'setup.title' },
  welcome: { view: defineAsyncComponent(() => import('./features/auth/views/WelcomeView.vue')), title: 'auth.welcome.title' },
  unreachable: { view: UnreachableView, title: 'problem.unreachable.title' },
}

/** Shows a page before login; `go` decides anew what comes next. */
export function mountStart(page: StartPage, go: () => Promise<void>): void {
  const { view, title } = pages[page]
  const app = createApp(view, {
    onDone: async () => {
      app.unmount()
      await go()
    },
  })
  app.use(i18n).mount('#app')
  const stop = watchEffect(() => {
    document.title = `${i18n.global.t(title)} · Nusantara`
  })
  app.onUnmount(stop)
}
