/** Asks before changes that were not saved are lost: to another page of the interface, or with the browser's own. */
import { onScopeDispose } from 'vue'
import { useRouter } from 'vue-router'

export function useUnsaved(unsaved: () => boolean, question: () => string): void {
  // What only changes the query, such as an open sheet, leaves the form where it is.
  const stop = useRouter().beforeEach((to, from) => to.path === from.path || !unsaved() || window.confirm(question()))
  const warn = (event: BeforeUnloadEvent) => {
    if (unsaved()) event.preventDefault()
  }
  window.addEventListener('beforeunload', warn)
  onScopeDispose(() => {
    stop()
    window.removeEventListener('beforeunload', warn)
  })
}
