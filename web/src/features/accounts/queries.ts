import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf, done } from '@/api/client'
import { everyPage } from '@/api/pages'
import type { Account, CreateAccount, ImportAccount, PackageView, PlanIntent, UpdateAccount } from '@/api/types'
import { jobsKey } from '@/features/jobs/queries'
import { saveAs } from '@/lib/save'

export const accountsKey = ['accounts'] as const
export const packagesKey = ['packages'] as const

export const changing = (account: Pick<Account, 'status'>) => account.status === 'provisioning' || account.status === 'deleting' || account.status === 'renaming'

/** Every account. Filter and sort happen here in the browser: the API gives them in one order. */
export function useAccounts(enabled: MaybeRefOrGetter<boolean> = true) {
  const client = useQueryClient()
  const queryKey = [...accountsKey, 'all'] as const
  return useQuery({
    queryKey,
    queryFn: () =>
      everyPage(
        (query) => dataOf(api.GET('/api/v1/accounts', { params: { query } })),
        (part) => client.setQueryData(queryKey, (old: typeof part | undefined) => old ?? part),
      ),
    enabled: () => toValue(enabled),
    refetchInterval: (query) => (query.state.data?.items.some(changing) ? 2_000 : false),
  })
}

export function useAccount(username: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean> = true) {
  return useQuery({
    queryKey: [...accountsKey, 'one', username],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}', { params: { path: { username: toValue(username) } } })),
    enabled: () => toValue(enabled),
    refetchInterval: (query) => (query.state.data && changing(query.state.data.account) ? 2_000 : false),
  })
}

export type KeepOldAs = 'addon' | 'alias' | 'none'

/** What a plan of some intents has to know besides. */
export interface PlanMore {
  readonly new_username?: string
  readonly domain?: string
  readonly keep_old_as?: KeepOldAs
}

export function usePlan(username: MaybeRefOrGetter<string>, intent: MaybeRefOrGetter<PlanIntent>, enabled: MaybeRefOrGetter<boolean> = true, more: MaybeRefOrGetter<PlanMore> = {}) {
  return useQuery({
    queryKey: [...accountsKey, 'plan', username, intent, more],
    queryFn: () =>
      dataOf(api.GET('/api/v1/accounts/{username}/plan', { params: { path: { username: toValue(username) }, query: { intent: toValue(intent), ...toValue(more) } } })),
    enabled: () => toValue(enabled),
    // A plan is only worth something while it is fresh: it is asked for again every time it is shown.
    staleTime: 0,
    gcTime: 0,
  })
}

export function useRevisions(username: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...accountsKey, 'revisions', username],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/revisions', { params: { path: { username: toValue(username) }, query: { limit: 200 } } })),
    staleTime: 0,
  })
}

/** What is different between two revisions; nothing is asked while there are not two. */
export function useRevisionDiff(path: MaybeRefOrGetter<{ username: string; from: string; to: string } | undefined>) {
  return useQuery({
    queryKey: [...accountsKey, 'diff', path],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/revisions/{from}/diff/{to}', { params: { path: toValue(path) ?? { username: '', from: '', to: '' } } })),
    enabled: () => toValue(path) !== undefined,
  })
}

export function useRollBackPlan(path: MaybeRefOrGetter<{ username: string; revision: string } | undefined>) {
  return useQuery({
    queryKey: [...accountsKey, 'plan', path],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/revisions/{revision}/plan', { params: { path: toValue(path) ?? { username: '', revision: '' } } })),
    enabled: () => toValue(path) !== undefined,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
}

export function useRollBack(username: MaybeRefOrGetter<string>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (revision: string) => dataOf(api.POST('/api/v1/accounts/{username}/rollback', { params: { path: { username: toValue(username) } }, body: { revision } })),
    onSuccess: () => client.invalidateQueries({ queryKey: jobsKey }),
  })
}

export function useImportPlan(asked: MaybeRefOrGetter<ImportAccount | undefined>) {
  return useQuery({
    queryKey: [...accountsKey, 'plan', 'import', asked],
    queryFn: () => {
      const now = toValue(asked)
      return now === undefined ? undefined : dataOf(api.POST('/api/v1/accounts/import/plan', { body: now }))
    },
    enabled: () => toValue(asked) !== undefined,
    staleTime: 0,
    gcTime: 0,
    retry: false,
  })
}

export function useImport() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (asked: ImportAccount) => dataOf(api.POST('/api/v1/accounts/import', { body: asked })),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: accountsKey }), client.invalidateQueries({ queryKey: jobsKey })]),
  })
}

/** Fetched, not linked to: it may have to be proved first who asks, and a refusal is not a document. */
export function useExport() {
  return useMutation({
    mutationFn: (username: string) => dataOf(api.GET('/api/v1/accounts/{username}/export', { params: { path: { username } } })),
    onSuccess: (spec, username) => saveAs(`${username}.json`, spec),
  })
}

export function usePackages() {
  const query = useQuery({ queryKey: packagesKey, queryFn: () => dataOf(api.GET('/api/v1/packages')), staleTime: 60_000 })
  const weight = ({ limits }: PackageView) => limits.disk_quota_mb + limits.memory_limit_mb
  /** The smallest first: what is chosen when nobody chooses. */
  const packages = computed(() => (query.data.value?.items ?? []).toSorted((a, b) => weight(a) - weight(b)))
  return { ...query, packages }
}

export function useCreateAccount() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ body, key }: { body: CreateAccount; key: string }) =>
      dataOf(api.POST('/api/v1/accounts', { body, params: { header: { 'Idempotency-Key': key } } })),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: accountsKey }), client.invalidateQueries({ queryKey: jobsKey })]),
  })
}

export function useDeleteAccount() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ username, lastCopy }: { username: string; lastCopy: boolean }) =>
      dataOf(api.DELETE('/api/v1/accounts/{username}', { params: { path: { username }, query: { last_copy: lastCopy } } })),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: [...accountsKey, 'all'] }), client.invalidateQueries({ queryKey: jobsKey })]),
  })
}

export function useSuspendAccount() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ username, intent, reason }: { username: string; intent: 'suspend' | 'unsuspend'; reason: string }) => {
      const params = { path: { username } }
      return dataOf(intent === 'unsuspend' ? api.POST('/api/v1/accounts/{username}/unsuspend', { params }) : api.POST('/api/v1/accounts/{username}/suspend', { params, body: reason === '' ? {} : { reason } }))
    },
    onSuccess: () => client.invalidateQueries({ queryKey: jobsKey }),
  })
}

/** Gives an account another name or another primary domain; which, says what is given. */
export function useRenameAccount(username: MaybeRefOrGetter<string>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ new_username, domain, keep_old_as }: PlanMore) => {
      const params = { path: { username: toValue(username) } }
      if (new_username !== undefined) return dataOf(api.POST('/api/v1/accounts/{username}/rename', { params, body: { new_username } }))
      const body = { domain: domain ?? '', allow_below_foreign: false, ...(keep_old_as === undefined ? {} : { keep_old_as }) }
      return dataOf(api.PUT('/api/v1/accounts/{username}/primary-domain', { params, body }))
    },
    onSuccess: () => client.invalidateQueries({ queryKey: jobsKey }),
  })
}

export function useUpdateAccount(username: MaybeRefOrGetter<string>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: UpdateAccount) => dataOf(api.PATCH('/api/v1/accounts/{username}', { params: { path: { username: toValue(username) } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: jobsKey }),
  })
}

/** Sets the password, or without one removes it. */
export function useAccountPassword(username: MaybeRefOrGetter<string>) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (password: string | undefined) => {
      const params = { path: { username: toValue(username) } }
      return done(password === undefined ? api.DELETE('/api/v1/accounts/{username}/password', { params }) : api.PUT('/api/v1/accounts/{username}/password', { params, body: { password } }))
    },
    onSuccess: () => client.invalidateQueries({ queryKey: accountsKey }),
  })
}
