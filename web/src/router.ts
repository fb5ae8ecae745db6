import { watch } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import { i18n, withWords } from './i18n'
import { language } from './lib/preferences'

declare module 'vue-router' {
  interface RouteMeta {
    /** Message key of the page's title. */
    title?: string
  }
}

export const router = createRouter({
  history: createWebHistory(),
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? undefined : { top: 0 }),
  routes: [
    { path: '/', name: 'home', component: () => import('./features/home/views/HomeView.vue'), meta: { title: 'home.title' } },
    { path: '/accounts', name: 'accounts', component: () => import('./features/accounts/views/AccountListView.vue'), meta: { title: 'accounts.title' } },
    {
      path: '/accounts/:username/:tab(sites|apps|cron|php|ssh|databases|ftp|usage|limits|people|settings|drift|history|activity)?',
      name: 'account',
      component: () => import('./features/accounts/views/AccountView.vue'),
      props: true,
    },
    { path: '/packages', name: 'packages', component: () => import('./features/packages/views/PackageListView.vue'), meta: { title: 'packages.title' } },
    { path: '/sites', name: 'sites', component: () => import('./features/sites/views/SiteListView.vue'), meta: { title: 'sites.title' } },
    { path: '/sites/:id/:tab(settings|protection|logs)?', name: 'site', component: () => import('./features/sites/views/SiteView.vue'), props: true },
    { path: '/schedules', name: 'schedules', component: () => withWords('rare', import('./features/schedules/views/ScheduleListView.vue')), meta: { title: 'shell.schedules' } },
    { path: '/jobs', name: 'jobs', component: () => import('./features/jobs/views/JobListView.vue'), meta: { title: 'jobs.title' } },
    { path: '/jobs/:id', name: 'job', component: () => import('./features/jobs/views/JobView.vue'), props: true },
    { path: '/audit', name: 'audit', component: () => import('./features/audit/views/AuditView.vue'), meta: { title: 'audit.title' } },
    { path: '/people/:tab(roles|access)?', name: 'people', component: () => withWords('rare', import('./features/people/views/PeopleView.vue')), props: true, meta: { title: 'people.title' } },
    { path: '/people/login/:username', name: 'user', component: () => withWords('rare', import('./features/people/views/UserView.vue')), props: true },
    { path: '/me', name: 'me', component: () => withWords('rare', import('./features/me/views/MeView.vue')), meta: { title: 'me.title' } },
    { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./shell/NotFoundView.vue'), meta: { title: 'shell.notFound.title' } },
  ],
})

router.afterEach((to, from) => {
  setTitle()
  // A new page starts at its top for the keyboard and the screen reader too.
  if (from.name !== undefined && to.path !== from.path && to.name !== from.name) document.getElementById('main')?.focus({ preventScroll: true })
})

// A chunk that is gone means that the panel was updated under this page: load the new one.
router.onError((error: unknown, to) => {
  if (error instanceof TypeError && /dynamically imported module/.test(error.message)) location.assign(to.fullPath)
})

let ownTitle: string | undefined

function setTitle(): void {
  const key = router.currentRoute.value.meta.title
  const title = key === undefined ? ownTitle : i18n.global.t(key)
  document.title = title === undefined ? 'Nusantara' : `${title} · Nusantara`
}

/** For pages whose title is the name of a thing. */
export function titleOf(name: string): void {
  ownTitle = name
  setTitle()
}

watch(language, setTitle, { flush: 'post' })
