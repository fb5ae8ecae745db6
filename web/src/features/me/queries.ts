import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { api, dataOf, done } from '@/api/client'
import type { CreateApiToken } from '@/api/types'
import { makePasskey } from '@/lib/passkeys'

const sessionsKey = ['me', 'sessions'] as const
const factorKey = ['me', 'factor'] as const
const passkeysKey = ['me', 'passkeys'] as const
const tokensKey = ['me', 'tokens'] as const

export const useSessions = () => useQuery({ queryKey: sessionsKey, queryFn: () => dataOf(api.GET('/api/v1/auth/sessions')) })
export const useFactor = () => useQuery({ queryKey: factorKey, queryFn: () => dataOf(api.GET('/api/v1/auth/second-factor')) })
export const usePasskeys = () => useQuery({ queryKey: passkeysKey, queryFn: () => dataOf(api.GET('/api/v1/auth/passkeys')) })
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
/** Asks the device for a new passkey and keeps it; undefined when the device made none. */
export const useAddPasskey = () =>
  useChange(async (name: string) => {
    const { attempt, options } = await dataOf(api.POST('/api/v1/auth/passkeys/question'))
    const credential = await makePasskey(options)
    return credential === undefined ? undefined : dataOf(api.POST('/api/v1/auth/passkeys', { body: { name, attempt, credential } }))
  })
export const useRenamePasskey = () => useChange(({ id, name }: { id: string; name: string }) => done(api.PUT('/api/v1/auth/passkeys/{id}', { params: { path: { id } }, body: { name } })))
export const useRemovePasskey = () => useChange((id: string) => done(api.DELETE('/api/v1/auth/passkeys/{id}', { params: { path: { id } } })))
export const useAddToken = () => useChange((body: CreateApiToken) => dataOf(api.POST('/api/v1/auth/tokens', { body })))
export const useRemoveToken = () => useChange((id: string) => done(api.DELETE('/api/v1/auth/tokens/{id}', { params: { path: { id } } })))
