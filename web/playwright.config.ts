import { defineConfig } from '@playwright/test'
import { hostAddress, panelUrl } from './e2e/environment.ts'

/** Against a real panel on a real host: `cargo xtask e2e` boots one and says where it is. */
export default defineConfig({
  testDir: 'e2e',
  // One host, one story: the first run comes first, and each flow leaves the host as it found it.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  outputDir: 'test-results',
  use: {
    baseURL: panelUrl,
    ignoreHTTPSErrors: true,
    reducedMotion: 'reduce',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--host-resolver-rules=MAP *.test ${hostAddress}`,
      ],
    },
  },
})
