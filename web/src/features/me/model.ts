/** The browser and system that a `User-Agent` names, as far as people care. Undefined when it says neither. */
export function deviceOf(agent: string): string | undefined {
  const own = /^nusantara\/\S+/.exec(agent)
  if (own) return own[0]
  const browser = [/(Firefox)\/\d/, /(Edg)\/\d/, /(OPR)\/\d/, /(Chrome)\/\d/, /(Safari)\/\d/].map((one) => one.exec(agent)?.[1]).find((name) => name !== undefined)
  const system = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS', 'Linux'].find((name) => agent.includes(name))
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera' }
  const parts = [browser === undefined ? undefined : (names[browser] ?? browser), system].filter((part) => part !== undefined)
  return parts.length > 0 ? parts.join(' · ') : undefined
}
