import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import type { UpdateSsh } from '@/api/types'
import { accountsKey } from '@/features/accounts/queries'
import { jobsKey } from '@/features/jobs/queries'

const path = '/api/v1/accounts/{username}/ssh'

/** How an account may be logged in to by SSH. */
export function useAccountSsh(username: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...accountsKey, 'ssh', username],
    queryFn: () => dataOf(api.GET(path, { params: { path: { username: toValue(username) } } })),
  })
}

export function useSshChanges(username: MaybeRefOrGetter<string>) {
  const client = useQueryClient()
  const onSuccess = () => client.invalidateQueries({ queryKey: jobsKey })
  const of = () => ({ username: toValue(username) })
  return {
    update: useMutation({ mutationFn: (body: UpdateSsh) => dataOf(api.PUT(path, { params: { path: of() }, body })), onSuccess }),
    add: useMutation({ mutationFn: (key: string) => dataOf(api.POST(`${path}/keys`, { params: { path: of() }, body: { key } })), onSuccess }),
    remove: useMutation({
      mutationFn: (fingerprint: string) => dataOf(api.DELETE(`${path}/keys/{fingerprint}`, { params: { path: { ...of(), fingerprint } } })),
      onSuccess,
    }),
  }
}
