import { readFileSync } from 'node:fs';

import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [
    {
      name: 'svg-as-text',
      enforce: 'pre',
      load(id) {
        return id.endsWith('.svg')
          ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
          : null;
      }
    }
  ],
  test: {
    css: false,
    environment: 'jsdom',
    include: ['src/**/__tests__/*.spec.{ts,tsx}'],
    pool: 'vmThreads',
    restoreMocks: true,
    server: { deps: { inline: [/@jupyterlab\//, /@jupyter\//, /@lumino\//] } },
    setupFiles: ['./vitest.setup.ts'],
    // How long a test may hang, not how fast it is: machines do other work as well.
    testTimeout: 30_000
  }
});
