import { mkdirSync, writeFileSync } from 'node:fs'
import type { Plugin } from 'vite'

/** Writes which file loads which, for build/size.mjs. Kept out of dist: visitors have no business with it. */
export function graph(): Plugin {
  return {
    name: 'nusantara:graph',
    apply: 'build',
    writeBundle(options, bundle) {
      const chunks = Object.values(bundle).flatMap((file) =>
        file.type === 'chunk'
          ? [
              {
                file: file.fileName,
                entry: file.isEntry,
                module: file.facadeModuleId?.replace(/^\0/, '') ?? null,
                imports: file.imports,
                css: [...(file.viteMetadata?.importedCss ?? [])],
              },
            ]
          : [],
      )
      const assets = Object.values(bundle).flatMap((file) => (file.type === 'asset' ? [file.fileName] : []))
      mkdirSync('node_modules/.cache', { recursive: true })
      writeFileSync('node_modules/.cache/graph.json', JSON.stringify({ folder: options.dir, chunks, assets }, null, 1))
    },
  }
}
