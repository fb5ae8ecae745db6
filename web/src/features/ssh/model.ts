/** What an owner sets for logins, and how one logs in. Pure. */
import type { AccountSsh, UpdateSsh } from '@/api/types'

export const modes = ['disabled', 'sftp_chroot', 'shell'] as const
export const switches = ['allow_password', 'allow_port_forwarding', 'allow_agent_forwarding', 'allow_x11_forwarding'] as const

export type Switch = (typeof switches)[number]
export type SshForm = Required<UpdateSsh>

export function needsShell(name: Switch): boolean {
  return name === 'allow_agent_forwarding' || name === 'allow_x11_forwarding'
}

/** What only a shell has is off without one. */
export function formOf(ssh: UpdateSsh): SshForm {
  const on = (name: Switch) => ssh[name] === true && (ssh.mode === 'shell' || !needsShell(name))
  return {
    mode: ssh.mode,
    allow_password: on('allow_password'),
    allow_port_forwarding: on('allow_port_forwarding'),
    allow_agent_forwarding: on('allow_agent_forwarding'),
    allow_x11_forwarding: on('allow_x11_forwarding'),
  }
}

/** The command that logs in; none while nobody gets in. */
export function command(ssh: AccountSsh, username: string, host: string): string | undefined {
  if (ssh.mode === 'disabled' || ssh.port == null) return undefined
  const [program, option] = ssh.mode === 'shell' ? ['ssh', '-p'] : ['sftp', '-P']
  return `${program}${ssh.port === 22 ? '' : ` ${option} ${ssh.port}`} ${username}@${host}`
}
