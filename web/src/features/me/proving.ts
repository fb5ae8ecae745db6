/** Proving once more who holds the session: a call that the server refused waits here until that is done, and is then made again. */
import { shallowRef } from 'vue'
import { connectProof } from '@/api/client'

/** Set while somebody is asked. */
export const asked = shallowRef<(proved: boolean) => void>()
let waiting: Promise<boolean> | undefined

/** Several calls at once wait for one answer. */
connectProof(() => {
  waiting ??= new Promise<boolean>((resolve) => {
    asked.value = (proved) => {
      asked.value = undefined
      waiting = undefined
      resolve(proved)
    }
  })
  return waiting
})
