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
