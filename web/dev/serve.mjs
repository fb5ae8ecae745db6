// npm run dev:mock -- [setup|empty|full|many] [port]: the built UI with made-up answers.
import { createMock } from './mock.mjs'
import { buildForDev } from './build.mjs'

await buildForDev()
const [state = 'full', port = '4173'] = process.argv.slice(2)
const address = await createMock({ state }).listen(Number(port))
console.log(`${address} (${state}); any password but "salah" logs in, the setup token is "kunci"`)
