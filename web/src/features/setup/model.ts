/** First run: what is accepted, and an honest guess at how long a password would hold. Pure. */
import * as v from 'valibot'

const bytes = (text: string) => new TextEncoder().encode(text).length

export const setupSchema = v.object({
  token: v.pipe(v.string(), v.trim(), v.nonEmpty('setup.errors.token')),
  username: v.pipe(v.string(), v.trim(), v.regex(/^[A-Za-z0-9._-]{3,32}$/, 'setup.errors.username')),
  password: v.pipe(
    v.string(),
    v.check((p) => bytes(p) >= 12, 'setup.errors.passwordShort'),
    v.check((p) => bytes(p) <= 256, 'setup.errors.passwordLong'),
  ),
})

/** 0 too short, 1 weak, 2 fair, 3 good, 4 strong. */
export type Strength = 0 | 1 | 2 | 3 | 4

const common = ['password', 'kata', 'sandi', 'rahasia', 'admin', 'nusantara', 'indonesia', 'qwerty', 'asdf', 'letmein', 'welcome', 'bismillah', 'sayang']

/**
 * An estimate in bits from the alphabet used and the length, after taking out what guessers try first: known words, runs such
 * as `1234` or `aaaa`, and the login's own name. It is advice; the rule is the length.
 */
export function strength(password: string, username: string): Strength {
  if (bytes(password) < 12) return 0
  let rest = password.toLowerCase()
  for (const word of [...common, username.toLowerCase()]) {
    if (word.length >= 3) rest = rest.replaceAll(word, '~')
  }
  let counted = 0
  for (let i = 0; i < rest.length; i += 1) {
    const step = rest.charCodeAt(i) - rest.charCodeAt(i - 1)
    const inRun = i > 1 && step === rest.charCodeAt(i - 1) - rest.charCodeAt(i - 2) && Math.abs(step) <= 1
    counted += inRun ? 0.2 : 1
  }
  const alphabet = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].reduce((sum, set, i) => sum + (set.test(password) ? ([26, 26, 10, 20][i] ?? 0) : 0), 0)
  const bits = counted * Math.log2(Math.max(alphabet, 2)) * (new Set(rest).size < 6 ? 0.5 : 1)
  if (bits < 45) return 1
  if (bits < 64) return 2
  if (bits < 85) return 3
  return 4
}
