import auth from '@/features/auth/locales/en.json'
import setup from '@/features/setup/locales/en.json'
import problem from '@/product/problem/locales/en.json'
import common from './locales/en.json'

export default { common, auth, setup, problem }
