import accounts from '@/features/accounts/locales/id.json'
import apps from '@/features/apps/locales/id.json'
import audit from '@/features/audit/locales/id.json'
import home from '@/features/home/locales/id.json'
import jobs from '@/features/jobs/locales/id.json'
import logs from '@/features/logs/locales/id.json'
import php from '@/features/php/locales/id.json'
import ssh from '@/features/ssh/locales/id.json'
import sites from '@/features/sites/locales/id.json'
import usage from '@/features/usage/locales/id.json'
import product from '@/product/locales/id.json'
import shell from '@/shell/locales/id.json'

export default { shell, home, accounts, sites, apps, php, ssh, usage, logs, jobs, audit, product }
