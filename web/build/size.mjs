// Prints what the browser downloads and fails when it is more than the budget (DESIGN 10): script and style, brotli.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const KIB = 1024
const budgets = { login: 60 * KIB, all: 200 * KIB }

const { folder, chunks, assets } = JSON.parse(readFileSync('node_modules/.cache/graph.json', 'utf8'))
const counted = (file) => /\.(?:js|css)$/.test(file)
const size = (file) => readFileSync(path.join(folder, `${file}.br`)).length
const byModule = (suffix) => {
  const found = chunks.find((c) => c.module?.endsWith(suffix))
  if (found === undefined) throw new Error(`no chunk for ${suffix}`)
  return found.file
}

/** Every file that has to be there before `files` run. */
function closure(files, seen = new Set()) {
  for (const file of files) {
    if (seen.has(file)) continue
    seen.add(file)
    const chunk = chunks.find((c) => c.file === file)
    if (chunk !== undefined) closure([...chunk.imports, ...chunk.css], seen)
  }
  return seen
}

const always = [...chunks.filter((c) => c.entry).map((c) => c.file), ...assets.filter((a) => /first-.*\.js$/.test(a))]
const start = { id: byModule('i18n/start.id.ts'), en: byModule('i18n/start.en.ts') }
const larger = size(start.id) > size(start.en) ? start.id : start.en
const login = closure([...always, larger, byModule('src/start.ts')])
// Nobody downloads both languages: as for the login page, the larger one counts.
const words = { id: byModule('i18n/app.id.ts'), en: byModule('i18n/app.en.ts') }
const rare = { id: byModule('i18n/rare.id.ts'), en: byModule('i18n/rare.en.ts') }
const other = size(words.id) > size(words.en) ? [words.en, start.en, rare.en] : [words.id, start.id, rare.id]
const everything = [...chunks.map((c) => c.file), ...assets].filter((file) => counted(file) && !other.includes(file))
// The budget is for what daily work loads. What is opened now and then is loaded when it is, like terminal, editor and charts (UI.md),
// and told beside the budget.
const nowAndThen = /\/src\/(?:features\/(?:people|me|setup|schedules|databases)\/|features\/jobs\/components\/JobCancel|i18n\/rare\.|features\/auth\/views\/WelcomeView|features\/accounts\/(?:components\/AccountHistory|rename\/|importing\/)|features\/sites\/proof\/|features\/drift\/components\/AccountDrift|features\/audit\/check\/|shell\/(?:ViewBanner|CommandPalette|away\/))/
const daily = closure([...assets, ...chunks.filter((c) => c.entry || (c.module && !nowAndThen.test(c.module))).map((c) => c.file)])
const all = everything.filter((file) => daily.has(file))
const opened = everything.filter((file) => !daily.has(file))

const sum = (files) => [...files].filter(counted).reduce((total, file) => total + size(file), 0)
const kib = (bytes) => `${(bytes / KIB).toFixed(1)} KiB`

for (const file of [...everything].sort((a, b) => size(b) - size(a))) {
  console.log(`${kib(size(file)).padStart(10)}  ${login.has(file) ? 'login' : '     '}  ${file}`)
}
let failed = false
for (const [name, files] of [['login', login], ['all', all]]) {
  const bytes = sum(files)
  const over = bytes > budgets[name]
  failed ||= over
  console.log(`${name}: ${kib(bytes)} of ${kib(budgets[name])}${over ? ' — OVER BUDGET' : ''}`)
}
console.log(`loaded when opened: ${kib(sum(opened))}`)
process.exit(failed ? 1 : 0)
