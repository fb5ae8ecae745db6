import { useQuery } from '@tanstack/vue-query'
import { api, dataOf } from '@/api/client'

/** What the host says about itself. */
export function useCompatibility() {
  return useQuery({
    queryKey: ['compatibility'],
    queryFn: () => dataOf(api.GET('/api/v1/system/compatibility')),
    staleTime: 60_000,
  })
}
