/** Owns the list of runs as it is used by keys alone, and by the mouse. */
import { expect, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { APIRequestContext } from '@playwright/test';

import { execute } from './notebook';
import { seedRuns } from './seed';
import { Sidebar } from './sidebar';

const RUNS = 6;

test.beforeAll('Store runs', ({ request }) =>
  seedRuns(request, { experiment: 'list', count: RUNS })
);

/** Store runs of an experiment of their own, and show these alone. */
async function open(
  page: IJupyterLabPageFixture,
  request: APIRequestContext,
  experiment: string
): Promise<Sidebar> {
  await seedRuns(request, { experiment, count: RUNS });
  await execute(page, 'mlops-lab:filter-runs', { filter: `experiment = "${experiment}"` });
  const sidebar = new Sidebar(page);
  await expect(sidebar.rows).toHaveCount(RUNS);
  return sidebar;
}

test('by keys alone', async ({ page, request }) => {
  const sidebar = await open(page, request, 'keys');
  const { keyboard } = page;
  const selected = sidebar.panel.locator('[role=treeitem][aria-selected=true]');
  const field = sidebar.panel.getByRole('combobox', { name: 'Filter runs' });
  const list = sidebar.panel.getByRole('tree', { name: 'Runs' });

  await test.step('from the palette into the list', async () => {
    await keyboard.press('ControlOrMeta+Shift+C');
    await keyboard.type('show runs');
    await expect(page.locator('.lm-CommandPalette-item.lm-mod-active')).toContainText('Show Runs');
    await keyboard.press('Enter');
    await expect(list).toBeFocused();
  });

  await test.step('two runs that are no neighbours are picked', async () => {
    await keyboard.press('Home');
    await keyboard.press('Space');
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowDown');
    await keyboard.press('Space');
    await expect(selected).toHaveCount(2);
    await expect(sidebar.button('Compare 2')).toBeVisible();
    await keyboard.press('Escape');
    await expect(selected).toHaveCount(0);
  });

  await test.step('a filter, its mistake, and its mend', async () => {
    await keyboard.press('/');
    await expect(field).toBeFocused();
    await keyboard.press('ControlOrMeta+A');
    await keyboard.type('experiment = "keys" and statsu = failed');
    await keyboard.press('Enter');
    await expect(sidebar.panel.locator('mark, [role=alert]').first()).toBeVisible();
    await keyboard.press('ControlOrMeta+A');
    await keyboard.type('experiment = "keys" and params.max_depth = 5');
    await keyboard.press('Enter');
    await expect(sidebar.rows).toHaveCount(2);
    await keyboard.press('ControlOrMeta+A');
    await keyboard.type('experiment = "keys"');
    await keyboard.press('Enter');
    await expect(sidebar.rows).toHaveCount(RUNS);
  });

  await test.step('a name, and back into the list', async () => {
    await list.focus();
    await keyboard.press('Home');
    await keyboard.press('F2');
    await keyboard.press('ControlOrMeta+A');
    await keyboard.type('renamed by keys');
    await keyboard.press('Enter');
    await expect(list).toBeFocused();
    await expect(sidebar.rows.first()).toContainText('renamed by keys');
  });

  await test.step('into the trash, and out of it', async () => {
    await keyboard.press('Delete');
    await expect(list).toBeFocused();
    await expect(sidebar.rows).toHaveCount(RUNS - 1);
    await expect(page.locator('.Toastify__toast').first()).toContainText('renamed by keys');
    await keyboard.press('ControlOrMeta+Z');
    await expect(sidebar.rows).toHaveCount(RUNS);
  });

  await test.step('the page of a run', async () => {
    await list.focus();
    await keyboard.press('Home');
    await keyboard.press('Enter');
    await expect(page.locator('[id^=mlops-lab-run-]').first()).toContainText('renamed by keys');
  });
});

test('by the mouse', async ({ page, request }) => {
  const sidebar = await open(page, request, 'mouse');

  await test.step('a range, and their comparison', async () => {
    await sidebar.rows.nth(1).click();
    await sidebar.rows.nth(3).click({ modifiers: ['Shift'] });
    await sidebar.button('Compare 3').click();
    await expect(page.getByRole('heading', { name: '3 runs compared' })).toBeVisible();
  });

  await test.step('a run is dragged into a notebook', async () => {
    await execute(page, 'notebook:create-new', { kernelName: 'python3' });
    const cell = page.locator('.jp-NotebookPanel:visible .jp-Cell').first();
    await expect(cell).toBeVisible();
    const from = await sidebar.rows.nth(0).boundingBox();
    const to = await cell.boundingBox();
    await page.mouse.move(from!.x + 60, from!.y + 8);
    await page.mouse.down();
    await page.mouse.move(to!.x + 100, to!.y + 30, { steps: 12 });
    await page.mouse.move(to!.x + 100, to!.y + to!.height - 2, { steps: 4 });
    await page.mouse.up();
    const sources = (): Promise<string> =>
      page.evaluate(() => {
        const { content } = window.jupyterapp.shell.currentWidget as NotebookPanel;
        return content.widgets.map(one => one.model.sharedModel.getSource()).join('\n');
      });
    await expect.poll(sources).toContain('lab.');
    // What is clicked afterwards gets no cell: the drag ended with its press.
    const before = await sources();
    await page.notebook.selectCells(0);
    expect(await sources()).toBe(before);
  });

  await test.step('a connection that is lost, and comes back', async () => {
    const lost = page.getByText('Connection lost. Trying again…').first();
    await page.context().setOffline(true);
    await execute(page, 'mlops-lab:filter-runs', {
      filter: 'experiment = "mouse" and metrics.auc > 0'
    });
    await expect(lost).toBeVisible();
    await page.context().setOffline(false);
    await expect(lost).toBeHidden();
    await expect(sidebar.rows).toHaveCount(RUNS);
  });
});
