/** Owns what two windows on one server see of each other: each shows what the other one did. */
import { expect, test } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';

import { seedRuns } from './seed';

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
    await expect(theirs.getByText('moved to the trash')).toBeVisible();
    await expect(list).not.toContainText('better name');
    await theirs.getByRole('button', { name: 'Restore', exact: true }).click();
    await expect(theirs.getByText('moved to the trash')).toBeHidden();
    await expect(page.locator('#mlops-lab-runs')).toContainText('better name');
  });
});
