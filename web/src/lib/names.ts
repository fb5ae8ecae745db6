/**
 * The grammar of names, as `crates/types/src/names.rs` has it, so that a form can say what is wrong before the server does.
 * The server decides; names.test.ts holds the two together. Checks answer with the message key of what is wrong.
 */

/** Names of system users and services that an account must never shadow. */
export const reservedUsernames: readonly string[] = `
admin administrator adm anonymous apache apt audio avahi backup bin bind bitcoin clamav cdrom colord cron crontab daemon
debian default dev dialout dip disk dns docker dovecot etc exim fax floppy fpm ftp ftpd fwupd games git gnats guest halt
home http httpd import info input irc kmem kvm list localhost lost lp lpadmin lxd mail mailman mailnull man mariadb master
memcache memcached messagebus monit mongodb munin mysql named netdata network news nginx nobody nogroup none ntp null
nusantara nusantarad operator panel plugdev pma postfix postgres postgresql postmaster proc proftpd proxy public pulse
rabbitmq redis render root roundcube rpc rtkit sasl saned server sgx shadow shutdown sieve smmsp spool src ssh sshd ssl
staff static statd sudo support sync sys syslog system systemd tape tcpdump test tftp tmp toor tss tty ubuntu user users
utmp uucp uuidd varnish vault vcsa video virtual voice vmail webmail webmaster whoopsie wheel www wwwdata wwwrun
`
  .trim()
  .split(/\s+/)

export const reservedTopLevels: readonly string[] = 'localhost local invalid onion arpa internal alt home lan corp'.split(' ')

export function usernameFault(text: string): string | undefined {
  if (!/^[a-z][a-z0-9]{2,15}$/.test(text)) return 'product.names.username'
  if (reservedUsernames.includes(text)) return 'product.names.usernameReserved'
  return undefined
}

/** The ASCII form of a domain name, `münchen.de` as `xn--mnchen-3ya.de`; undefined when it has none. */
export function asciiDomain(text: string): string | undefined {
  if (text === '' || text.length > 1_024 || /[/:@*% [\]?#\\]/.test(text)) return undefined
  try {
    return new URL(`http://${text}`).hostname
  } catch {
    return undefined
  }
}

export function domainFault(text: string): string | undefined {
  // A URL takes `1.2` for the address 1.0.0.2, so addresses are looked for in what was typed.
  const typedTop = text.slice(text.lastIndexOf('.') + 1)
  if (/^\d+$/.test(typedTop) && /^[\d.]+$/.test(text)) return 'product.names.domainAddress'
  const ascii = asciiDomain(text)
  if (ascii === undefined || ascii.length > 253) return 'product.names.domain'
  const labels = ascii.split('.')
  if (labels.length < 2 || !labels.every((l) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(l))) return 'product.names.domain'
  const top = labels.at(-1) ?? ''
  if (/^\d+$/.test(top)) return 'product.names.domainAddress'
  if (reservedTopLevels.includes(top)) return 'product.names.domainReserved'
  return undefined
}

export function emailFault(text: string): string | undefined {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  const localOk = at > 0 && local.length <= 64 && /^[A-Za-z0-9._+-]+$/.test(local) && !/^[.-]|\.$|\.\./.test(local)
  return text.length <= 254 && localOk && domainFault(text.slice(at + 1)) === undefined ? undefined : 'product.names.email'
}

/** What the server says about a value, by a part of its sentence, and our words for it. */
export const serverSentences: readonly (readonly [sentence: string, key: string])[] = [
  ['use 3 to 16 characters, lower-case letters and digits, starting with a letter', 'product.names.username'],
  ['this name is reserved for the system; choose another', 'product.names.usernameReserved'],
  ['give a full domain name such as example.com', 'product.names.domain'],
  ['an IP address cannot be a site; give a domain name', 'product.names.domainAddress'],
  ['names under this top-level domain are reserved and cannot be hosted', 'product.names.domainReserved'],
  ['this is a public suffix that belongs to everybody; give a name below it', 'product.names.domainPublic'],
  ['give an address such as name@example.com', 'product.names.email'],
  ['give a version that is installed on the host, such as 8.2', 'product.names.php'],
]

export function knownSentence(text: string): string | undefined {
  return serverSentences.find(([sentence]) => text.includes(sentence))?.[1]
}
