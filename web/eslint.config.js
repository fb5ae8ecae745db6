import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'
import ts from 'typescript-eslint'

export default ts.config(
  { ignores: ['dist', 'node_modules', 'src/api/schema.d.ts', '.screenshots', 'test-results', 'playwright-report'] },
  ...ts.configs.recommended,
  ...vue.configs['flat/recommended'],
  ...accessibility.configs['flat/recommended'],
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ['**/*.{ts,vue}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      // What the API says is checked or generated, never asserted. `as const` stays.
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', { selector: "CallExpression[callee.name='fetch']", message: 'Only src/api/client.ts speaks to the server.' }],
      'max-lines': ['error', { max: 500, skipComments: true }],
    },
  },
  {
    files: ['src/**/views/*.vue'],
    rules: { 'max-lines': ['error', { max: 250 }] },
  },
  { files: ['src/api/client.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['src/ui/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: ['vue-router', 'vue-i18n', '@tanstack/vue-query'], patterns: [{ group: ['@/api/*', '@/features/*', '@/product/*'], message: 'src/ui knows no fetch, no router and no product.' }] },
      ],
    },
  },
  {
    files: ['**/*.vue'],
    rules: {
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/no-static-inline-styles': 'error',
      'vue/no-undef-components': 'error',
      // Layout is the formatter's business; these only disagree with long class lists.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/require-default-prop': 'off',
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] }, allowChildren: true }],
    },
  },
  { files: ['dev/**', 'build/**', 'e2e/**'], rules: { 'no-restricted-syntax': 'off' } },
)
