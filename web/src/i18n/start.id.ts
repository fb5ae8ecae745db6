import auth from '@/features/auth/locales/id.json'
import setup from '@/features/setup/locales/id.json'
import problem from '@/product/problem/locales/id.json'
import common from './locales/id.json'

export default { common, auth, setup, problem }
