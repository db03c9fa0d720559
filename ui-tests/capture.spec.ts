/** What exactly produced this? The chip under a cell and the page of a run, in a real browser. */
import { expect, galata, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { INotebookContent } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Locator } from '@playwright/test';

import { tooWide } from './layout';
import { cellIds, deleteCell, execute, openNotebook, setSource, sourceOf } from './notebook';
import { shoot } from './screenshots';
import { Sidebar } from './sidebar';

const NOTEBOOK = 'capture.ipynb';

/** A kernel is started and every recorded cell is run again. */
const REPRODUCE_MS = 3 * 60_000;

const SECTIONS = [
  'metrics',
  'params',
  'children',
  'data',
  'models',
  'outputs',
  'code',
  'order',
  'history',
  'reproductions',
  'environment',
  'git',
  'hardware',
  'files'
];

// Galata puts fonts of its own in place, and answers for kernels in a way that breaks interrupts.
test.use({
  kernels: null,
  mockSettings: { ...galata.DEFAULT_SETTINGS, '@jupyterlab/apputils-extension:themes': {} },
  sessions: null
});

/** The chip below the cell of this id. */
function chipOf(page: IJupyterLabPageFixture, name: string): Locator {
  return page.locator('.jp-MlopsLab-chip', { hasText: name });
}

async function runAll(page: IJupyterLabPageFixture): Promise<void> {
  await page.evaluate(
    () => void window.jupyterapp.commands.execute('notebook:run-all-cells').catch(() => undefined)
  );
}

/** Begin to run a cell, without waiting for its end. */
async function runCell(page: IJupyterLabPageFixture, id: string): Promise<void> {
  await page.evaluate(cellId => {
    const { content } = window.jupyterapp.shell.currentWidget as NotebookPanel;
    content.activeCellIndex = content.widgets.findIndex(cell => cell.model.id === cellId);
    void window.jupyterapp.commands.execute('notebook:run-cell').catch(() => undefined);
  }, id);
}

async function reload(page: IJupyterLabPageFixture): Promise<void> {
  // The launcher, for which Galata waits, is behind the notebook that the reload brings back.
  const options = { waitForIsReady: false, waitUntil: 'load' } as const;
  await page.reload(options);
  await page.waitForFunction(() =>
    (window as Partial<Window>).jupyterapp?.commands.hasCommand('docmanager:open')
  );
}

/** Bring a section into view, opened. */
async function open(view: Locator, name: string): Promise<Locator> {
  const section = view.locator(`[data-section=${name}]`);
  await section.evaluate((node: HTMLDetailsElement) => {
    node.open = true;
    node.scrollIntoView();
  });
  return section;
}

test('what exactly produced this number', async ({ page, baseURL }) => {
  const sidebar = new Sidebar(page);
  const view = page.locator('.jp-MlopsLab-view:visible');
  await sidebar.open(300);

  await test.step('a chip under the cell follows a long run, and Stop interrupts it', async () => {
    await openNotebook(page, NOTEBOOK);
    await runAll(page);
    await expect(chipOf(page, 'late flights')).toContainText('auc');
    const chip = chipOf(page, 'long loop');
    await chip.scrollIntoViewIfNeeded();
    await expect(chip.getByRole('timer')).toBeVisible();
    await expect(chip).toContainText('loss');
    const curve = chip.locator('.jp-MlopsLab-sparkline polyline');
    const before = await curve.getAttribute('points');
    await expect(curve).not.toHaveAttribute('points', before ?? '');
    await chip.scrollIntoViewIfNeeded();
    await shoot(page, 'chip');
    await chip.getByRole('button', { name: 'Stop' }).click();
    await expect(page.locator('.jp-Notebook')).toContainText('KeyboardInterrupt');
    await chip.scrollIntoViewIfNeeded();
    await expect(chip.locator('svg[aria-label=Failed]')).toBeVisible();
    await expect(chip.getByRole('button', { name: 'Stop' })).toHaveCount(0);
    await expect(sidebar.withStatus('Failed').first()).toContainText('long loop');
  });

  await test.step('trials stand folded below their search', async () => {
    const search = sidebar.rows.filter({ hasText: 'late flights' }).first();
    await search.getByRole('button', { name: '3 children' }).click();
    await expect(sidebar.rows.filter({ hasText: 'search #' })).toHaveCount(3);
    expect(await sidebar.fits()).toBe(true);
    await shoot(page, 'children');
    await search.getByRole('button', { name: '3 children' }).click();
    await expect(sidebar.rows.filter({ hasText: 'search #' })).toHaveCount(0);
  });

  await test.step('the page of the run shows everything that was captured', async () => {
    const chip = chipOf(page, 'late flights');
    await chip.scrollIntoViewIfNeeded();
    await chip.getByRole('button', { name: 'late flights' }).click();
    await expect(view.locator('.jp-MlopsLab-figures')).toContainText('auc');
    await shoot(page, 'run');
    for (const name of SECTIONS) {
      const section = await open(view, name);
      await expect(section.locator('> :not(summary)').first()).toBeVisible();
      await page.screenshot({ path: `ui-tests/test-results/screenshots/run-${name}.png` });
    }
    await expect(await open(view, 'children')).toContainText('search #2');
    await expect(await open(view, 'data')).toContainText('4000 rows');
    await expect(await open(view, 'models')).toContainText('safe to load');
    const outputs = await open(view, 'outputs');
    await expect(outputs).toContainText('3,000 flights to learn from');
    await expect(outputs.locator('table')).toBeVisible();
    await expect(outputs.locator('img')).toBeVisible();
    await expect(await open(view, 'history')).toContainText('used: features');
    await expect(await open(view, 'hardware')).toContainText('Peak memory');
    const packages = await open(view, 'environment');
    await packages.getByRole('searchbox').fill('scikit-learn');
    await expect(packages.getByRole('rowheader')).toHaveText(['scikit-learn']);
  });

  await test.step('a narrow page stays readable', async () => {
    await view.evaluate(node => node.scrollTo(0, 0));
    await page.setViewportSize({ width: 700, height: 900 });
    await expect.poll(() => view.evaluate(tooWide), { timeout: 5000 }).toEqual([]);
    await shoot(page, 'run-narrow');
    await open(view, 'data');
    await shoot(page, 'run-narrow-data');
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  await test.step('its code is run again in a clean kernel, and agrees', async () => {
    await view.getByRole('button', { name: 'Reproduce…' }).click();
    const section = view.locator('[data-section=reproductions]');
    await section.getByRole('button', { name: 'Reproduce' }).click();
    await expect(section.locator('[data-state=running]')).toBeVisible();
    await expect(section.locator('[data-state=agrees]')).toBeVisible({ timeout: REPRODUCE_MS });
    await expect(view.locator('.jp-MlopsLab-notices')).toContainText('Reproduced');
    await expect(sidebar.rows.filter({ hasText: 'late flights' })).toHaveCount(1);
    await shoot(page, 'reproduced');
  });

  await test.step('an edited cell is marked, and its code comes back', async () => {
    await page.notebook.activate(NOTEBOOK);
    const ran = await sourceOf(page, 'train');
    await setSource(page, 'train', ran.replace('test_size = 0.25', 'test_size = 0.3'));
    const chip = chipOf(page, 'late flights');
    await chip.scrollIntoViewIfNeeded();
    await expect(chip).toContainText('edited since this run');
    const before = await cellIds(page);
    await chip.getByRole('button', { name: 'Restore code' }).click();
    await expect.poll(async () => (await cellIds(page)).length).toBe(before.length + 1);
    const place = (await cellIds(page)).findIndex(id => !before.includes(id));
    expect(place).toBe(before.indexOf('train') + 1);
    expect(await sourceOf(page, (await cellIds(page))[place]!)).toBe(ran);
    await shoot(page, 'edited');
    await execute(page, 'notebook:undo-cell-action');
    await expect.poll(() => cellIds(page)).toEqual(before);
  });

  await test.step('the code of a deleted cell comes back from the page of its run', async () => {
    await deleteCell(page, 'train');
    await expect(chipOf(page, 'late flights')).toHaveCount(0);
    await sidebar.withStatus('Finished').filter({ hasText: 'late flights' }).dblclick();
    await view.getByRole('button', { name: 'Restore code' }).click();
    await expect(page.locator('.jp-NotebookPanel:visible .jp-Cell.jp-mod-active')).toContainText(
      'GridSearchCV('
    );
  });

  await test.step('the notebook file holds nothing of the runs', async () => {
    await execute(page, 'docmanager:save');
    const address = `${baseURL}/api/contents/${NOTEBOOK}?type=file&format=text`;
    const response = await page.request.get(address);
    const file = (await response.json()) as { content: string };
    const content = JSON.parse(file.content) as INotebookContent;
    expect(Object.keys(content.metadata).sort()).toEqual(['kernelspec', 'language_info']);
    for (const cell of content.cells) {
      expect(Object.keys(cell.metadata).filter(key => key !== 'execution')).toEqual([]);
    }
    const text = JSON.stringify(content.cells.map(cell => cell['outputs'] ?? null));
    expect(text).not.toMatch(/mlops|MlopsLab|"run_id"/i);
  });

  await test.step('after a reload the chips are there again', async () => {
    await reload(page);
    await openNotebook(page, NOTEBOOK);
    await chipOf(page, 'long loop').scrollIntoViewIfNeeded();
    await expect(chipOf(page, 'long loop')).toContainText('KeyboardInterrupt');
    await execute(page, 'mlops-lab:toggle-chips');
    await expect(page.locator('.jp-MlopsLab-chip')).toHaveCount(0);
    await execute(page, 'mlops-lab:toggle-chips');
    await expect(chipOf(page, 'long loop')).toHaveCount(1);
  });

  await test.step('a run goes on under a reload, and Stop still ends it', async () => {
    await runCell(page, 'long');
    const chip = chipOf(page, 'long loop');
    await chip.scrollIntoViewIfNeeded();
    await expect(chip.getByRole('timer')).toBeVisible();
    await reload(page);
    await execute(page, 'docmanager:open', { path: NOTEBOOK });
    await chip.scrollIntoViewIfNeeded();
    await expect(chip.getByRole('timer')).toBeVisible();
    await chip.getByRole('button', { name: 'Stop' }).click();
    await expect(chip).toContainText('KeyboardInterrupt');
    await expect(chip.getByRole('button', { name: 'Stop' })).toHaveCount(0);
  });
});
