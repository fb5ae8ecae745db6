import { expect, it } from 'vitest'
import { detailLines } from './diff'

it('reads a unified diff', () => {
  const kinds = detailLines('--- a\n+++ b\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n').map((l) => l.kind)
  expect(kinds).toEqual(['place', 'place', 'place', 'plain', 'removed', 'added'])
})

it('takes a list with hyphens for what it is', () => {
  expect(detailLines('- /home/joko/tmp\n- /home/joko/backups').map((l) => l.kind)).toEqual(['plain', 'plain'])
})
