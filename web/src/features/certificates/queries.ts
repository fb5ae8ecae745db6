import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import { jobsKey } from '@/features/jobs/queries'

const certificatesKey = ['certificates'] as const

interface Place {
  username: string
  domain: string
}

/** What a site answers HTTPS with. While an order is under way it is asked for again. */
export function useCertificate(place: MaybeRefOrGetter<Place>) {
  return useQuery({
    queryKey: [...certificatesKey, place],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/sites/{domain}/certificate', { params: { path: toValue(place) } })),
    refetchInterval: (query) => (query.state.data?.job == null ? false : 2000),
  })
}

function useRefresh() {
  const client = useQueryClient()
  return () => Promise.all([certificatesKey, jobsKey].map((queryKey) => client.invalidateQueries({ queryKey })))
}

export function useIssueCertificate() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: (path: Place) => dataOf(api.POST('/api/v1/accounts/{username}/sites/{domain}/certificate/issue', { params: { path } })),
    onSuccess,
  })
}

export function useRevokeCertificate() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: (path: Place) => dataOf(api.POST('/api/v1/accounts/{username}/sites/{domain}/certificate/revoke', { params: { path } })),
    onSuccess,
  })
}

export function useRemoveCertificate() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: (path: Place) => dataOf(api.DELETE('/api/v1/accounts/{username}/sites/{domain}/certificate', { params: { path } })),
    onSuccess,
  })
}

export function useUploadCertificate() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: ({ path, body }: { path: Place; body: { key: string; chain: string } }) =>
      dataOf(api.PUT('/api/v1/accounts/{username}/sites/{domain}/certificate', { params: { path }, body })),
    onSuccess,
  })
}
