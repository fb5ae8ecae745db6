import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import { everyPage } from '@/api/pages'
import type { CreateAlias, CreateSite, ProtectSite, Site, UpdateSite } from '@/api/types'
import { accountsKey } from '@/features/accounts/queries'
import { jobsKey } from '@/features/jobs/queries'

export const sitesKey = ['sites'] as const

const changing = (site: Pick<Site, 'status'>) => site.status === 'provisioning' || site.status === 'deleting'

/** Every site of every account the caller may see. */
export function useSites(enabled: MaybeRefOrGetter<boolean> = true) {
  const client = useQueryClient()
  const queryKey = [...sitesKey, 'all'] as const
  return useQuery({
    queryKey,
    queryFn: () =>
      everyPage(
        (query) => dataOf(api.GET('/api/v1/sites', { params: { query } })),
        (part) => client.setQueryData(queryKey, (old: typeof part | undefined) => old ?? part),
      ),
    enabled: () => toValue(enabled),
    refetchInterval: (query) => (query.state.data?.items.some(changing) ? 2_000 : false),
  })
}

/** One site as it is on the host. */
export function useSite(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...sitesKey, 'one', id],
    queryFn: () => dataOf(api.GET('/api/v1/sites/{id}', { params: { path: { id: toValue(id) } } })),
    refetchInterval: (query) => (query.state.data && changing(query.state.data) ? 2_000 : false),
  })
}

function useRefresh() {
  const client = useQueryClient()
  return () => Promise.all([accountsKey, sitesKey, jobsKey].map((queryKey) => client.invalidateQueries({ queryKey })))
}

export function useCreateSite() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: ({ body, key }: { body: CreateSite; key: string }) => dataOf(api.POST('/api/v1/sites', { body, params: { header: { 'Idempotency-Key': key } } })),
    onSuccess,
  })
}

export function useDeleteSite() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: (id: string) => dataOf(api.DELETE('/api/v1/sites/{id}', { params: { path: { id } } })),
    onSuccess,
  })
}

export function useUpdateSite() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: UpdateSite }) => dataOf(api.PUT('/api/v1/sites/{id}', { params: { path: { id } }, body })),
    onSuccess,
  })
}

export function useProtectSite() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: ProtectSite }) => dataOf(api.PUT('/api/v1/sites/{id}/protected', { params: { path: { id } }, body })),
    onSuccess,
  })
}

/** The record that proves that a name is an account's. */
export function useDomainProof(asked: MaybeRefOrGetter<{ username: string; domain: string }>) {
  return useQuery({
    queryKey: ['domain-proof', asked],
    queryFn: () => {
      const { username, domain } = toValue(asked)
      return dataOf(api.GET('/api/v1/accounts/{username}/domain-proof', { params: { path: { username }, query: { domain } } }))
    },
  })
}

export function useCreateAlias() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: ({ username, body }: { username: string; body: CreateAlias }) => dataOf(api.POST('/api/v1/accounts/{username}/aliases', { params: { path: { username } }, body })),
    onSuccess,
  })
}

export function useDeleteAlias() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: ({ username, domain }: { username: string; domain: string }) => dataOf(api.DELETE('/api/v1/accounts/{username}/aliases/{domain}', { params: { path: { username, domain } } })),
    onSuccess,
  })
}
