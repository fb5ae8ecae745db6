import accounts from '@/features/accounts/locales/en.json'
import apps from '@/features/apps/locales/en.json'
import audit from '@/features/audit/locales/en.json'
import home from '@/features/home/locales/en.json'
import jobs from '@/features/jobs/locales/en.json'
import logs from '@/features/logs/locales/en.json'
import php from '@/features/php/locales/en.json'
import ssh from '@/features/ssh/locales/en.json'
import sites from '@/features/sites/locales/en.json'
import usage from '@/features/usage/locales/en.json'
import product from '@/product/locales/en.json'
import shell from '@/shell/locales/en.json'

export default { shell, home, accounts, sites, apps, php, ssh, usage, logs, jobs, audit, product }
