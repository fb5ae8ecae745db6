/** State that lives in the address: filters, sort, page, and which sheet is open. */
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

export function useUrlText(name: string, fallback = '') {
  const route = useRoute()
  const router = useRouter()
  const inUrl = () => {
    const value = route.query[name]
    return typeof value === 'string' ? value : fallback
  }
  // What is typed stands at once; the address follows a moment later.
  const text = ref(inUrl())
  watch(inUrl, (value) => {
    text.value = value
  })
  return computed({
    get: () => text.value,
    set: (value: string) => {
      text.value = value
      const { [name]: _old, page: _page, ...rest } = route.query
      void router.replace({ query: value === fallback ? rest : { ...rest, [name]: value } })
    },
  })
}

export function useUrlPage() {
  const route = useRoute()
  const router = useRouter()
  return computed({
    get: () => {
      const value = Number(route.query['page'])
      return Number.isInteger(value) && value > 1 ? value : 1
    },
    set: (value: number) => {
      const { page: _page, ...rest } = route.query
      void router.push({ query: value <= 1 ? rest : { ...rest, page: String(value) } })
    },
  })
}
