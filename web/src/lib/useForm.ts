/**
 * A form: values, what is wrong with them and since when that is worth saying. A field is judged once it has been left or the
 * form was sent; what the server says about a field stays until that field changes.
 */
import { computed, reactive, ref, watch } from 'vue'
import * as v from 'valibot'
import type { FieldProblem } from '@/api/types'

type Values = Record<string, string>

export function useForm<T extends Values>(initial: T, schema: () => v.GenericSchema<T>) {
  type Field = keyof T & string
  const names: string[] = Object.keys(initial)
  const values = reactive({ ...initial })
  const read = (name: string): unknown => Reflect.get(values, name)
  const left = reactive(new Set<string>())
  const submitted = ref(false)
  const fromServer = reactive(new Map<string, string>())

  const verdict = computed(() => v.safeParse(schema(), values))
  const own = computed(() => {
    const found = new Map<string, string>()
    for (const issue of verdict.value.issues ?? []) {
      const field = v.getDotPath(issue)
      if (field !== null && !found.has(field)) found.set(field, issue.message)
    }
    return found
  })

  for (const name of names) watch(
      () => read(name),
      () => fromServer.delete(name),
    )

  return {
    values,
    /** Marks a field as left. */
    leave: (name: Field) => {
      if (read(name) !== '') left.add(name)
    },
    /** What to show under a field: a message key of ours, or a sentence of the server's. */
    problem: (name: Field): { key: string } | { text: string } | undefined => {
      const text = fromServer.get(name)
      if (text !== undefined) return { text }
      const key = own.value.get(name)
      return key !== undefined && (submitted.value || left.has(name)) ? { key } : undefined
    },
    /** The values when all is well; otherwise every fault is shown from now on. */
    submit: (): T | undefined => {
      submitted.value = true
      return verdict.value.success && fromServer.size === 0 ? verdict.value.output : undefined
    },
    /** Takes over the server's findings; true when all of them belong to fields of this form. */
    refuse: (fields: readonly FieldProblem[]): boolean => {
      for (const { field, message } of fields) if (names.includes(field)) fromServer.set(field, message)
      return fields.length > 0 && fields.every(({ field }) => names.includes(field))
    },
    reset: () => {
      Object.assign(values, initial)
      left.clear()
      fromServer.clear()
      submitted.value = false
    },
  }
}
