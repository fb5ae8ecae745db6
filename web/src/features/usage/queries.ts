import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import { accountsKey } from '@/features/accounts/queries'

/** What an account uses now. Asked for again while it is looked at. */
export function useUsage(username: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...accountsKey, 'usage', username],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/usage', { params: { path: { username: toValue(username) } } })),
    refetchInterval: 5_000,
  })
}

export function useUsageHistory(username: MaybeRefOrGetter<string>, hours: MaybeRefOrGetter<number>) {
  return useQuery({
    queryKey: [...accountsKey, 'usage', username, 'history', hours],
    queryFn: () => dataOf(api.GET('/api/v1/accounts/{username}/usage/history', { params: { path: { username: toValue(username) }, query: { hours: toValue(hours) } } })),
    placeholderData: keepPreviousData,
    refetchInterval: 300_000,
  })
}
