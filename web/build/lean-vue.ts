import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const virtual = '\0vue-for-i18n'

/**
 * vue-i18n looks up one name in Vue's whole namespace at run time, which makes the bundler keep every export of Vue: custom
 * elements, hydration, transition groups, 10 KiB that no page uses. It gets a module with just the names that it imports.
 */
export function leanVue(): Plugin {
  let wanted = ''
  return {
    name: 'nusantara:lean-vue',
    apply: 'build',
    enforce: 'pre',
    resolveId(source, importer) {
      if (source !== 'vue' || importer === undefined || !/\/node_modules\/vue-i18n\//.test(importer)) return null
      wanted = importer
      return virtual
    },
    load(id) {
      if (id !== virtual) return null
      const code = readFileSync(wanted, 'utf8')
      const names = new Set(['getCurrentInstance'])
      for (const [, list = ''] of code.matchAll(/import \{([^}]+)\} from 'vue'/g)) for (const name of list.split(',')) names.add(name.trim())
      return `export { ${[...names].join(', ')} } from 'vue'`
    },
  }
}
