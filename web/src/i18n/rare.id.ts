/* Words of what is opened now and then. */
import renameAccount from '@/features/accounts/rename/locales/id.json'
import auditCheck from '@/features/audit/check/locales/id.json'
import me from '@/features/me/locales/id.json'
import people from '@/features/people/locales/id.json'

export default { people, me, auditCheck, renameAccount }
