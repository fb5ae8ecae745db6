import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf, done } from '@/api/client'
import { everyPage } from '@/api/pages'
import type { AddMember, CreateUser, PutRole, UpdateMember, UpdateUser } from '@/api/types'

const usersKey = ['users'] as const
const rolesKey = ['roles'] as const
const accessKey = ['access'] as const
const membersKey = ['members'] as const

const user = (username: string) => ({ params: { path: { username } } })
const member = (username: string, name: string) => ({ params: { path: { username, name } } })

export function useUsers() {
  return useQuery({ queryKey: [...usersKey, 'all'], queryFn: () => everyPage((query) => dataOf(api.GET('/api/v1/users', { params: { query } }))) })
}

export function useUser(name: MaybeRefOrGetter<string>) {
  return useQuery({ queryKey: [...usersKey, 'one', name], queryFn: () => dataOf(api.GET('/api/v1/users/{username}', user(toValue(name)))) })
}

export function useRoles() {
  return useQuery({ queryKey: rolesKey, queryFn: () => dataOf(api.GET('/api/v1/roles')) })
}

export function useMembers(account: MaybeRefOrGetter<string>) {
  return useQuery({ queryKey: [...membersKey, account], queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/members', user(toValue(account)))) })
}

export function useAccess() {
  return useQuery({ queryKey: accessKey, queryFn: () => dataOf(api.GET('/api/v1/access')) })
}

/** A change after which `key` is asked for anew. */
function useChange<In, Out>(key: readonly string[], mutationFn: (input: In) => Promise<Out>) {
  const client = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: key }) })
}

export const useInvite = () => useChange(usersKey, (body: CreateUser) => dataOf(api.POST('/api/v1/users', { body })))
export const useSaveUser = () =>
  useChange(usersKey, ({ name, body }: { name: string; body: UpdateUser }) => dataOf(api.PUT('/api/v1/users/{username}', { ...user(name), body })))
export const useDeleteUser = () => useChange(usersKey, (name: string) => done(api.DELETE('/api/v1/users/{username}', user(name))))
export const useLink = () => useChange(usersKey, (name: string) => dataOf(api.POST('/api/v1/users/{username}/link', user(name))))
export const useEndSessions = () => useChange(usersKey, (name: string) => done(api.DELETE('/api/v1/users/{username}/sessions', user(name))))
export const useDropFactor = () => useChange(usersKey, (name: string) => dataOf(api.POST('/api/v1/users/{username}/second-factor/drop', user(name))))
export const useKeepFactor = () => useChange(usersKey, (name: string) => dataOf(api.DELETE('/api/v1/users/{username}/second-factor/drop', user(name))))
export const useView = () => useChange([], (name: string) => done(api.POST('/api/v1/users/{username}/view', user(name))))

export const useSaveRole = () =>
  useChange(rolesKey, ({ name, body }: { name: string; body: PutRole }) => dataOf(api.PUT('/api/v1/roles/{name}', { params: { path: { name } }, body })))
export const useDeleteRole = () => useChange(rolesKey, (name: string) => done(api.DELETE('/api/v1/roles/{name}', { params: { path: { name } } })))

export const useSaveAccess = () => useChange(accessKey, (networks: string[]) => dataOf(api.PUT('/api/v1/access', { body: { networks } })))

export const useAddMember = () =>
  useChange(membersKey, ({ account, body }: { account: string; body: AddMember }) => dataOf(api.POST('/api/v1/accounts/{username}/members', { ...user(account), body })))
export const useSaveMember = () =>
  useChange(membersKey, ({ account, name, body }: { account: string; name: string; body: UpdateMember }) =>
    done(api.PUT('/api/v1/accounts/{username}/members/{name}', { ...member(account, name), body })),
  )
export const useRemoveMember = () =>
  useChange(membersKey, ({ account, name }: { account: string; name: string }) => done(api.DELETE('/api/v1/accounts/{username}/members/{name}', member(account, name))))
