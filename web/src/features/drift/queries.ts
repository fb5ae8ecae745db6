import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import { accountsKey } from '@/features/accounts/queries'
import { jobsKey } from '@/features/jobs/queries'

const driftKey = ['drift'] as const

/** What was found the last time somebody looked at all accounts. */
export function useDriftOverview() {
  return useQuery({ queryKey: [...driftKey, 'all'], queryFn: () => dataOf(api.GET('/api/v1/drift', { params: { query: { limit: 5 } } })), refetchInterval: 60_000 })
}

/** Looks at all accounts now. */
export function useLook() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => dataOf(api.POST('/api/v1/drift/look')),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: driftKey }), client.invalidateQueries({ queryKey: accountsKey })]),
  })
}

/** What is not as it should be of one account, now. */
export function useDrift(username: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...driftKey, 'of', username],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/drift', { params: { path: { username: toValue(username) } } })),
    // Only worth something while it is fresh.
    staleTime: 0,
    gcTime: 0,
  })
}

/** Adopts one difference or all that can be, or overwrites everything. */
export function usePutRight(username: MaybeRefOrGetter<string>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (what: { adopt?: string | null }) => {
      const params = { path: { username: toValue(username) } }
      if (what.adopt === undefined) return dataOf(api.POST('/api/v1/accounts/{username}/drift/overwrite', { params }))
      return dataOf(api.POST('/api/v1/accounts/{username}/drift/adopt', { params, body: what.adopt === null ? {} : { item: what.adopt } }))
    },
    onSuccess: () => client.invalidateQueries({ queryKey: jobsKey }),
  })
}
