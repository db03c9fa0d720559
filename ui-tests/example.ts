/** Owns what the page of a run of the flights example must show, part by part. */
import { expect, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { shoot } from './screenshots';

/** A section of the page, opened and in sight. */
async function part(view: Locator, name: string): Promise<Locator> {
  const section = view.locator(`[data-section=${name}]`);
  await section.evaluate((node: HTMLDetailsElement) => {
    node.open = true;
    node.scrollIntoView();
  });
  return section;
}

/** The page of the run that is in sight shows everything that made its numbers. */
export async function expectWholeCapture(page: IJupyterLabPageFixture): Promise<void> {
  const view = page.locator('.jp-MlopsLab-view:visible');
  await expectResult(view);
  await expectInputs(page, view);
  await expectModel(page, view);
  await expectOutputs(page, view);
  await expectCode(view);
  await expectPlace(view);
}

async function expectResult(view: Locator): Promise<void> {
  const figures = view.locator('.jp-MlopsLab-figures');
  for (const text of ['auc', 'Finished', 'CPU time', 'Peak memory']) {
    await expect(figures).toContainText(text);
  }
  const facts = view.locator('.jp-MlopsLab-facts').first();
  await expect(facts).toContainText('train, 1 run');
  await expect(facts).toContainText(/Best auc0\.\d+, higher is better/);
  await expect(facts).toContainText(/Total time of all runs.+CPU/);
  await expect(facts).toContainText(/Highest peak memory of all runs\d+ MB/);
  const metrics = await part(view, 'metrics');
  await expect(metrics.getByRole('row', { name: /^auc primary/ })).toBeVisible();
  await expect(metrics.getByRole('row', { name: /^validation_loss .* 80$/ })).toBeVisible();
  await expect(metrics.getByRole('row', { name: /^cv_auc\.mean/ })).toBeVisible();
  await expect((await part(view, 'charts')).locator('.js-plotly-plot')).toHaveCount(2);
}

async function expectInputs(page: IJupyterLabPageFixture, view: Locator): Promise<void> {
  const params = await part(view, 'params');
  const row = (name: RegExp): Locator => params.getByRole('row', { name });
  await expect(row(/^max_iter 80 assigned in the cell, line 3/)).toBeVisible();
  await expect(row(/^model\.max_iter 80 model: HistGradientBoostingClassifier/)).toBeVisible();
  const data = await part(view, 'data');
  const card = (name: string): Locator =>
    data.locator('.jp-MlopsLab-card', { has: page.getByText(name, { exact: true }) });
  await expect(card('carriers.csv')).toContainText('file');
  await expect(card('carriers.csv').locator('.jp-MlopsLab-digest')).toHaveText(/^[0-9a-f]{10}$/);
  const features = card('features');
  await expect(features).toContainText(/77.911 rows × 17 columns/);
  await features.locator('> summary').click();
  await expect(features.getByRole('row', { name: /^carrier category/ })).toContainText('UA');
  await expect(features.getByRole('row', { name: /^pressure float64/ })).toContainText('%');
  await expect(features.locator('.jp-MlopsLab-histogram').first()).toBeVisible();
  await shoot(page, 'example-data');
}

async function expectModel(page: IJupyterLabPageFixture, view: Locator): Promise<void> {
  const models = await part(view, 'models');
  await expect(models).toContainText('sklearn.ensemble');
  await expect(models).toContainText('safe to load');
  await models.locator('summary', { hasText: 'Signature' }).click();
  await expect(models.getByText('carrier: category')).toBeVisible();
  await models.locator('summary', { hasText: 'Hyperparameters' }).click();
  await expect(models.getByRole('row', { name: /^max_leaf_nodes 31/ })).toBeVisible();
  const download = page.waitForEvent('download');
  await models.getByRole('link', { name: 'model.skops' }).click();
  expect((await download).suggestedFilename()).toBe('model.skops');
  await expect(await part(view, 'files')).toContainText('model.skops');
}

async function expectOutputs(page: IJupyterLabPageFixture, view: Locator): Promise<void> {
  const outputs = await part(view, 'outputs');
  await expect(outputs.locator('.js-plotly-plot')).toContainText(
    'Share of late flights by carrier'
  );
  await shoot(page, 'example-outputs');
}

async function expectCode(view: Locator): Promise<void> {
  await expect(await part(view, 'code')).toContainText('HistGradientBoostingClassifier(');
  await expect(await part(view, 'order')).toContainText('took names from 3 earlier cells');
  await expect(await part(view, 'history')).toContainText('used: features');
}

async function expectPlace(view: Locator): Promise<void> {
  const environment = await part(view, 'environment');
  await expect(environment).toContainText('HistGradientBoostingClassifier.random_state');
  await environment.getByRole('searchbox').fill('scikit-learn');
  await expect(environment.getByRole('rowheader')).toHaveText(['scikit-learn']);
  const git = await part(view, 'git');
  await expect(git).toContainText(/Commit[0-9a-f]{40}/);
  await expect(git).toContainText('main');
  const hardware = await part(view, 'hardware');
  await expect(hardware).toContainText('Peak memory of the kernel');
  await expect(hardware).toContainText('CPU, % of one core');
}
