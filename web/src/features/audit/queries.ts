import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf } from '@/api/client'
import { firstPage } from '@/api/pages'

export interface AuditFilter {
  readonly actor?: string
  readonly action?: string
  readonly target?: string
  readonly since?: string
  readonly until?: string
}

/** The audit trail, newest first. */
export function useAuditTrail(filter: MaybeRefOrGetter<AuditFilter>) {
  return useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam }) =>
      dataOf(api.GET('/api/v1/audit-logs', { params: { query: pageParam === undefined ? { ...toValue(filter) } : { ...toValue(filter), cursor: pageParam } } })),
    initialPageParam: firstPage,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  })
}

/** Walks the whole trail, when asked to. */
export function useAuditCheck() {
  return useQuery({ queryKey: ['audit-check'], queryFn: () => dataOf(api.GET('/api/v1/audit-logs/verify')), enabled: false, gcTime: 0 })
}
