import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { api, dataOf, done } from '@/api/client'
import type { CreateApiToken } from '@/api/types'

const sessionsKey = ['me', 'sessions'] as const
const factorKey = ['me', 'factor'] as const
const tokensKey = ['me', 'tokens'] as const

export const useSessions = () => useQuery({ queryKey: sessionsKey, queryFn: () => dataOf(api.GET('/api/v1/auth/sessions')) })
export const useFactor = () => useQuery({ queryKey: factorKey, queryFn: () => dataOf(api.GET('/api/v1/auth/second-factor')) })
export const useTokens = () => useQuery({ queryKey: tokensKey, queryFn: () => dataOf(api.GET('/api/v1/auth/tokens')) })

/** A change after which everything about one's own login is asked for anew. */
function useChange<In, Out>(mutationFn: (input: In) => Promise<Out>) {
  const client = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: ['me'] }) })
}

export const useChangePassword = () => useChange((body: { current: string; new: string }) => done(api.PUT('/api/v1/auth/password', { body })))
export const useEndSession = () => useChange((id: string) => done(api.DELETE('/api/v1/auth/sessions/{id}', { params: { path: { id } } })))
export const useEndOthers = () => useChange(() => done(api.DELETE('/api/v1/auth/sessions')))
export const useBeginFactor = () => useChange(() => dataOf(api.POST('/api/v1/auth/second-factor')))
export const useConfirmFactor = () => useChange((code: string) => dataOf(api.PUT('/api/v1/auth/second-factor', { body: { code } })))
export const useRemoveFactor = () => useChange(() => done(api.DELETE('/api/v1/auth/second-factor')))
export const useNewCodes = () => useChange(() => dataOf(api.POST('/api/v1/auth/recovery-codes')))
export const useAddToken = () => useChange((body: CreateApiToken) => dataOf(api.POST('/api/v1/auth/tokens', { body })))
export const useRemoveToken = () => useChange((id: string) => done(api.DELETE('/api/v1/auth/tokens/{id}', { params: { path: { id } } })))
