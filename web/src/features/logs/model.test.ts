import { expect, it } from 'vitest'
import { appended, matching, MOST_LINES, parseAccess, statusTone } from './model'

const line =
  '{"time":"2026-11-21T13:30:00+00:00","address":"203.0.113.9","host":"joko.test","method":"GET","uri":"/a?b=\\"c\\"","protocol":"HTTP/2.0","status":"404","bytes":153,"seconds":0.004,"referer":"","agent":"curl/7.88"}'

it('reads a request as the web server writes it', () => {
  expect(parseAccess({ id: 3, text: line })).toMatchObject({ id: 3, status: 404, bytes: 153, milliseconds: 4, method: 'GET', uri: '/a?b="c"', address: '203.0.113.9' })
})

it('takes nothing else for one', () => {
  for (const text of ['', 'null', '{}', line.slice(0, 60), line.replace('"404"', '"x"')]) expect(parseAccess({ id: 1, text })).toBeUndefined()
})

it('colours only what is wrong', () => {
  expect([200, 301, 404, 502].map(statusTone)).toEqual(['plain', 'quiet', 'warn', 'bad'])
})

it('adds lines up and keeps the newest', () => {
  const some = appended([], ['a', 'b'])
  expect(appended(some, [])).toBe(some)
  expect(appended(some, ['c']).map(({ id, text }) => `${id}${text}`)).toEqual(['1a', '2b', '3c'])
  const many = appended(some, Array.from({ length: MOST_LINES }, (_, n) => String(n)))
  expect([many.length, many[0]?.id]).toEqual([MOST_LINES, 3])
})

it('finds lines by every word', () => {
  expect(matching(appended([], ['GET /a 404', 'GET /b 200']), '404 get').map((l) => l.text)).toEqual(['GET /a 404'])
})
