import { onScopeDispose, readonly, ref } from 'vue'

/** Whether a media query holds, live. */
export function useMedia(query: string) {
  const list = matchMedia(query)
  const holds = ref(list.matches)
  const update = () => {
    holds.value = list.matches
  }
  list.addEventListener('change', update)
  onScopeDispose(() => list.removeEventListener('change', update))
  return readonly(holds)
}

/** Below this a table becomes cards. */
export const useRoomForTable = () => useMedia('(min-width: 640px)')
