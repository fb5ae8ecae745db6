/* Words of what is opened now and then. */
import importAccount from '@/features/accounts/importing/locales/id.json'
import renameAccount from '@/features/accounts/rename/locales/id.json'
import auditCheck from '@/features/audit/check/locales/id.json'
import me from '@/features/me/locales/id.json'
import people from '@/features/people/locales/id.json'
import schedules from '@/features/schedules/locales/id.json'
import databases from '@/features/databases/locales/id.json'
import domainProof from '@/features/sites/proof/locales/id.json'
import away from '@/shell/away/locales/id.json'

export default { people, away, schedules, me, auditCheck, renameAccount, importAccount, domainProof, databases }
