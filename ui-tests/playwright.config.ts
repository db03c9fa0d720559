/** Owns how the browser journeys run: one worker, Debian's Chromium, servers of their own. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';

interface IServer {
  port: number;
  /** Where its pages begin, as a hub gives each user a place. */
  base: string;
}

const port = Number(process.env['MLOPS_LAB_UI_PORT'] ?? 8898);
const ALONE: IServer = { port, base: '/' };
const ON_HUB: IServer = { port: port + 1, base: '/user/ada%20l/' };

const chromium = process.env['MLOPS_LAB_CHROMIUM'] ?? '/usr/bin/chromium';
const root = join(__dirname, '..');
const bin = join(root, '.venv', 'bin');

const MINUTE = 60_000;

const urlOf = ({ port: at, base }: IServer): string => `http://127.0.0.1:${at}${base}`;

/** Relative addresses of requests need the slash at the end, which Galata then must not add. */
const onHub = { baseURL: urlOf(ON_HUB), appPath: 'lab' };

function start(server: IServer): Exclude<PlaywrightTestConfig['webServer'], undefined | unknown[]> {
  return {
    command: `jupyter lab --config ${join('ui-tests', 'jupyter_server_test_config.py')}`,
    cwd: root,
    env: {
      MLOPS_LAB_UI_PORT: String(server.port),
      MLOPS_LAB_UI_BASE: server.base,
      // Threads that wait for one another crawl on a machine that does other work as well.
      OMP_NUM_THREADS: '1',
      PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`
    },
    gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    reuseExistingServer: false,
    stdout: 'ignore',
    stderr: 'pipe',
    timeout: 3 * MINUTE,
    url: `${urlOf(server)}lab`
  };
}

export default defineConfig<{ appPath: string }>({
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
    { name: 'access', testMatch: 'access.spec.ts', use: onHub },
    { name: 'together', testMatch: 'together.spec.ts', use: onHub },
    { name: 'list', testMatch: 'list.spec.ts' },
    { name: 'screens', testMatch: 'screens.spec.ts' }
  ],
  use: {
    baseURL: urlOf(ALONE).replace(/\/$/, ''),
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
  webServer: [start(ALONE), start(ON_HUB)]
});
