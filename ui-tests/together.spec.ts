/** Owns what two windows on one server see of each other: each shows what the other one did. */
import { readFileSync } from 'node:fs';

import { expect, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';

import { seedRuns } from './seed';

// The folder that Galata makes for a test, and opens, would lie outside the place that a hub gives.
test.use({ autoGoto: false, tmpPath: '' });

/** Execute a command; its end is waited for, what it returns stays in the browser. */
async function execute(page: Page, id: string, args: Record<string, unknown> = {}): Promise<void> {
  await page.evaluate(
    async ([command, options]) => {
      await window.jupyterapp.commands.execute(command, options as Record<string, string>);
    },
    [id, args] as const
  );
}

async function openSecond(first: Page): Promise<Page> {
  const page = await first.context().newPage();
  await page.goto('lab/workspaces/second');
  await page.waitForFunction(() => 'jupyterapp' in window);
  await page.evaluate(() => window.jupyterapp.restored);
  return page;
}

test('what one window does the other one shows', async ({ page, request }) => {
  await page.goto('?reset');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const { ids } = await seedRuns(request, { experiment: 'together', count: 2 });
  const [runId = ''] = ids;
  const second = await openSecond(page);
  for (const window of [page, second]) {
    await execute(window, 'mlops-lab:filter-runs', { filter: 'experiment = "together"' });
    await execute(window, 'mlops-lab:open-run', { runId });
  }
  const mine = page.locator(`[id="mlops-lab-run-${runId}"]`);
  const theirs = second.locator(`[id="mlops-lab-run-${runId}"]`);
  const list = second.locator('#mlops-lab-runs');

  await test.step('a name', async () => {
    await execute(page, 'mlops-lab:rename-run', { runId, name: 'better name' });
    await expect(theirs.getByRole('heading', { name: 'better name' })).toBeVisible();
    await expect(list).toContainText('better name');
  });

  await test.step('a note, while the other one writes it too', async () => {
    for (const view of [mine, theirs]) {
      await view.getByRole('button', { name: 'Add a note' }).click();
    }
    const draft = theirs.getByRole('textbox', { name: 'Note, in Markdown' });
    await draft.fill('from the second');
    await mine.getByRole('textbox', { name: 'Note, in Markdown' }).fill('from the first');
    await mine.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(theirs.getByRole('status').filter({ hasText: 'from the first' })).toBeVisible();
    await theirs.getByRole('button', { name: 'Put it above mine' }).click();
    await expect(draft).toHaveValue('from the first\n\nfrom the second');
    await theirs.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(mine).toContainText('from the second');
  });

  await test.step('the trash, while the other one has the run open', async () => {
    await execute(page, 'mlops-lab:trash-run', { runId });
    await expect(theirs.getByText('This run is in the trash')).toBeVisible();
    await expect(list).not.toContainText('better name');
    await theirs.getByRole('button', { name: 'Restore', exact: true }).click();
    await expect(theirs.getByText('This run is in the trash')).toBeHidden();
    await expect(page.locator('#mlops-lab-runs')).toContainText('better name');
  });

  await test.step('a link of the first, and a file behind it', async () => {
    await request.put(`mlops-lab/api/runs/${runId}/artifacts/rates%20of%20day.csv`, {
      data: Buffer.from('day,rate\n1,0.2\n')
    });
    await execute(page, 'mlops-lab:copy-link', { runIds: [runId] });
    const link = await page.evaluate(() => navigator.clipboard.readText());
    await second.goto(link);
    await expect(theirs.getByRole('heading', { name: 'better name' })).toBeVisible();
    const download = second.waitForEvent('download');
    const files = theirs.locator('[data-section=files]');
    await files.evaluate((node: HTMLDetailsElement) => void (node.open = true));
    await files.getByRole('link', { name: 'Download' }).click();
    const path = await (await download).path();
    expect(readFileSync(path, 'utf8')).toBe('day,rate\n1,0.2\n');
  });
});
