import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { compress } from './build/compress.ts'
import { firstScript } from './build/first-script.ts'
import { graph } from './build/graph.ts'
import { leanVue } from './build/lean-vue.ts'
import { messages } from './build/messages.ts'

const panel = process.env['NUSANTARA_PANEL_URL'] ?? 'https://127.0.0.1:8443'

const ofLogin = /Ui(?:Button|Copy|Field|Input|Notice|Password|Skeleton|Spinner)\.vue|\/(?:button|control)\.ts|ProblemNotice|InlineCode|useFieldProblem|KawungMark/
const iconsOfLogin = /\/icons\/(?:loader-circle|check|copy|circle-alert|circle-check|info|triangle-alert|eye|eye-off|languages|sun-moon)\.mjs/

/** Parts, icons and helpers that several pages behind login use and no page before it. */
function isShared(id: string): boolean {
  if (/@lucide\/vue\/.*\/icons\//.test(id)) return !iconsOfLogin.test(id)
  if (/\/src\/features\/(?:accounts|home|jobs|sites)\/(?:queries|model|useJobName)\.ts|\/jobs\/components\/Job(?:Follow|Dialog|Table)/.test(id)) return true
  return /\/src\/(?:ui|product)\/[A-Z]?\w+\.(?:vue|ts)/.test(id) && !ofLogin.test(id)
}

export default defineConfig({
  plugins: [leanVue(), messages(), firstScript('src/first.js'), vue(), tailwindcss(), graph(), compress()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_PROD_DEVTOOLS__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    // Messages are compiled by build/messages.ts. Without the compiler nothing in the bundle can make code from text.
    __INTLIFY_DROP_MESSAGE_COMPILER__: true,
  },
  build: {
    target: 'es2022',
    // Everything is a file with a hash in its name: the policy allows neither inline code nor unhashed assets.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Few files compress better than many: what every page needs is one file, what every page behind login needs another.
        codeSplitting: {
          groups: [
            { name: 'vue', test: /node_modules\/(?:@vue\/(?:runtime-core|runtime-dom|reactivity|shared)|vue|vue-i18n|@intlify)\// },
            { name: 'parts', test: /node_modules\/(?:reka-ui|@floating-ui|@vueuse|aria-hidden|vue-router|@tanstack|@vue\/devtools-\w+)\// },
            // What the pages behind login share, less what login shares with them: a dozen small files would cost a dozen times.
            { name: 'shared', test: isShared, includeDependenciesRecursively: false },
            { name: 'forms', test: /\/src\/features\/(?:apps|cron|ftp|logs|packages|php|ssh|usage)\/(?!locales|views)|\/accounts\/components\/Account(?:Settings|Password)\.|\/src\/features\/sites\/(?:settings|protection)|\/sites\/components\/(?:\w+Fields|Site(?:Settings|Protection|Logs))\./, includeDependenciesRecursively: false },
            // Pages that are a table with its filter: much the same words in much the same order.
            { name: 'lists', test: /\/(?:Account|Site|Job|Package)ListView\.|\/AuditView\.|\/SiteTable\.|\/HomeView\.|\/features\/home\/components|\/features\/audit\/(?!locales|check)|\/CreateAccount\w+\.|\/PackageChoice\.|\/AddSite\w+\./, includeDependenciesRecursively: false },
          ],
        },
      },
    },
  },
  server: {
    proxy: { '/api': { target: panel, secure: false, changeOrigin: true } },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
