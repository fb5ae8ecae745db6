/**
 * What is wrong with a form that holds more than text, and since when that is worth saying: once a field has been left or the form
 * was sent. What the server says stays until something is changed.
 */
import { computed, reactive, ref, watch } from 'vue'
import type { FieldProblem } from '@/api/types'
import type { Fault, Faults } from './values'

export type Problem = Fault | { readonly text: string }
export type ProblemOf = (field: string) => Problem | undefined

/** `names` are the fields that can show a problem; a finding about a part of one of them is shown there too. */
export function useFaults(form: object, faults: () => Faults, names: () => readonly string[]) {
  const submitted = ref(false)
  const left = reactive(new Set<string>())
  const fromServer = reactive(new Map<string, string>())
  const own = computed(faults)

  watch(
    () => form,
    () => fromServer.clear(),
    { deep: true },
  )

  function placeOf(field: string): string | undefined {
    const path = field.replace(/^settings\./, '')
    const fits = names().filter((name) => path === name || path.startsWith(`${name}.`))
    return fits.toSorted((a, b) => b.length - a.length)[0]
  }

  return {
    leave: (field: string) => left.add(field),
    problem: (field: string): Problem | undefined => {
      const text = fromServer.get(field)
      if (text !== undefined) return { text }
      return submitted.value || left.has(field) ? own.value[field] : undefined
    },
    /** Shows every fault from now on; true when there is none. */
    submit: (): boolean => {
      submitted.value = true
      return Object.keys(own.value).length === 0
    },
    /** Takes over the server's findings; true when each has a place in this form. */
    refuse: (fields: readonly FieldProblem[]): boolean => {
      const places = fields.map(({ field }) => placeOf(field))
      fields.forEach(({ message }, at) => {
        const place = places[at]
        if (place !== undefined) fromServer.set(place, message)
      })
      return places.length > 0 && places.every((place) => place !== undefined)
    },
    reset: () => {
      submitted.value = false
      left.clear()
      fromServer.clear()
    },
  }
}
