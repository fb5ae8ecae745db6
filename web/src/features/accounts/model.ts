/** What an account's form accepts and how the list is narrowed. Pure. */
import * as v from 'valibot'
import type { Account, CreateAccount } from '@/api/types'
import { asciiDomain, domainFault, emailFault, usernameFault } from '@/lib/names'

/** A check that answers with a message key, as a valibot action. */
function faultless(fault: (text: string) => string | undefined) {
  return v.rawCheck<string>(({ dataset, addIssue }) => {
    const message = dataset.typed ? fault(dataset.value) : undefined
    if (message !== undefined) addIssue({ message })
  })
}

export const domainField = v.pipe(v.string(), v.trim(), faultless(domainFault))

export const accountSchema = v.object({
  username: v.pipe(v.string(), v.trim(), faultless(usernameFault)),
  primary_domain: domainField,
  package: v.pipe(v.string(), v.nonEmpty('product.names.package')),
  contact_email: v.pipe(
    v.string(),
    v.trim(),
    faultless((text) => (text === '' ? undefined : emailFault(text))),
  ),
  php_version: v.string(),
})

export type AccountForm = v.InferOutput<typeof accountSchema>

/** Fields that may stay empty are left out rather than sent empty. */
export function requestOf(form: AccountForm): CreateAccount {
  return {
    username: form.username,
    primary_domain: asciiDomain(form.primary_domain) ?? form.primary_domain,
    package: form.package,
    ...(form.contact_email === '' ? {} : { contact_email: form.contact_email }),
    ...(form.php_version === '' ? {} : { php_version: form.php_version }),
  }
}

export function matches(account: Account, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  const text = `${account.username} ${account.primary_domain} ${account.package} ${account.contact_email ?? ''} ${account.uid ?? ''}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

export const sortable = ['username', 'primary_domain', 'package', 'site_count', 'created_at'] as const
export type SortKey = (typeof sortable)[number]

export const sortValue: Record<SortKey, (account: Account) => string | number> = {
  username: (a) => a.username,
  primary_domain: (a) => a.primary_domain,
  package: (a) => a.package,
  site_count: (a) => a.site_count,
  created_at: (a) => Date.parse(a.created_at),
}
