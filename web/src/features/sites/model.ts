/** What a new site's form accepts and how the list is narrowed. Pure. */
import * as v from 'valibot'
import type { CreateSite, Site } from '@/api/types'
import { domainField } from '@/features/accounts/model'
import { asciiDomain } from '@/lib/names'

export const siteSchema = v.object({
  account: v.pipe(v.string(), v.nonEmpty('sites.errors.account')),
  domain: domainField,
  php_version: v.string(),
})

export type SiteForm = v.InferOutput<typeof siteSchema>

export function requestOf(form: SiteForm): CreateSite {
  return {
    account: form.account,
    domain: asciiDomain(form.domain) ?? form.domain,
    ...(form.php_version === '' ? {} : { php_version: form.php_version }),
  }
}

/** What the new name will be to the account: below one of its domains a subdomain, else a further domain. */
export function kindOf(domain: string, domainsOfAccount: readonly string[]): 'addon' | 'subdomain' {
  const ascii = asciiDomain(domain.trim()) ?? ''
  return domainsOfAccount.some((parent) => ascii.endsWith(`.${parent}`)) ? 'subdomain' : 'addon'
}

export function matches(site: Site, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const text = `${site.domain} ${site.account} ${site.php_version ?? ''}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

export const sortable = ['domain', 'account'] as const
export const sortValue: Record<(typeof sortable)[number], (site: Site) => string> = { domain: (s) => s.domain, account: (s) => s.account }
