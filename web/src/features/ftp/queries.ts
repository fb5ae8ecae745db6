import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import { jobsKey } from '@/features/jobs/queries'
import type { FtpForm } from './model'

const ftpKey = ['ftp'] as const

/** The FTP logins of an account and how one connects. */
export function useFtp(username: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...ftpKey, username],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/ftp', { params: { path: { username: toValue(username) } } })),
  })
}

function useRefresh() {
  const client = useQueryClient()
  return () => Promise.all([ftpKey, jobsKey].map((queryKey) => client.invalidateQueries({ queryKey })))
}

/** Makes a login, or changes the one that is there. */
export function useSaveFtp() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: ({ username, known, form }: { username: string; known: boolean; form: FtpForm }) => {
      const { name, folder, password, enabled } = form
      const kept = password === '' ? {} : { password }
      return known
        ? dataOf(api.PUT('/api/v1/accounts/{username}/ftp/{name}', { params: { path: { username, name } }, body: { folder, enabled, ...kept } }))
        : dataOf(api.POST('/api/v1/accounts/{username}/ftp', { params: { path: { username } }, body: { name, folder, password } }))
    },
    onSuccess,
  })
}

export function useDeleteFtp() {
  const onSuccess = useRefresh()
  return useMutation({
    mutationFn: (path: { username: string; name: string }) => dataOf(api.DELETE('/api/v1/accounts/{username}/ftp/{name}', { params: { path } })),
    onSuccess,
  })
}
