import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query'
import { onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import { firstPage } from '@/api/pages'
import type { Job, JobState } from '@/api/types'
import { isFinal, parseJob } from './model'

export const jobsKey = ['jobs'] as const

export interface JobFilter {
  readonly account?: string
  readonly state?: JobState
  readonly limit?: number
}

const pages = (filter: JobFilter, cursor: string | undefined) =>
  dataOf(api.GET('/api/v1/jobs', { params: { query: cursor === undefined ? { ...filter } : { ...filter, cursor } } }))

/** Jobs, newest first, as many pages as were asked for. While one runs, the list follows it. */
export function useJobList(filter: MaybeRefOrGetter<JobFilter>) {
  return useInfiniteQuery({
    queryKey: [...jobsKey, 'list', filter],
    queryFn: ({ pageParam }) => pages(toValue(filter), pageParam),
    initialPageParam: firstPage,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.items.some((job) => !isFinal(job))) ? 2_000 : 15_000),
  })
}

/** The last few jobs of everything or of one account. */
export function useRecentJobs(filter: MaybeRefOrGetter<JobFilter>) {
  return useQuery({
    queryKey: [...jobsKey, 'recent', filter],
    queryFn: async () => (await pages(toValue(filter), undefined)).items,
    refetchInterval: (query) => (query.state.data?.some((job) => !isFinal(job)) ? 1_500 : 15_000),
  })
}

/**
 * One job, live: what the server has now, then every change from its event stream. Where a stream cannot be had (a proxy that
 * buffers), it is asked for every two seconds.
 */
export function useJob(id: MaybeRefOrGetter<string | undefined>, onEnd?: (job: Job) => void) {
  const client = useQueryClient()
  const job = shallowRef<Job>()
  const error = shallowRef<unknown>()
  let stop = () => {}

  function follow(wanted: string): () => void {
    const source = new EventSource(`/api/v1/jobs/${encodeURIComponent(wanted)}/events`)
    let timer: ReturnType<typeof setTimeout> | undefined
    let over = false
    const end = () => {
      over = true
      source.close()
      clearTimeout(timer)
    }
    const take = (news: Job) => {
      if (over || (job.value?.id === news.id && job.value.generation > news.generation)) return
      job.value = news
      error.value = undefined
      if (!isFinal(news)) return
      end()
      void client.invalidateQueries()
      onEnd?.(news)
    }
    const ask = async () => {
      try {
        take(await dataOf(api.GET('/api/v1/jobs/{id}', { params: { path: { id: wanted } } })))
      } catch (caught) {
        if (job.value === undefined) error.value = caught
      }
      if (!over && source.readyState === EventSource.CLOSED) timer = setTimeout(() => void ask(), 2_000)
    }
    source.addEventListener('job', (event: MessageEvent<unknown>) => {
      const news = typeof event.data === 'string' ? parseJob(event.data) : undefined
      if (news !== undefined) take(news)
    })
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED && timer === undefined) timer = setTimeout(() => void ask(), 500)
    })
    void ask()
    return end
  }

  watch(
    () => toValue(id),
    (wanted) => {
      stop()
      job.value = undefined
      error.value = undefined
      stop = wanted === undefined ? () => {} : follow(wanted)
    },
    { immediate: true },
  )
  onScopeDispose(() => stop())
  return { job, error }
}
