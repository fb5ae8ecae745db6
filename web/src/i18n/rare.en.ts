/* Words of what is opened now and then. */
import importAccount from '@/features/accounts/importing/locales/en.json'
import renameAccount from '@/features/accounts/rename/locales/en.json'
import auditCheck from '@/features/audit/check/locales/en.json'
import me from '@/features/me/locales/en.json'
import people from '@/features/people/locales/en.json'
import schedules from '@/features/schedules/locales/en.json'
import databases from '@/features/databases/locales/en.json'
import domainProof from '@/features/sites/proof/locales/en.json'
import away from '@/shell/away/locales/en.json'

export default { people, away, schedules, me, auditCheck, renameAccount, importAccount, domainProof, databases }
