import { useQuery } from '@tanstack/vue-query'
import { api, dataOf } from '@/api/client'
import { may } from '@/features/auth/session'

/** What the host says about itself. */
export function useCompatibility() {
  return useQuery({
    queryKey: ['compatibility'],
    queryFn: () => dataOf(api.GET('/api/v1/system/compatibility')),
    staleTime: 60_000,
    // Who sees only their own accounts is not told about the server.
    enabled: may('system:read'),
  })
}
