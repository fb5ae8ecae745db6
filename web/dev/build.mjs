import { build } from 'vite'

/** Builds the UI as it ships, into a folder that only the mock serves. */
export async function buildForDev() {
  await build({ logLevel: 'warn', build: { outDir: 'node_modules/.cache/dev-dist', emptyOutDir: true, sourcemap: process.env.SOURCEMAP === '1' } })
}
