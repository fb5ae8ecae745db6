/** Whether the panel's database is away: said by any answer, over when the panel says that it is well again. */
import { ref } from 'vue'

export const away = ref(false)

const PAUSE = 2_000
let back: () => void = () => undefined

/** Called each time it is there again. */
export function whenBack(call: () => void): void {
  back = call
}

/** Waits until `isWell`, unless somebody does already. */
export async function waitForDatabase(isWell: () => Promise<boolean>): Promise<void> {
  if (away.value) return
  away.value = true
  do await new Promise((resolve) => setTimeout(resolve, PAUSE))
  while (!(await isWell()))
  away.value = false
  back()
}
