import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import { jobsKey } from '@/features/jobs/queries'
import { grantsOf, type Task, type UserForm } from './model'

const databasesKey = ['databases'] as const

/** The databases of an account and their users. */
export function useDatabases(username: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...databasesKey, username],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/databases', { params: { path: { username: toValue(username) } } })),
  })
}

/** Also called when a job has ended: sizes and lists are the host's. */
export function useRefreshDatabases() {
  const client = useQueryClient()
  return () => Promise.all([databasesKey, jobsKey].map((queryKey) => client.invalidateQueries({ queryKey })))
}

export function useAddDatabase() {
  const onSuccess = useRefreshDatabases()
  return useMutation({
    mutationFn: ({ username, name }: { username: string; name: string }) => dataOf(api.POST('/api/v1/accounts/{username}/databases', { params: { path: { username } }, body: { name } })),
    onSuccess,
  })
}

export function useDeleteDatabase() {
  const onSuccess = useRefreshDatabases()
  return useMutation({
    mutationFn: (path: { username: string; name: string }) => dataOf(api.DELETE('/api/v1/accounts/{username}/databases/{name}', { params: { path } })),
    onSuccess,
  })
}

/** Makes a user, says what it may do, or gives it another password. `name` is the whole name. */
export function useSaveDatabaseUser() {
  const onSuccess = useRefreshDatabases()
  return useMutation({
    mutationFn: ({ username, name, task, form }: { username: string; name: string; task: Task; form: UserForm }) => {
      const params = { path: { username, name } }
      if (task === 'create') return dataOf(api.POST('/api/v1/accounts/{username}/database-users', { params, body: { name, password: form.password, grants: grantsOf(form) } }))
      if (task === 'rights') return dataOf(api.PUT('/api/v1/accounts/{username}/database-users/{name}', { params, body: { grants: grantsOf(form) } }))
      return dataOf(api.PUT('/api/v1/accounts/{username}/database-users/{name}/password', { params, body: { password: form.password } }))
    },
    onSuccess,
  })
}

export function useDeleteDatabaseUser() {
  const onSuccess = useRefreshDatabases()
  return useMutation({
    mutationFn: (path: { username: string; name: string }) => dataOf(api.DELETE('/api/v1/accounts/{username}/database-users/{name}', { params: { path } })),
    onSuccess,
  })
}
