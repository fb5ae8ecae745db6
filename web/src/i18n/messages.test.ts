import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { i18n, needWords, switchLanguage } from '.'

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((name) => path.join('src', name))
const folders = files.filter((name) => name.endsWith('/locales'))

function keys(tree: unknown, prefix = ''): string[] {
  if (typeof tree !== 'object' || tree === null) return [prefix]
  return Object.entries(tree).flatMap(([key, value]) => keys(value, prefix === '' ? key : `${prefix}.${key}`))
}
function texts(tree: unknown): string[] {
  return typeof tree === 'object' && tree !== null ? Object.values(tree).flatMap(texts) : [String(tree)]
}
const read = (folder: string, language: string): unknown => JSON.parse(readFileSync(path.join(folder, `${language}.json`), 'utf8'))
const placeholders = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]))].toSorted()

describe('messages', () => {
  it.each(folders)('%s has the same keys and placeholders in both languages', (folder) => {
    const [en, id] = [read(folder, 'en'), read(folder, 'id')]
    expect(keys(id).toSorted()).toEqual(keys(en).toSorted())
    const english = new Map(keys(en).map((key, i) => [key, texts(en)[i] ?? '']))
    keys(id).forEach((key, i) => expect(placeholders(texts(id)[i] ?? ''), key).toEqual(placeholders(english.get(key) ?? '')))
  })

  it('hold every key that the code names, compiled', async () => {
    await needWords('start')
    await needWords('app')
    await needWords('rare')
    await switchLanguage('en')
    const sources = files.filter((name) => /\.(?:vue|ts)$/.test(name) && !/\.test\.ts$|\.d\.ts$/.test(name))
    const named = new Set(
      sources.flatMap((name) => [...readFileSync(name, 'utf8').matchAll(/(?:\bt|\$t)\(\s*'([a-zA-Z.]+)'|['"]((?:product|accounts|sites|jobs|audit|home|shell|setup|auth|problem|common)\.[a-zA-Z_.]+)['"]/g)].map((m) => m[1] ?? m[2] ?? '')),
    )
    expect(named.size).toBeGreaterThan(200)
    // Some strings name a branch, to which the code adds the leaf.
    const known = new Set(keys(i18n.global.getLocaleMessage('en')))
    const branches = new Set([...known].flatMap((key) => key.split('.').map((_, i, parts) => parts.slice(0, i).join('.'))))
    const missing = [...named].filter((key) => !known.has(key) && !branches.has(key))
    expect(missing).toEqual([])
    expect(i18n.global.t('product.plan.count.remove', { n: 3 }, 3)).toBe('3 removals')
    expect(i18n.global.t('product.names.email')).toContain('name@example.com')
  })
})
