import { onScopeDispose, ref, watch, type Ref } from 'vue'

/** A value once it has stood still for a moment: what is typed is not asked for letter by letter. */
export function useSettled(source: Readonly<Ref<string>>, milliseconds = 300): Readonly<Ref<string>> {
  const settled = ref(source.value)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(source, (value) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      settled.value = value
    }, milliseconds)
  })
  onScopeDispose(() => clearTimeout(timer))
  return settled
}
