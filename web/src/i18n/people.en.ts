import me from '@/features/me/locales/en.json'
import people from '@/features/people/locales/en.json'

export default { people, me }
