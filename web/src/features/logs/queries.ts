import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { api, dataOf } from '@/api/client'
import type { LogPage } from '@/api/types'
import { appended, type LogLine } from './model'

export type SiteLog = 'access' | 'error' | 'php'

/** Whose log. */
export type LogSource = { readonly site: string; readonly log: SiteLog } | { readonly username: string; readonly app: string }

const FIRST = 200
const AT_ONCE = 1_000
const EVERY = 2_000

function page(source: LogSource, after: string | undefined): Promise<LogPage> {
  const part = after === undefined ? { lines: FIRST } : { lines: AT_ONCE, after }
  if ('site' in source) return dataOf(api.GET('/api/v1/sites/{id}/logs', { params: { path: { id: source.site }, query: { log: source.log, ...part } } }))
  return dataOf(api.GET('/api/v1/accounts/{username}/apps/{name}/logs', { params: { path: { username: source.username, name: source.app }, query: part } }))
}

/** The end of a log and, while `following`, what comes to it. Not a cached query: lines are added up, never replaced. */
export function useLog(source: () => LogSource, following: Readonly<Ref<boolean>>) {
  const lines = shallowRef<readonly LogLine[]>([])
  const error = shallowRef<unknown>()
  const pending = ref(true)
  let after: string | undefined
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask(): Promise<void> {
    clearTimeout(timer)
    const mine = ++turn
    try {
      const news = await page(source(), after)
      if (mine !== turn) return
      lines.value = appended(lines.value, news.lines)
      after = news.after
      error.value = undefined
    } catch (caught) {
      if (mine !== turn) return
      error.value = caught
    }
    pending.value = false
    if (following.value) timer = setTimeout(() => void ask(), EVERY)
  }

  function startOver(): void {
    lines.value = []
    after = undefined
    pending.value = true
    void ask()
  }

  watch(source, startOver, { immediate: true })
  watch(following, (on) => {
    clearTimeout(timer)
    if (on) void ask()
  })
  onScopeDispose(() => {
    turn += 1
    clearTimeout(timer)
  })
  return { lines, error, pending, ask }
}
