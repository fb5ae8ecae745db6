/* Words of what is opened now and then. */
import renameAccount from '@/features/accounts/rename/locales/en.json'
import auditCheck from '@/features/audit/check/locales/en.json'
import me from '@/features/me/locales/en.json'
import people from '@/features/people/locales/en.json'

export default { people, me, auditCheck, renameAccount }
