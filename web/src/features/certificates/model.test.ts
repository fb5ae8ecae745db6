import { describe, expect, it } from 'vitest'
import { uploadFaults } from './model'

const chain = '-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----'
const key = '-----BEGIN EC PRIVATE KEY-----\nA\n-----END EC PRIVATE KEY-----'

describe('a certificate to be uploaded', () => {
  it('has a chain and a key, each in its place', () => {
    expect(uploadFaults({ chain, key })).toEqual({})
    expect(Object.keys(uploadFaults({ chain: key, key: chain }))).toEqual(['chain', 'key'])
  })

  it('has a key without a password', () => {
    expect(uploadFaults({ chain, key: '-----BEGIN ENCRYPTED PRIVATE KEY-----' }).key).toEqual({ key: 'certificates.upload.locked' })
  })
})
