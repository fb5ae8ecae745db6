import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import type { PhpIni } from '@/api/types'
import { accountsKey } from '@/features/accounts/queries'
import { jobsKey } from '@/features/jobs/queries'

/** What the PHP sites of an account start from. */
export function useAccountPhp(username: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: [...accountsKey, 'php', username],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/php', { params: { path: { username: toValue(username) } } })),
    enabled: () => toValue(enabled),
  })
}

export function useUpdatePhp(username: MaybeRefOrGetter<string>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { version: string; ini: PhpIni }) => dataOf(api.PUT('/api/v1/accounts/{username}/php', { params: { path: { username: toValue(username) } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: jobsKey }),
  })
}
