// npm run e2e:mock -- […]: the browser tests against the mock, for work on the tests themselves. Needs root: the made-up sites answer
// on ports 80 and 443 of a network namespace of their own.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildForDev } from './build.mjs'
import { createMock } from './mock.mjs'

if (process.env.IN_NAMESPACE !== '1') {
  const inside = spawnSync('unshare', ['-n', 'sh', '-c', 'ip link set lo up && exec node "$@"', 'sh', ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, IN_NAMESPACE: '1' } })
  process.exit(inside.status ?? 1)
}

await buildForDev()
const mock = createMock({ state: 'setup', stepTime: 60, quiet: true })
const panel = await mock.listen()
const answer = (request, response) => {
  const found = mock.site(request.headers.host, request.url, request.socket.encrypted === true)
  if (!found) return response.writeHead(404).end()
  response.writeHead(found.status, { 'content-type': 'text/html', ...found.headers })
  return response.end(`<!doctype html><title>${found.domain}</title><h1>${found.domain}</h1><dl><dt>UID</dt><dd>${found.uid}</dd></dl>`)
}
const folder = mkdtempSync(path.join(tmpdir(), 'sites-'))
const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name))
spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=test', '-keyout', key, '-out', cert], { stdio: 'ignore' })
http.createServer(answer).listen(80, '127.0.0.1')
https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, answer).listen(443, '127.0.0.1')
const env = { ...process.env, NUSANTARA_PANEL_URL: panel, NUSANTARA_HOST_ADDRESS: '127.0.0.1', NUSANTARA_SETUP_TOKEN: 'kunci' }
const tests = spawn('npx', ['playwright', 'test', ...process.argv.slice(2)], { stdio: 'inherit', env })
tests.on('exit', (code) => process.exit(code ?? 1))
