/** Owns the search, by axe, for what people who see little or use no mouse stumble over. */
import AxeBuilder from '@axe-core/playwright';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { expect, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';

import { execute } from './notebook';

const THEMES = ['JupyterLab Light', 'JupyterLab Dark', 'JupyterLab Dark High Contrast'];

const CELLS = ['%load_ext mlops_lab', '%%track one -m auc\nrate = 0.1\nauc = 0.7 + rate'];

// The folder that Galata makes for a test, and opens, would lie outside the place that a hub gives.
test.use({ autoGoto: false, tmpPath: '' });

/** Make a notebook with a tracked cell and run it twice; the newest of its runs comes first. */
async function trackTwice(
  page: IJupyterLabPageFixture
): Promise<{ notebookId: string; runIds: string[] }> {
  await execute(page, 'notebook:create-new', { kernelName: 'python3' });
  await page.waitForFunction(() => {
    const panel = window.jupyterapp.shell.currentWidget as Partial<NotebookPanel> | null;
    return panel?.sessionContext?.session?.kernel?.status === 'idle';
  });
  await page.evaluate(sources => {
    const { content } = window.jupyterapp.shell.currentWidget as NotebookPanel;
    content.model!.sharedModel.deleteCellRange(0, 1);
    content.model!.sharedModel.insertCells(
      0,
      sources.map(source => ({ cell_type: 'code' as const, source }))
    );
  }, CELLS);
  await execute(page, 'notebook:run-all-cells');
  await execute(page, 'notebook:run-all-cells');
  await page.locator('.jp-MlopsLab-chip').first().waitFor();
  const answer = await page.request.get('mlops-lab/api/runs?filter=name="one"&limit=2');
  const { runs } = (await answer.json()) as { runs: { id: string }[] };
  const notebookId = await page.evaluate(() => window.jupyterapp.shell.currentWidget?.id ?? '');
  return { notebookId, runIds: runs.map(run => run.id) };
}

/** The serious findings below `selector`, with where they are. */
async function findings(page: IJupyterLabPageFixture, selector: string): Promise<string[]> {
  await page.locator(selector).first().waitFor();
  const { violations } = await new AxeBuilder({ page }).include(selector).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target.join(' ')}`));
}

test('axe finds nothing serious in any view, in light, dark and high contrast', async ({
  page
}) => {
  await page.goto('?reset');
  const { notebookId, runIds } = await trackTwice(page);
  const [runId = ''] = runIds;
  for (const theme of THEMES) {
    await test.step(theme, async () => {
      await execute(page, 'apputils:change-theme', { theme });
      await page.evaluate(id => window.jupyterapp.shell.activateById(id), notebookId);
      expect(await findings(page, '.jp-MlopsLab-chip')).toEqual([]);
      await execute(page, 'mlops-lab:show-runs');
      expect(await findings(page, '#mlops-lab-runs')).toEqual([]);
      await execute(page, 'mlops-lab:open-jobs');
      expect(await findings(page, '#mlops-lab-jobs .jp-MlopsLab-view')).toEqual([]);
      await execute(page, 'mlops-lab:open-run', { runId });
      expect(await findings(page, '[id^=mlops-lab-run-] .jp-MlopsLab-view')).toEqual([]);
      await page.evaluate(async ids => {
        await window.jupyterapp.commands.execute('mlops-lab:compare-runs', { runIds: ids });
      }, runIds);
      for (const tab of await page.locator('[id^=mlops-lab-compare-] [role=tab]').all()) {
        await tab.click();
        expect(await findings(page, '[id^=mlops-lab-compare-] .jp-MlopsLab-view')).toEqual([]);
      }
      await page.evaluate(id => {
        void window.jupyterapp.commands.execute('mlops-lab:promote-run', { runId: id });
      }, runId);
      expect(await findings(page, '.jp-MlopsLab-promote')).toEqual([]);
      await page.keyboard.press('Escape');
    });
  }
});
