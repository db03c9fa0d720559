import { act } from 'react';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { pageOf, Refusal, runOf, summaryOf } from '../../__tests__/fakes';
import { button, click, press, type, until } from '../../__tests__/screen';
import { CommandIds } from '../../commands';
import { PanelWorld, rowsOf } from './panelWorld';

let world: PanelWorld;
let server: PanelWorld['server'];
let feed: PanelWorld['feed'];
let executed: PanelWorld['executed'];
let preferences: PanelWorld['preferences'];
let inserted: PanelWorld['inserted'];
let desk: PanelWorld['desk'];
let model: PanelWorld['model'];

const opened = (): Promise<HTMLElement> => world.opened();

const selectedOf = (node: HTMLElement): (string | undefined)[] =>
  rowsOf(node)
    .filter(row => row.ariaSelected === 'true' || row.getAttribute('aria-selected') === 'true')
    .map(row => row.dataset['runId']);

beforeEach(() => {
  world = new PanelWorld();
  ({ server, feed, executed, preferences, inserted, desk, model } = world);
});

describe('RunsPanel', () => {
  it('shows the lines to type while there are no runs', async () => {
    server.on('GET runs', pageOf([]));
    const node = await opened();
    expect([...node.querySelectorAll('code')].map(code => code.textContent)).toEqual([
      '%load_ext mlops_lab',
      '%%track',
      'import mlops_lab as lab\nlab.log_metric("loss", value)'
    ]);
    await click(button(node, 'Insert'));
    expect(inserted).toEqual(['%load_ext mlops_lab']);
  });

  it('shows status, name, metric, notebook and the job of each run', async () => {
    const job = {
      job_id: 'j',
      definition_id: 'd',
      definition_name: 'nightly',
      revision: 2,
      source_run_id: null
    };
    const failed = { status: 'failed', primary_metric: null, error_name: 'ValueError' } as const;
    server.on('GET runs', pageOf([summaryOf('a', { job }), summaryOf('b', failed)]));
    const [first, second] = rowsOf(await opened());
    expect(first?.textContent).toContain('run a');
    expect(first?.textContent).toContain('auc0.76152');
    expect(first?.textContent).toContain('jobnightly, revision 2');
    expect(second?.textContent).toContain('ValueError');
    expect(second?.textContent).toContain('train.ipynb');
    expect(second?.querySelector('svg')?.getAttribute('aria-label')).toBe('Failed');
  });

  it('selects by mouse and compares two or more', async () => {
    const node = await opened();
    const words = (): string[] =>
      [...node.querySelectorAll('.jp-MlopsLab-actions button')].map(
        one => one.textContent || one.getAttribute('aria-label') || ''
      );
    const scope = ['This notebook', 'This cell'];
    const rest = ['More that can be done with the selected runs', 'Select nothing'];
    expect(words()).toEqual(scope);
    await click(rowsOf(node)[0] ?? null);
    expect(words()).toEqual([...scope, 'Open', 'Productionize', ...rest]);
    await click(rowsOf(node)[2] ?? null, { ctrlKey: true });
    expect(selectedOf(node)).toEqual(['a', 'c']);
    expect(words()).toEqual([...scope, 'Compare 2', ...rest]);
    await click(button(node, 'Compare 2'));
    expect(executed).toEqual([[CommandIds.compareRuns, {}]]);
    await click(rowsOf(node)[1]?.querySelector('input') ?? null);
    expect(selectedOf(node)).toEqual(['a', 'b', 'c']);
    await click(node.querySelector('[aria-label="Select nothing"]'));
    expect(words()).toEqual(scope);
  });

  it('says that the connection is lost, for as long as it is', async () => {
    const node = await opened();
    await act(async () => feed.connect(false));
    expect(node.textContent).toContain('Connection lost');
    await click(button(node, 'Try now'));
    await act(async () => feed.connect(true));
    expect(node.textContent).not.toContain('Connection lost');
  });

  it('shows tags by their values where room is short', async () => {
    const tags = [
      { name: 'stage', value: 'draft' },
      { name: 'team', value: 'core' }
    ];
    server.on('GET glances', { glances: [{ run_id: 'a', tags, note: '', sparkline: null }] });
    const node = await opened();
    const shown = (): HTMLElement | null => node.querySelector('.jp-MlopsLab-runRow-tags');
    await until(shown, 'the tags');
    expect(shown()?.textContent).toBe('draft+1');
    expect(shown()?.querySelector<HTMLElement>('.jp-MlopsLab-runRow-tag')?.title).toBe(
      'stage: draft'
    );
    await act(async () => preferences.setList({ density: 'roomy' }));
    expect(shown()?.textContent).toBe('stagedraftteamcore');
  });

  it('does not offer to productionize what is a run of a job', async () => {
    const job = {
      job_id: 'j1',
      definition_id: 'd1',
      definition_name: 'nightly',
      revision: 2,
      source_run_id: 'a'
    };
    server.on('GET runs', pageOf([summaryOf('a'), summaryOf('b', { job, source: 'job' })]));
    const node = await opened();
    await click(rowsOf(node)[1] ?? null);
    expect(button(node, 'Productionize').disabled).toBe(true);
    await click(rowsOf(node)[0] ?? null);
    expect(button(node, 'Productionize').disabled).toBe(false);
  });

  it('selects and opens by keyboard', async () => {
    const node = await opened();
    const list = node.querySelector('[role=tree]');
    await press(list, 'ArrowDown');
    await press(list, 'ArrowDown', { shiftKey: true });
    expect(selectedOf(node)).toEqual(['a', 'b']);
    expect(list?.getAttribute('aria-activedescendant')).toBe(rowsOf(node)[1]?.id);
    await press(list, ' ');
    expect(selectedOf(node)).toEqual(['a']);
    await press(list, 'Enter');
    expect(executed).toEqual([[CommandIds.openRun, { runId: 'b' }]]);
    await press(list, 'Escape');
    expect(selectedOf(node)).toEqual([]);
  });

  it('shows the fault of a filter below the box and keeps the rows', async () => {
    const node = await opened();
    const problem = { code: 'invalid_input', detail: 'Bad at character 5.', hint: 'Use >.' };
    server.on('GET runs', new Refusal(400, problem));
    await type(node.querySelector('input[role=combobox]'), 'auc >> 1');
    await until(() => node.textContent.includes('Bad at character 5.'), 'the fault');
    expect(node.querySelector('input[role=combobox]')?.getAttribute('aria-invalid')).toBe('true');
    expect(rowsOf(node)).toHaveLength(3);
  });

  it('shows a failure of the server with a way to try again', async () => {
    const problem = { code: 'store_unavailable', detail: 'Disk full.', hint: 'Make room.' };
    server.on('GET runs', new Refusal(503, problem));
    const node = await opened();
    expect(node.textContent).toContain('Disk full.');
    expect(node.textContent).toContain('Make room.');
    server.on('GET runs', pageOf([summaryOf('a')]));
    await click(button(node, 'Retry'));
    await until(() => rowsOf(node).length === 1, 'the row');
    expect(node.textContent).not.toContain('Disk full.');
  });

  it('moves a row when its run does', async () => {
    const node = await opened();
    server.on('GET runs', pageOf([summaryOf('z', { status: 'running' })]));
    feed.move('run', 'z');
    await until(() => rowsOf(node)[0]?.dataset['runId'] === 'z', 'the new row');
    expect(rowsOf(node)[0]?.querySelector('svg')?.getAttribute('aria-label')).toBe('Running');
  });

  it('renames in the row: Enter keeps the name, Escape does not', async () => {
    const node = await opened();
    await click(rowsOf(node)[0] ?? null);
    await act(async () => desk.edit({ kind: 'name', ids: ['a'] }));
    const field = (): HTMLInputElement | null => node.querySelector('.jp-MlopsLab-runRow-rename');
    const list = node.querySelector('.jp-MlopsLab-runList');
    await press(field(), 'Escape');
    expect(field()).toBeNull();
    expect(document.activeElement).toBe(list);
    await act(async () => desk.edit({ kind: 'name', ids: ['a'] }));
    await type(field(), 'better');
    await press(field(), 'Enter');
    expect(executed.at(-1)).toEqual([CommandIds.renameRun, { runId: 'a', name: 'better' }]);
    expect(document.activeElement).toBe(list);
  });

  it('renames a run that has no row in a sheet over the list', async () => {
    server.on('GET runs/elsewhere', runOf(summaryOf('elsewhere', { name: 'old' })));
    const node = await opened();
    await act(async () => desk.edit({ kind: 'name', ids: ['elsewhere'] }));
    const field = (): HTMLInputElement | null =>
      node.querySelector('[role=dialog] .jp-MlopsLab-runRow-rename');
    await until(field, 'the field');
    expect(field()?.value).toBe('old');
    await type(field(), 'better');
    await press(field(), 'Enter');
    expect(executed.at(-1)).toEqual([CommandIds.renameRun, { runId: 'elsewhere', name: 'better' }]);
    expect(node.querySelector('[role=dialog]')).toBeNull();
  });

  it('gives the focus to the list or the filter that was called, after the palette', async () => {
    const node = await opened();
    const elsewhere = document.body.appendChild(document.createElement('input'));
    onTestFinished(() => elsewhere.remove());
    const called = async (call: () => void): Promise<Element | null> => {
      act(call);
      elsewhere.focus();
      await until(() => document.activeElement !== elsewhere, 'the focus');
      return document.activeElement;
    };
    expect(await called(() => desk.callList())).toBe(node.querySelector('.jp-MlopsLab-runList'));
    const box = node.querySelector('input[role=combobox]');
    expect(await called(() => desk.callFilter())).toBe(box);
    server.on('GET runs', pageOf([]));
    await act(async () => feed.move('run', 'a', 'deleted'));
    await until(() => !node.querySelector('.jp-MlopsLab-runList'), 'no list');
    expect(await called(() => desk.callList())).toBe(box);
  });

  it('does not offer to compare more runs than the server compares, and says so', async () => {
    const ids = Array.from({ length: 201 }, (_, index) => `r${index}`);
    const node = await opened();
    await act(async () => model.select({ ids, active: null, anchor: null }));
    expect(button(node, 'Compare 201').disabled).toBe(true);
    expect(button(node, 'Compare 201').title).toBe('At most 200 runs can be compared');
    await act(async () => model.select({ ids: ids.slice(1), active: null, anchor: null }));
    expect(button(node, 'Compare 200').disabled).toBe(false);
  });
});
