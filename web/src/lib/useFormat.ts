import { computed, onScopeDispose, ref } from 'vue'
import { language } from './preferences'
import * as format from './format'

/** One clock for every relative time on the page. It stands still while nobody listens. */
const now = ref(new Date())
let listeners = 0
let timer: ReturnType<typeof setInterval> | undefined

export function useNow() {
  listeners += 1
  now.value = new Date()
  timer ??= setInterval(() => {
    now.value = new Date()
  }, 10_000)
  onScopeDispose(() => {
    listeners -= 1
    if (listeners === 0) {
      clearInterval(timer)
      timer = undefined
    }
  })
  return now
}

/** The functions of `format.ts`, bound to the chosen language. Call them in templates or computed values. */
export function useFormat() {
  return {
    locale: computed(() => language.value),
    mebibytes: (value: number) => format.mebibytes(value, language.value),
    bytes: (value: number) => format.bytes(value, language.value),
    number: (value: number, digits = 0) => format.number(value, language.value, digits),
    cores: (percent: number) => format.cores(percent, language.value),
    duration: (milliseconds: number) => format.duration(milliseconds, language.value),
    absolute: (at: Date) => format.absolute(at, language.value),
    clock: (at: Date) => format.clock(at, language.value),
    shortHash: format.shortHash,
  }
}
