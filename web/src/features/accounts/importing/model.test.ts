import { describe, expect, it } from 'vitest'
import { read } from './model'

const document = (username: unknown) => JSON.stringify({ account: { username }, domains: { primary: { domain: 'toko.id' }, addon_domains: [{ domain: 'satu.id' }, { domain: 7 }] } })

describe('a document of an account', () => {
  it('is known by its parts', () => {
    expect(read(document('siti'))).toMatchObject({ name: 'siti', domains: ['toko.id', 'satu.id'] })
  })

  it('may be of a name that no account can have here', () => {
    expect(read(document('root'))?.name).toBe('')
    expect(read(document(['siti']))?.name).toBe('')
  })

  it.each(['', '{', 'null', '[]', '"text"', '{"account":{}}', '{"account":[],"domains":{}}'])('is not %j', (contents) => {
    expect(read(contents)).toBeUndefined()
  })
})
