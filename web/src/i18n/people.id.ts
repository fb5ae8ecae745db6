import me from '@/features/me/locales/id.json'
import people from '@/features/people/locales/id.json'

export default { people, me }
