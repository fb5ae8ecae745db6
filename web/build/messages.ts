import { readFileSync } from 'node:fs'
import { baseCompile } from '@intlify/message-compiler'
import type { Plugin } from 'vite'

type Tree = { readonly [key: string]: string | Tree }
const marker = '.messages'

/** A message as source code: a function of the formatting context, so that the browser never compiles text. */
function compileMessage(text: string): string {
  const failures: string[] = []
  const { ast, code } = baseCompile(text, { mode: 'arrow', onError: (e) => failures.push(e.message) })
  if (failures.length > 0) throw new Error(`message "${text}": ${failures.join('; ')}`)
  const body = ast.body
  if ('static' in body && typeof body.static === 'string') return `s(${JSON.stringify(body.static)})`
  return code
}

function compileTree(tree: Tree): string {
  const fields = Object.entries(tree).map(
    ([key, value]) => `${JSON.stringify(key)}:${typeof value === 'string' ? compileMessage(value) : compileTree(value)}`,
  )
  return `{${fields.join(',')}}`
}

/** Turns `locales/{en,id}.json` into modules of message functions. */
export function messages(): Plugin {
  return {
    name: 'nusantara:messages',
    enforce: 'pre',
    async resolveId(source, importer) {
      if (!/\/locales\/(?:en|id)\.json$/.test(source)) return null
      const found = await this.resolve(source, importer, { skipSelf: true })
      return found === null ? null : `\0${found.id.replace(/\.json$/, marker)}`
    },
    load(id) {
      if (!id.startsWith('\0') || !id.endsWith(marker)) return null
      const file = id.slice(1, -marker.length) + '.json'
      this.addWatchFile(file)
      const tree: Tree = JSON.parse(readFileSync(file, 'utf8'))
      return { code: `const s=v=>c=>c.normalize([v]);export default ${compileTree(tree)}`, map: null }
    },
  }
}
