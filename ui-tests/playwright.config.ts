/** Owns how the browser journey runs: one worker, Debian's Chromium, a server of its own. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { defineConfig } from '@playwright/test';

const port = Number(process.env['MLOPS_LAB_UI_PORT'] ?? 8898);
const url = `http://127.0.0.1:${port}`;
// Galata reads where the server is from the environment.
process.env['TARGET_URL'] = url;

const chromium = process.env['MLOPS_LAB_CHROMIUM'] ?? '/usr/bin/chromium';
const root = join(__dirname, '..');
const bin = join(root, '.venv', 'bin');

const MINUTE = 60_000;

export default defineConfig({
  testDir: __dirname,
  outputDir: join(__dirname, 'test-results'),
  forbidOnly: true,
  reporter: [['list', { printSteps: true }]],
  timeout: 10 * MINUTE,
  expect: { timeout: MINUTE },
  workers: 1,
  // The journey begins with an empty list, so it goes first.
  projects: [
    { name: 'journey', testMatch: 'journey.spec.ts' },
    { name: 'capture', testMatch: 'capture.spec.ts' },
    { name: 'access', testMatch: 'access.spec.ts' },
    { name: 'together', testMatch: 'together.spec.ts' },
    { name: 'screens', testMatch: 'screens.spec.ts' }
  ],
  use: {
    baseURL: url,
    locale: 'en-US',
    timezoneId: 'Europe/Berlin',
    viewport: { width: 1280, height: 800 },
    actionTimeout: MINUTE,
    navigationTimeout: 2 * MINUTE,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      ...(existsSync(chromium) ? { executablePath: chromium } : {}),
      args: ['--disable-dev-shm-usage', '--disable-gpu', '--no-sandbox']
    }
  },
  webServer: {
    command: `jupyter lab --config ${join('ui-tests', 'jupyter_server_test_config.py')}`,
    cwd: root,
    env: {
      MLOPS_LAB_UI_PORT: String(port),
      // Threads that wait for one another crawl on a machine that does other work as well.
      OMP_NUM_THREADS: '1',
      PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`
    },
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: 'pipe',
    timeout: 3 * MINUTE,
    url: `${url}/lab`
  }
});
