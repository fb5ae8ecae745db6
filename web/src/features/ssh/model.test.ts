import { describe, expect, it } from 'vitest'
import type { AccountSsh } from '@/api/types'
import { command, formOf } from './model'

const ssh: AccountSsh = {
  mode: 'shell', allow_password: false, allow_port_forwarding: true, allow_agent_forwarding: true, allow_x11_forwarding: false,
  keys: [], port: 22, unavailable: null, last_login_ip: null, last_login_at: null,
}

describe('logging in', () => {
  it('has one exact command', () => {
    expect(command(ssh, 'joko', 'a.test')).toBe('ssh joko@a.test')
    expect(command({ ...ssh, mode: 'sftp_chroot', port: 2222 }, 'joko', 'a.test')).toBe('sftp -P 2222 joko@a.test')
    expect(command({ ...ssh, mode: 'disabled' }, 'joko', 'a.test')).toBeUndefined()
    expect(command({ ...ssh, port: null }, 'joko', 'a.test')).toBeUndefined()
  })
  it('forwards an agent only into a shell', () => {
    expect(formOf(ssh).allow_agent_forwarding).toBe(true)
    expect(formOf({ ...ssh, mode: 'sftp_chroot' })).toEqual({ mode: 'sftp_chroot', allow_password: false, allow_port_forwarding: true, allow_agent_forwarding: false, allow_x11_forwarding: false })
  })
})
