/** Numbers, sizes and times as people of a language read them. Pure: `now` is a parameter. */

const KIB = 1024

/** Making a formatter costs more than a hundred uses of it, and a table has hundreds. */
function kept<T>(make: (locale: string, options: string) => T): (locale: string, options?: string) => T {
  const made = new Map<string, T>()
  return (locale, options = '') => {
    const key = `${locale} ${options}`
    const found = made.get(key) ?? make(locale, options)
    made.set(key, found)
    return found
  }
}

const relativeFormat = kept((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }))
const absoluteFormat = kept((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }))
const clockFormat = kept((locale) => new Intl.DateTimeFormat(locale, { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' }))
const numberFormat = kept((locale, digits) => {
  const [minimumFractionDigits, maximumFractionDigits] = digits.split('-').map(Number)
  return new Intl.NumberFormat(locale, { minimumFractionDigits: minimumFractionDigits ?? 0, maximumFractionDigits: maximumFractionDigits ?? 0 })
})

/** Mebibytes in the largest unit that keeps the number short: 512 MiB, 1.5 GiB. */
export function mebibytes(value: number, locale: string): string {
  const units = ['MiB', 'GiB', 'TiB', 'PiB']
  let amount = value
  let unit = 0
  while (amount >= KIB && unit < units.length - 1) {
    amount /= KIB
    unit += 1
  }
  return `${number(amount, locale, 1)} ${units[unit]}`
}

/** Bytes in the largest unit that keeps the number short: 512 B, 1.5 KiB, 2 GiB. */
export function bytes(value: number, locale: string): string {
  if (value < KIB) return `${number(value, locale)} B`
  return value < KIB * KIB ? `${number(value / KIB, locale, 1)} KiB` : mebibytes(value / KIB / KIB, locale)
}

export function number(value: number, locale: string, digits = 0, least = 0): string {
  return numberFormat(locale, `${least}-${digits}`).format(value)
}

/** Percent of one core as cores: 150 is 1.5. */
export function cores(percent: number, locale: string): string {
  return number(percent / 100, locale, 2)
}

const steps: readonly [limit: number, seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, 'second'],
  [3_600, 60, 'minute'],
  [86_400, 3_600, 'hour'],
  [30 * 86_400, 86_400, 'day'],
  [365 * 86_400, 30 * 86_400, 'month'],
  [Number.POSITIVE_INFINITY, 365 * 86_400, 'year'],
]

/** "3 minutes ago"; under ten seconds it is "just now". */
export function relative(at: Date, now: Date, locale: string): string {
  const words = relativeFormat(locale)
  const distance = (at.getTime() - now.getTime()) / 1000
  if (Math.abs(distance) < 10) return locale === 'id' ? 'baru saja' : 'just now'
  const step = steps.find(([limit]) => Math.abs(distance) < limit)
  if (step === undefined) return absolute(at, locale)
  return words.format(Math.trunc(distance / step[1]), step[2])
}

export function absolute(at: Date, locale: string): string {
  return absoluteFormat(locale).format(at)
}

/** The moment of a line in a log: short, to the second. */
export function clock(at: Date, locale: string): string {
  return clockFormat(locale).format(at)
}

/** A length of time as a stopwatch shows it: 12 ms, 0.84 s, 12.4 s, 3 min 5 s. Units are those of SI, the same in both languages. */
export function duration(milliseconds: number, locale: string): string {
  if (milliseconds < 100) return `${number(Math.max(0, milliseconds), locale)} ms`
  const seconds = milliseconds / 1000
  if (seconds < 10) return `${number(seconds, locale, 2, 2)} s`
  if (seconds < 60) return `${number(seconds, locale, 1, 1)} s`
  const whole = Math.round(seconds)
  return `${number(Math.floor(whole / 60), locale)} min ${whole % 60} s`
}

/** The first characters of a hash, without its `sha256:`. */
export function shortHash(hash: string): string {
  return hash.replace(/^sha256:/, '').slice(0, 10)
}
