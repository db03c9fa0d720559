/** Owns the screenshots: of the documentation when asked for, otherwise beside the test results. */
import { join } from 'node:path';

import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

const RESULTS = join(__dirname, 'test-results', 'screenshots');
const DOCUMENTATION = join(__dirname, '..', 'docs', 'images');

/** The screenshots that the documentation shows. */
const SHOWN = ['sidebar', 'compare', 'productionize', 'jobs', 'run', 'chip'];

/** Take a screenshot in the light and in the dark theme. */
export async function shoot(page: IJupyterLabPageFixture, name: string): Promise<void> {
  const isRenewed = process.env['MLOPS_LAB_UPDATE_SCREENSHOTS'] === '1' && SHOWN.includes(name);
  const folder = isRenewed ? DOCUMENTATION : RESULTS;
  for (const theme of ['light', 'dark'] as const) {
    await (theme === 'light' ? page.theme.setLightTheme() : page.theme.setDarkTheme());
    await page.mouse.move(0, 0);
    await page.screenshot({
      path: join(folder, `${name}-${theme}.png`),
      animations: 'disabled',
      caret: 'hide'
    });
  }
  await page.theme.setLightTheme();
}
