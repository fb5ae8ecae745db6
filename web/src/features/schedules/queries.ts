import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { toValue, type MaybeRefOrGetter } from 'vue'
import { api, dataOf, done } from '@/api/client'
import type { PutSchedule } from '@/api/types'

const schedulesKey = ['schedules'] as const
const schedule = (name: string) => ({ params: { path: { name } } })

export function useSchedules() {
  return useQuery({ queryKey: schedulesKey, queryFn: () => dataOf(api.GET('/api/v1/schedules')), refetchInterval: 15_000 })
}

/** What became of its last times. */
export function useScheduleRuns(name: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: [...schedulesKey, name, 'runs'],
    queryFn: async () => (await dataOf(api.GET('/api/v1/schedules/{name}/runs', { params: { path: { name: toValue(name) }, query: { limit: 50 } } }))).items,
    refetchInterval: 5_000,
  })
}

/** The next times of a schedule that is being written. */
export function useSchedulePreview(form: MaybeRefOrGetter<{ cron: string; zone: string }>) {
  return useQuery({
    queryKey: [...schedulesKey, 'preview', form],
    queryFn: () => dataOf(api.GET('/api/v1/schedules/preview', { params: { query: toValue(form) } })),
    enabled: () => toValue(form).cron !== '',
    retry: false,
    staleTime: 30_000,
  })
}

function useChange<In, Out>(mutationFn: (input: In) => Promise<Out>) {
  const client = useQueryClient()
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: schedulesKey }) })
}

export const useSaveSchedule = () =>
  useChange(({ name, body, fresh }: { name: string; body: PutSchedule; fresh: boolean }) =>
    fresh ? dataOf(api.POST('/api/v1/schedules', { body: { name, ...body } })) : dataOf(api.PUT('/api/v1/schedules/{name}', { ...schedule(name), body })),
  )
export const useRunSchedule = () => useChange((name: string) => dataOf(api.POST('/api/v1/schedules/{name}/run', schedule(name))))
export const useDeleteSchedule = () => useChange((name: string) => done(api.DELETE('/api/v1/schedules/{name}', schedule(name))))
