import { expect, test } from 'vitest'
import type { RevisionView } from '@/api/types'
import { changesOf, jobKindOf } from './history'

test('what was done is named as the job that does it', () => {
  expect(['create', 'site_add', 'site_remove', 'php_update', 'app_put', 'ssh_key_add', 'rollback'].map(jobKindOf)).toEqual([
    'account.create',
    'site.create',
    'site.delete',
    'php.update',
    'app.put',
    'ssh_key.create',
    'account.rollback',
  ])
  expect(jobKindOf(null)).toBe('?')
})

test('changes are told in one line', () => {
  const change = (field: string, action: 'create' | 'update' | 'remove') => ({ file: 'x.json', field, action, before: null, after: null, hidden: false })
  const one: RevisionView = { number: 2, revision: '', current: true, changes: [change('a', 'create'), change('b', 'update'), change('c', 'remove')], more_changes: 2 }
  expect(changesOf(one)).toBe('+a, b, −c, +2 …')
})
