// npm run e2e:mock -- […]: the browser tests against the mock, for work on the tests themselves. Needs root: the made-up sites answer
// on port 80 of a network namespace of their own.
import { spawn, spawnSync } from 'node:child_process'
import http from 'node:http'
import { buildForDev } from './build.mjs'
import { createMock } from './mock.mjs'

if (process.env.IN_NAMESPACE !== '1') {
  const inside = spawnSync('unshare', ['-n', 'sh', '-c', 'ip link set lo up && exec node "$@"', 'sh', ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, IN_NAMESPACE: '1' } })
  process.exit(inside.status ?? 1)
}

await buildForDev()
const mock = createMock({ state: 'setup', stepTime: 60 })
const panel = await mock.listen()
const sites = http.createServer((request, response) => {
  const found = mock.site(request.headers.host)
  if (!found) return response.writeHead(404).end()
  response.writeHead(200, { 'content-type': 'text/html' })
  return response.end(`<!doctype html><title>${found.domain}</title><h1>${found.domain}</h1><dl><dt>UID</dt><dd>${found.uid}</dd></dl>`)
})
sites.listen(80, '127.0.0.1')
const env = { ...process.env, NUSANTARA_PANEL_URL: panel, NUSANTARA_HOST_ADDRESS: '127.0.0.1', NUSANTARA_SETUP_TOKEN: 'kunci' }
const tests = spawn('npx', ['playwright', 'test', ...process.argv.slice(2)], { stdio: 'inherit', env })
tests.on('exit', (code) => process.exit(code ?? 1))
