/** What a new site's form accepts and how the list is narrowed. Pure. */
import type { CreateAlias, CreateSite, Site } from '@/api/types'
import { asciiDomain, domainFault } from '@/lib/names'
import { docrootFault, type Fault, type Faults } from '@/lib/values'
import { completed, runtimeForm, runtimeSettings, type RuntimeForm } from './settings'
import { runtimeFaults } from './settingsFaults'

export interface SiteForm extends RuntimeForm {
  account: string
  domain: string
  /** A site of its own, or a further name of the primary one. */
  as: 'site' | 'alias'
  /** Empty: the usual place. */
  docroot: string
  allow_below_foreign: boolean
  /** A record in DNS shall be looked for. */
  dns_proof: boolean
}

export const siteFields: readonly string[] = 'account domain docroot php_version proxy app redirect'.split(' ')

export const siteForm = (account: string): SiteForm => ({ ...runtimeForm(), account, domain: '', as: 'site', docroot: '', allow_below_foreign: false, dns_proof: false })

export const domainOf = (form: SiteForm) => asciiDomain(form.domain.trim()) ?? form.domain.trim()

export function siteFaults(form: SiteForm): Faults {
  const found: Record<string, Fault> = form.as === 'alias' ? {} : { ...runtimeFaults(form) }
  const domain = domainFault(form.domain.trim())
  const docroot = form.as === 'alias' || form.docroot.trim() === '' ? undefined : docrootFault(form.docroot.trim())
  if (form.account === '') found['account'] = { key: 'sites.errors.account' }
  if (domain !== undefined) found['domain'] = { key: domain }
  if (docroot !== undefined) found['docroot'] = docroot
  return found
}

/** Where the files of a new site go when nothing else is said. */
export function usualDocroot(form: SiteForm): string {
  const domain = domainOf(form)
  return `domains/${domain === '' ? '…' : domain}/public_html`
}

const consentOf = (form: SiteForm) => ({ ...(form.allow_below_foreign ? { allow_below_foreign: true } : {}), ...(form.dns_proof ? { dns_proof: true } : {}) })

export function requestOf(form: SiteForm): CreateSite {
  const settings = runtimeSettings(form)
  return {
    account: form.account,
    domain: domainOf(form),
    ...(form.docroot.trim() === '' ? {} : { docroot: form.docroot.trim() }),
    ...(Object.keys(settings).length === 0 ? {} : { settings: completed(settings) }),
    ...consentOf(form),
  }
}

export function aliasOf(form: SiteForm): CreateAlias {
  return { domain: domainOf(form), ...consentOf(form) }
}

/** What the new name will be to the account: below one of its domains a subdomain, else a further domain. */
export function kindOf(domain: string, domainsOfAccount: readonly string[]): 'addon' | 'subdomain' {
  const ascii = asciiDomain(domain.trim()) ?? ''
  return domainsOfAccount.some((parent) => ascii.endsWith(`.${parent}`)) ? 'subdomain' : 'addon'
}

export function matches(site: Site, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const text = `${site.domain} ${site.account} ${site.runtime} ${site.php_version ?? ''}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

export const sortable = ['domain', 'account'] as const
export const sortValue: Record<(typeof sortable)[number], (site: Site) => string> = { domain: (s) => s.domain, account: (s) => s.account }
