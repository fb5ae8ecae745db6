import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Plugin } from 'vite'

/**
 * Loads one small classic script before anything is painted, so that the page never flashes in the wrong theme. It is a file
 * of its own because `script-src 'self'` allows no inline script.
 */
export function firstScript(source: string): Plugin {
  let file = ''
  let fileName = ''
  return {
    name: 'nusantara:first-script',
    configResolved(config) {
      file = path.resolve(config.root, source)
      const hash = createHash('sha256').update(readFileSync(file)).digest('base64url').slice(0, 8)
      fileName = config.command === 'build' ? `assets/first-${hash}.js` : source
    },
    generateBundle() {
      const code = readFileSync(file, 'utf8').replace(/^\s*\/\/.*\n/gm, '')
      this.emitFile({ type: 'asset', fileName, source: code })
    },
    transformIndexHtml: () => [{ tag: 'script', attrs: { src: `/${fileName}` }, injectTo: 'head-prepend' }],
  }
}
