import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf, done } from '@/api/client'
import { everyPage } from '@/api/pages'
import type { LimitsView } from '@/api/types'
import { packagesKey } from '@/features/accounts/queries'
import { jobsKey } from '@/features/jobs/queries'

const path = (name: string) => ({ params: { path: { name } } })

export function useSavePackage() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ name, limits, create }: { name: string; limits: LimitsView; create: boolean }) =>
      dataOf(create ? api.POST('/api/v1/packages', { body: { name, limits } }) : api.PUT('/api/v1/packages/{name}', { ...path(name), body: { limits } })),
    onSuccess: () => client.invalidateQueries({ queryKey: packagesKey }),
  })
}

export function useDeletePackage() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => done(api.DELETE('/api/v1/packages/{name}', path(name))),
    onSuccess: () => client.invalidateQueries({ queryKey: packagesKey }),
  })
}

/** What applying a package would do, account by account. Asked for again every time it is shown. */
export function usePackagePlan(name: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: [...packagesKey, 'plan', name],
    queryFn: () => everyPage((query) => dataOf(api.GET('/api/v1/packages/{name}/plan', { params: { path: { name: toValue(name) }, query } }))),
    enabled: () => toValue(enabled),
    staleTime: 0,
    gcTime: 0,
  })
}

export function useApplyPackage() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => dataOf(api.POST('/api/v1/packages/{name}/apply', path(name))),
    onSuccess: () => client.invalidateQueries({ queryKey: jobsKey }),
  })
}
