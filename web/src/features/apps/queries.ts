import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import type { PutApp } from '@/api/types'
import { jobsKey } from '@/features/jobs/queries'

export const appsKey = ['apps'] as const

/** The apps of an account and how they are. Asked for again while they are looked at: apps end by themselves. */
export function useApps(username: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: [...appsKey, username],
    queryFn: async () => (await dataOf(api.GET('/api/v1/accounts/{username}/apps', { params: { path: { username: toValue(username) } } }))).items,
    enabled: () => toValue(enabled) && toValue(username) !== '',
    refetchInterval: 5_000,
  })
}

function useRefresh() {
  const client = useQueryClient()
  return () => Promise.all([appsKey, jobsKey].map((queryKey) => client.invalidateQueries({ queryKey })))
}

interface Which {
  readonly username: string
  readonly name: string
}

export function usePutApp() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: ({ username, name, body }: Which & { body: PutApp }) => dataOf(api.PUT('/api/v1/accounts/{username}/apps/{name}', { params: { path: { username, name } }, body })),
    onSuccess,
  })
}

export function useRestartApp() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: (path: Which) => dataOf(api.POST('/api/v1/accounts/{username}/apps/{name}/restart', { params: { path } })),
    onSuccess,
  })
}

export function useDeleteApp() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: (path: Which) => dataOf(api.DELETE('/api/v1/accounts/{username}/apps/{name}', { params: { path } })),
    onSuccess,
  })
}
