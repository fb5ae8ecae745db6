import { describe, expect, it } from 'vitest'
import { parseSort, printSort, sorted } from './table'

describe('sorting', () => {
  const fallback = { key: 'name', descending: false }

  it('reads and writes the URL form', () => {
    expect(parseSort('-age', ['name', 'age'], fallback)).toEqual({ key: 'age', descending: true })
    expect(parseSort('age; drop', ['name', 'age'], fallback)).toEqual(fallback)
    expect(parseSort(['age'], ['age'], fallback)).toEqual(fallback)
    expect(printSort({ key: 'age', descending: true })).toBe('-age')
  })

  it('compares text as people do and leaves the rows alone', () => {
    const rows = ['shop10', 'shop9', 'Apel']
    expect(sorted(rows, (r) => r, false, 'id')).toEqual(['Apel', 'shop9', 'shop10'])
    expect(rows[0]).toBe('shop10')
  })

  it('puts absent values last in both directions', () => {
    const rows = [{ n: null }, { n: 1 }, { n: 2 }]
    expect(sorted(rows, (r) => r.n, false, 'en').map((r) => r.n)).toEqual([1, 2, null])
    expect(sorted(rows, (r) => r.n, true, 'en').map((r) => r.n)).toEqual([2, 1, null])
  })
})
