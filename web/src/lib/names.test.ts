import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { asciiDomain, domainFault, emailFault, knownSentence, reservedTopLevels, reservedUsernames, serverSentences, usernameFault } from './names'

const names = readFileSync('../crates/types/src/names.rs', 'utf8')
const php = readFileSync('../crates/types/src/php.rs', 'utf8')
const list = (name: string) =>
  [...(new RegExp(`const ${name}: &\\[&str\\] =\\s*&\\[([^\\]]*)\\]`).exec(names)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map((m) => m[1])

describe('the grammar is the server’s', () => {
  it('reserves the same names', () => {
    expect(reservedUsernames).toEqual(list('RESERVED'))
    expect(reservedTopLevels).toEqual(list('RESERVED_TLDS'))
  })

  it('knows sentences that the server still says', () => {
    for (const [sentence] of serverSentences) expect(names + php).toContain(sentence)
    expect(knownSentence('username: this name is reserved for the system; choose another')).toBe('product.names.usernameReserved')
    expect(knownSentence('something new')).toBeUndefined()
  })

  it('judges user names', () => {
    for (const ok of ['joko', 'abc', 'a1234567890abcde']) expect(usernameFault(ok)).toBeUndefined()
    for (const bad of ['', 'jo', 'Joko', '1joko', 'jo ko', 'joko\n', '-joko', 'jo-ko', 'a1234567890abcdef', 'jöko']) expect(usernameFault(bad)).toBe('product.names.username')
    for (const bad of ['root', 'mysql', 'nusantara']) expect(usernameFault(bad)).toBe('product.names.usernameReserved')
  })

  it('judges domains', () => {
    for (const ok of ['example.com', 'EXAMPLE.com', 'joko.test', 'münchen.de', 'a.b.c.example.co.id', 'xn--mnchen-3ya.de']) expect(domainFault(ok)).toBeUndefined()
    const refused = ['', 'com', 'localhost', 'a..b', '-a.com', 'a-.com', 'a b.com', 'a;b.com', '*.example.com', 'example.com/', '_dmarc.example.com', 'a.com:80', '$host.com', 'a.com.']
    for (const bad of refused) expect(domainFault(bad), bad).toBe('product.names.domain')
    expect(domainFault('foo.localhost')).toBe('product.names.domainReserved')
    expect(domainFault('1.2.3.4')).toBe('product.names.domainAddress')
    expect(asciiDomain('Bücher.Example.COM')).toBe('xn--bcher-kva.example.com')
  })

  it('judges e-mail addresses', () => {
    for (const ok of ['a@example.com', 'a.b+c@example.co.id']) expect(emailFault(ok)).toBeUndefined()
    for (const bad of ['a', 'a@', '@b.com', 'a b@c.com', 'a..b@c.com', '-a@b.com']) expect(emailFault(bad)).toBe('product.names.email')
  })
})
