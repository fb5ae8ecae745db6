import { expect, it } from 'vitest'
import type { PhpIni } from '@/api/types'
import { iniChanges, iniFaults, iniForm, iniOf } from './model'

const ini: PhpIni = { memory_limit: 256, display_errors: false, allow_url_fopen: true, 'date.timezone': 'Asia/Jakarta', 'session.gc_maxlifetime': 1_440 }

it('comes back from its form as it went in', () => {
  expect(iniOf(iniForm(ini))).toEqual(ini)
  expect(iniOf(iniForm({}))).toEqual({})
})

it('keeps PHP below the memory of the account', () => {
  expect(iniFaults(iniForm(ini), 256)).toEqual({})
  expect(iniFaults(iniForm(ini), 128)).toEqual({ 'php_ini.memory_limit': { key: 'product.values.range', values: { least: 16, most: 128 } } })
  expect(Object.keys(iniFaults({ max_input_vars: '5', 'date.timezone': 'a;b' }, undefined))).toEqual(['php_ini.max_input_vars', 'php_ini.date.timezone'])
})

it('tells what changes', () => {
  expect(iniChanges(ini, { ...ini, memory_limit: 128, display_errors: true })).toEqual([
    { name: 'memory_limit', before: 256, after: 128 },
    { name: 'display_errors', before: false, after: true },
  ])
})
