import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)
const worthIt = /\.(?:js|css|html|svg|json)$/

/** Puts a `.br` and a `.gz` beside every text file, so that the server never compresses at run time. */
export function compress(): Plugin {
  let folder = ''
  return {
    name: 'nusantara:compress',
    apply: 'build',
    configResolved(config) {
      folder = path.resolve(config.root, config.build.outDir)
    },
    async writeBundle() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      const files = entries.filter((e) => e.isFile() && worthIt.test(e.name)).map((e) => path.join(e.parentPath, e.name))
      await Promise.all(
        files.map(async (file) => {
          const bytes = await readFile(file)
          const quality = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
          await writeFile(`${file}.br`, await toBrotli(bytes, { params: quality }))
          await writeFile(`${file}.gz`, await toGzip(bytes, { level: 9 }))
        }),
      )
    },
  }
}
