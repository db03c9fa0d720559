/** The main road in a real browser, with real kernels, a real worker and a real job. */
import { expect, galata, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';

import { expectWholeCapture } from './example';
import { edit, execute, openNotebook, runAll, runTrackedCell } from './notebook';
import { shoot } from './screenshots';
import { Sidebar } from './sidebar';

const API = 'mlops-lab/api';

/** A run is in the sidebar within a second; on a machine under load one allows for more. */
const SOON_MS = 3000;

const JOB_MS = 4 * 60_000;

// Galata puts fonts of its own in place, which have no bold face; screenshots show the real ones.
test.use({
  mockSettings: { ...galata.DEFAULT_SETTINGS, '@jupyterlab/apputils-extension:themes': {} }
});

/** Notices that a job has ended would cover what a screenshot shows. */
async function hideNotices(page: IJupyterLabPageFixture): Promise<void> {
  await expect(page.locator('.Toastify__toast')).not.toHaveCount(0);
  for (const { id } of await page.notifications) {
    await execute(page, 'apputils:dismiss-notification', { id });
  }
  await expect(page.locator('.Toastify__toast')).toHaveCount(0);
}

test('from a tracked cell to a scheduled job', async ({ page, baseURL }) => {
  const sidebar = new Sidebar(page);
  const annotate = (type: string, ms: number): void =>
    void test.info().annotations.push({ type, description: `${Math.round(ms)} ms` });

  await test.step('the empty list shows the lines to type', async () => {
    await sidebar.open(300);
    await expect(sidebar.panel).toContainText('No runs yet');
    await expect(sidebar.panel.getByText('%load_ext mlops_lab')).toBeVisible();
    await expect(sidebar.panel.getByText('%%track', { exact: true })).toBeVisible();
    expect(await sidebar.fits()).toBe(true);
    await shoot(page, 'empty');
  });

  await test.step('a tracked cell becomes a run', async () => {
    await openNotebook(page, 'train.ipynb');
    await runAll(page);
    await expect(sidebar.withStatus('Finished')).toHaveCount(1);
    await expect(sidebar.rows.first()).toContainText('auc');
    await expect(sidebar.rows.first()).toContainText('train.ipynb');
  });

  await test.step('its page shows the whole capture', async () => {
    await sidebar.rows.first().dblclick();
    await expectWholeCapture(page);
    await page.notebook.activate('train.ipynb');
  });

  await test.step('another run, within a second of the end of its cell', async () => {
    await edit(page, { 'max_iter = 80': 'max_iter = 120', 'rate = 0.1 ': 'rate = 0.05 ' });
    const delay = await runTrackedCell(page, 'Finished');
    annotate('from the end of the cell to its row', delay);
    expect(delay).toBeLessThan(SOON_MS);
    await expect(sidebar.withStatus('Finished')).toHaveCount(2);
  });

  await test.step('a failing cell becomes a failed run, and its traceback stays', async () => {
    await edit(page, { 'max_iter = 120': 'max_iter = -1' });
    const delay = await runTrackedCell(page, 'Failed');
    annotate('from the end of the failing cell to its row', delay);
    await expect(sidebar.withStatus('Failed')).toContainText('InvalidParameterError');
    await expect(
      page.locator('.jp-Notebook .jp-RenderedText', { hasText: 'Got -1' })
    ).toBeVisible();
    await edit(page, { 'max_iter = -1': 'max_iter = 120' });
  });

  await test.step('the filter finds runs, and says what is wrong with it', async () => {
    await sidebar.filter('status:failed');
    await expect(sidebar.rows).toHaveCount(1);
    await sidebar.filter('metrics.auc >');
    await expect(sidebar.panel.locator('.jp-MlopsLab-filter-error')).toContainText('character');
    await sidebar.filter('');
    await expect(sidebar.rows).toHaveCount(3);
    expect(await sidebar.fits()).toBe(true);
  });

  await test.step('a failed run shows its error', async () => {
    await sidebar.withStatus('Failed').dblclick();
    const view = page.locator('.jp-MlopsLab-view:visible');
    await expect(view).toContainText('InvalidParameterError');
    await expect(view).toContainText('Got -1');
  });

  await test.step('two runs are compared', async () => {
    await sidebar.withStatus('Finished').nth(1).click();
    await sidebar
      .withStatus('Finished')
      .nth(0)
      .click({ modifiers: ['Control'] });
    await sidebar.button('Compare 2').click();
    const view = page.locator('.jp-MlopsLab-view:visible');
    await expect(view.getByRole('row', { name: /^learning_rate/ })).toContainText('0.05');
    await expect(view.getByRole('row', { name: /^max_leaf_nodes/ })).toHaveCount(0);
    await view.getByRole('button', { name: /equal parameters/ }).click();
    await expect(view.getByRole('row', { name: /^max_leaf_nodes/ })).toBeVisible();
    await view.getByRole('button', { name: /equal parameters/ }).click();
    await expect(view.locator('[data-section=why]')).toContainText('learning_rate');
    await view.evaluate(node => node.scrollTo(0, 0));
    await shoot(page, 'compare');
    const charts = view.locator('[data-section=charts]');
    await charts.scrollIntoViewIfNeeded();
    await expect(charts.locator('.js-plotly-plot .scatterlayer .trace')).not.toHaveCount(0);
    await expect(view.locator('.modebar')).toHaveCount(0);
    await shoot(page, 'charts');
    const code = view.locator('[data-section=code]');
    await code.scrollIntoViewIfNeeded();
    await expect(code).toContainText('learning_rate');
  });

  const dialog = page.locator('.jp-MlopsLab-promoteDialog');

  await test.step('a run is productionized, with parameters and a schedule', async () => {
    await sidebar.withStatus('Finished').nth(0).click();
    await sidebar.button('Productionize').click();
    await expect(dialog.getByLabel('Name of the job')).toHaveValue('train');
    await expect(dialog.locator('#jp-MlopsLab-parameter-max_iter')).toHaveValue('120');
    await dialog.locator('#jp-MlopsLab-parameter-max_iter').fill('many');
    await expect(dialog).toContainText('Not a whole number');
    await expect(dialog.getByRole('button', { name: 'Create' })).toBeDisabled();
    await dialog.locator('#jp-MlopsLab-parameter-max_iter').fill('120');
    await dialog.getByLabel('When the job runs').selectOption('weekdays');
    await expect(dialog.locator('#jp-MlopsLab-cron-preview li')).toHaveCount(3);
    await expect(dialog.getByLabel('Timezone')).toHaveValue('Europe/Berlin');
    await dialog.getByLabel(/^Cron/).fill('61 6 * * 1-5');
    await expect(dialog.locator('#jp-MlopsLab-cron-preview')).toContainText('61 is outside 0-59');
    await dialog.getByLabel(/^Cron/).fill('30 6 * * 1-5');
    await expect(dialog.locator('#jp-MlopsLab-cron-preview li')).toHaveCount(3);
    await shoot(page, 'productionize');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await expect(dialog).toHaveCount(0);
  });

  const jobs = page.locator('.jp-MlopsLab-view:visible');

  await test.step('the job runs now, and is followed live', async () => {
    await page.getByRole('button', { name: 'Run now' }).click();
    await expect(jobs.locator('[data-state=running]')).toBeVisible({ timeout: JOB_MS });
    await expect(sidebar.withStatus('Running')).toContainText('revision 1', { timeout: JOB_MS });
    await expect(jobs.locator('[data-state=succeeded]')).toBeVisible({ timeout: JOB_MS });
    await expect(jobs).toContainText('Monday to Friday at 06:30');
    await expect(jobs).toContainText('A worker is running');
  });

  await test.step('one click opens the executed notebook', async () => {
    await jobs.getByRole('button', { name: 'Notebook', exact: true }).click();
    const panel = page.locator('.jp-NotebookPanel:visible');
    await expect(panel.locator('.jp-NotebookPanel-toolbar')).toContainText('read-only');
    await expect(panel.locator('.jp-NotebookPanel-toolbar')).toContainText('No Kernel');
    await expect(panel.locator('.jp-Notebook')).toContainText('flights, 2');
  });

  await test.step("the job's own run is in the list, linked to where it came from", async () => {
    const row = sidebar.rows.filter({ hasText: 'revision 1' });
    await expect(row).toHaveCount(1);
    await row.dblclick();
    const view = page.locator('.jp-MlopsLab-view:visible');
    await expect(view.getByRole('button', { name: 'train, revision 1' })).toBeVisible();
    await expect(view).toContainText('Came from run');
    await expect(view.getByRole('row', { name: /^auc/ })).toBeVisible();
  });

  await test.step('a job that fails shows its cell and its error', async () => {
    const list = await page.request.get(`${baseURL}/${API}/definitions`);
    const { definitions } = (await list.json()) as { definitions: { id: string }[] };
    await page.request.post(`${baseURL}/${API}/jobs`, {
      data: { definition_id: definitions[0]!.id, parameters: { max_iter: -1 } }
    });
    await execute(page, 'mlops-lab:open-jobs');
    await expect(jobs.locator('[data-state=failed]')).toBeVisible({ timeout: JOB_MS });
    await jobs.locator('[data-state=failed] .jp-MlopsLab-job-toggle').click();
    await expect(jobs).toContainText('Failing cell');
    await expect(jobs.locator('.jp-MlopsLab-exception')).toContainText('InvalidParameterError');
    await hideNotices(page);
    await shoot(page, 'job-failed');
    await jobs
      .locator('[data-state=failed]')
      .getByRole('button', { name: 'Notebook', exact: true })
      .click();
    await expect(page.locator('.jp-NotebookPanel:visible .jp-Cell.jp-mod-active')).toContainText(
      'HistGradientBoostingClassifier('
    );
    await execute(page, 'mlops-lab:open-jobs');
    await jobs.locator('[data-state=failed] .jp-MlopsLab-job-toggle').click();
    await jobs.getByRole('heading', { name: 'Jobs' }).scrollIntoViewIfNeeded();
    await shoot(page, 'jobs');
  });

  await test.step('a job is cancelled, after asking', async () => {
    await jobs.getByRole('button', { name: 'Run now' }).click();
    const newest = jobs.locator('.jp-MlopsLab-job').first();
    await newest.getByRole('button', { name: 'Cancel' }).click();
    await newest.getByRole('button', { name: 'Stop this job' }).click();
    await expect(newest).toHaveAttribute('data-state', 'cancelled', { timeout: JOB_MS });
  });

  await test.step('the toolbar of the notebook makes a second revision', async () => {
    await page.notebook.activate('train.ipynb');
    const toolbar = page.locator('.jp-NotebookPanel:visible .jp-NotebookPanel-toolbar');
    await toolbar.locator('[data-command="mlops-lab:promote-notebook"]').click();
    await expect(dialog).toContainText('Makes revision 2 of this job');
    await dialog.getByLabel('Make months a parameter').check();
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('button', { name: 'Open jobs' }).click();
    await expect(jobs.locator('.jp-MlopsLab-definition')).toContainText('months = [1, 2, 3]');
    await expect(jobs.locator('.jp-MlopsLab-definition')).toContainText('Monday to Friday');
    await jobs.getByRole('button', { name: 'Revisions' }).click();
    await expect(jobs.locator('.jp-MlopsLab-revisions li')).toHaveCount(2);
    await jobs.getByRole('button', { name: 'Open notebook' }).first().click();
    const panel = page.locator('.jp-NotebookPanel:visible');
    await expect(panel.locator('.jp-NotebookPanel-toolbar')).toContainText('read-only');
    await expect(panel.locator('.jp-Notebook')).toContainText('months');
  });

  await test.step('the list of runs at 300 pixels', async () => {
    await page.notebook.activate('train.ipynb');
    await runTrackedCell(page, 'Finished');
    await expect(sidebar.rows.first()).toContainText('train [9]');
    expect(await sidebar.fits()).toBe(true);
    await shoot(page, 'sidebar');
  });
});
