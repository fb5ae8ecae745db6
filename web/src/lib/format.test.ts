import { describe, expect, it } from 'vitest'
import { absolute, cores, duration, mebibytes, relative, shortHash } from './format'

describe('format', () => {
  it('gives sizes in IEC units with the language’s decimal sign', () => {
    expect(mebibytes(512, 'en')).toBe('512 MiB')
    expect(mebibytes(1536, 'id')).toBe('1,5 GiB')
    expect(mebibytes(0, 'en')).toBe('0 MiB')
    expect(mebibytes(5 * 1024 * 1024, 'en')).toBe('5 TiB')
  })

  it('gives cores for percent of a core', () => {
    expect(cores(150, 'en')).toBe('1.5')
    expect(cores(100, 'id')).toBe('1')
  })

  it('tells times relative to now', () => {
    const now = new Date('2026-11-20T12:00:00Z')
    const ago = (seconds: number) => relative(new Date(now.getTime() - seconds * 1000), now, 'en')
    expect(ago(3)).toBe('just now')
    expect(ago(40)).toBe('40 seconds ago')
    expect(ago(60)).toBe('1 minute ago')
    expect(ago(3599)).toBe('59 minutes ago')
    expect(ago(86_400)).toBe('yesterday')
    expect(ago(400 * 86_400)).toBe('last year')
    expect(relative(new Date(now.getTime() - 120_000), now, 'id')).toBe('2 menit yang lalu')
    expect(absolute(now, 'en')).toContain('2026')
  })

  it('gives durations with as many digits as matter', () => {
    expect(duration(12.3, 'en')).toBe('12 ms')
    expect(duration(-4, 'en')).toBe('0 ms')
    expect(duration(840, 'id')).toBe('0,84 s')
    expect(duration(200, 'en')).toBe('0.20 s')
    expect(duration(12_440, 'en')).toBe('12.4 s')
    expect(duration(185_000, 'en')).toBe('3 min 5 s')
  })

  it('shortens hashes', () => {
    expect(shortHash('sha256:0123456789abcdef')).toBe('0123456789')
  })
})
