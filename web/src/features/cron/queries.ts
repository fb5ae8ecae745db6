import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import type { CreateCronJob, PutCronJob } from '@/api/types'
import { jobsKey } from '@/features/jobs/queries'

const key = ['cron'] as const

interface Which {
  readonly username: string
  readonly name: string
}

/** The cron jobs of an account and how they are. Asked for again while they are looked at: they run by themselves. */
export function useCronJobs(username: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...key, username],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/cron', { params: { path: { username: toValue(username) } } })),
    refetchInterval: 5_000,
  })
}

/** When a schedule would run, as the host says. What was said last stays until there is news. */
export function useCronPreview(schedule: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...key, 'preview', schedule],
    queryFn: () => dataOf(api.GET('/api/v1/cron/preview', { params: { query: { schedule: toValue(schedule) } } })),
    enabled: () => toValue(schedule) !== '',
    placeholderData: keepPreviousData,
    retry: false,
  })
}

export function useCronRuns(path: MaybeRefOrGetter<Which>) {
  return useQuery({
    queryKey: [...key, 'runs', path],
    queryFn: async () => (await dataOf(api.GET('/api/v1/accounts/{username}/cron/{name}/runs', { params: { path: toValue(path) } }))).items,
    refetchInterval: 5_000,
  })
}

export function useCronOutput(path: MaybeRefOrGetter<Which>, run: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...key, 'output', path, run],
    queryFn: async () => (await dataOf(api.GET('/api/v1/accounts/{username}/cron/{name}/output', { params: { path: toValue(path), query: { run: toValue(run) } } }))).lines,
    enabled: () => toValue(run) !== '',
  })
}

/** Makes a job, or puts one that is there. */
export function usePutCron() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: ({ username, name, body, fresh }: Which & { body: PutCronJob; fresh: boolean }) =>
      fresh
        ? dataOf(api.POST('/api/v1/accounts/{username}/cron', { params: { path: { username } }, body: { name, ...body } satisfies CreateCronJob }))
        : dataOf(api.PUT('/api/v1/accounts/{username}/cron/{name}', { params: { path: { username, name } }, body })),
    onSuccess,
  })
}

export function useCronAct() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: ({ what, ...path }: Which & { what: 'run' | 'remove' }) =>
      what === 'run'
        ? dataOf(api.POST('/api/v1/accounts/{username}/cron/{name}/run', { params: { path } }))
        : dataOf(api.DELETE('/api/v1/accounts/{username}/cron/{name}', { params: { path } })),
    onSuccess,
  })
}

function useRefresh() {
  const client = useQueryClient()
  return () => Promise.all([key, jobsKey].map((queryKey) => client.invalidateQueries({ queryKey })))
}
