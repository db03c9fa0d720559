import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { act } from 'react';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import {
  captureOf,
  FakeFeed,
  FakeServer,
  fakeLab,
  pageOf,
  Refusal,
  summaryOf
} from '../../__tests__/fakes';
import { button, click, press, recordingCommands, type, until } from '../../__tests__/screen';
import { CommandIds } from '../../commands';
import { CompareModel } from '../model';
import { CompareView } from '../view';
import { COMPARISON, RUNS, WHY } from './compared';

let server: FakeServer;
let executed: unknown[];

beforeEach(() => {
  executed = [];
  server = new FakeServer()
    .on('POST runs/batch-get', ({ body }) => {
      const ids = (body as { run_ids: string[] }).run_ids;
      const runs = ids.flatMap(id => RUNS.find(run => run.summary.id === id) ?? []);
      return { runs, missing: ids.filter(id => !runs.some(run => run.summary.id === id)) };
    })
    .on('GET comparison', ({ path }) => ({
      ...COMPARISON,
      baseline: new URLSearchParams(path.split('?')[1]).get('run_id')
    }))
    .on('GET explanation', WHY)
    .on('GET runs/a/capture', captureOf('a'))
    .on('GET runs/b/capture', captureOf('b'))
    .on('GET runs', pageOf([...RUNS.map(run => run.summary), summaryOf('c')]));
});

async function opened(runIds = ['a', 'b']): Promise<{ node: HTMLElement; model: CompareModel }> {
  const lab = fakeLab(server, new FakeFeed());
  const model = new CompareModel({ ...lab, runIds });
  const view = new CompareView({
    model,
    lab,
    commands: recordingCommands(executed),
    rendermime: null,
    inserter: () => null
  });
  onTestFinished(async () => act(async () => view.dispose()));
  await act(async () => {
    Widget.attach(view, document.body);
    MessageLoop.flush();
  });
  await until(() => view.node.querySelector('article'), 'the comparison');
  return { node: view.node, model };
}

const rowOf = (node: HTMLElement, name: string): HTMLElement | undefined =>
  [...node.querySelectorAll<HTMLElement>('[role=row]')].find(row =>
    row.textContent.startsWith(name)
  );
const gridOf = (node: HTMLElement): HTMLElement => node.querySelector<HTMLElement>('[role=grid]')!;

describe('CompareView', () => {
  it('shows what differs, how far in value and percent, the best, and what a run lacks', async () => {
    const { node } = await opened();
    const auc = rowOf(node, 'auc')!;
    expect(auc.textContent).toContain('higher is better');
    expect(auc.textContent).toContain('+0.05+6.7%');
    expect(auc.querySelectorAll('.jp-mod-best')).toHaveLength(1);
    expect(auc.querySelector('.jp-mod-best')?.textContent).toContain('0.8');
    expect(rowOf(node, 'loss')?.querySelector('[title="This run has none"]')).not.toBeNull();
    expect(rowOf(node, 'rate')?.textContent).toContain('+0.1+100%');
    expect(rowOf(node, 'rows')).toBeUndefined();
  });

  it('folds equal rows into one line that unfolds', async () => {
    const { node } = await opened();
    const fold = [...node.querySelectorAll('button')].find(item =>
      item.textContent.includes('1 equal parameter')
    );
    expect(rowOf(node, 'seed')).toBeUndefined();
    await click(fold ?? null);
    expect(rowOf(node, 'seed')?.textContent).toContain('13');
  });

  it('holds all against the run that is made the baseline', async () => {
    const { node } = await opened();
    const [, other] = node.querySelectorAll('.jp-MlopsLab-baseline');
    await click(other ?? null);
    expect(rowOf(node, 'auc')?.textContent).toContain('−0.05');
    const asked = server.seen.filter(seen => seen.path.includes('points=no')).at(-1);
    expect(asked?.path).toContain('run_id=b&run_id=a');
    expect(gridOf(node).querySelector('[aria-pressed=true]')?.textContent).toContain('baseline');
  });

  it('shows the best or other values of metrics on demand', async () => {
    const { node } = await opened();
    await type(node.querySelector('select[aria-label="Which value of each metric"]'), 'max');
    expect(rowOf(node, 'auc')?.textContent).toContain('0.9');
  });

  it('can be turned so that runs are rows', async () => {
    const { node } = await opened();
    await click(button(node, 'Runs as rows'));
    expect(rowOf(node, 'Finishedrun b')?.textContent).toContain('0.8');
    expect(node.querySelectorAll('[role=columnheader]').length).toBeGreaterThan(3);
  });

  it('finds rows by name and value', async () => {
    const { node } = await opened();
    await type(node.querySelector('input[type=search]'), 'seed');
    expect(rowOf(node, 'seed')).toBeDefined();
    expect(rowOf(node, 'auc')).toBeUndefined();
    expect(node.textContent).toContain('1 row found');
  });

  it('walks by arrow keys, and opens, sorts and takes out by keys', async () => {
    const { node, model } = await opened();
    const grid = gridOf(node);
    await press(grid, 'b');
    expect(model.baseline?.summary.id).toBe('a');
    await press(grid, 'ArrowRight');
    await press(grid, 'b');
    expect(model.baseline?.summary.id).toBe('b');
    await press(grid, 'ArrowLeft', { altKey: true });
    expect(model.runIds).toEqual(['b', 'a']);
    await press(grid, 'ArrowDown', { ctrlKey: true });
    expect(grid.getAttribute('aria-activedescendant')).not.toContain('-1:');
    await press(grid, 'Home', { ctrlKey: true });
    await press(grid, 'ArrowRight');
    await press(grid, 'Delete');
    expect(model.runIds).toEqual(['a']);
    expect(node.textContent).toContain('A comparison needs two runs');
  });

  it('explains why one is better, and opens the row of a cause', async () => {
    const { node } = await opened();
    await until(() => node.textContent.includes('In 14 other runs'), 'the explanation');
    expect(node.textContent).toContain(
      'Other runs of the experiment point to the first of these causes.'
    );
    await click(button(node, 'rate is 0.2 instead of 0.1'));
    expect(rowOf(node, 'rate')?.className).toContain('jp-mod-wanted');
  });

  it('leaves a run out of the charts, and keeps that', async () => {
    const { node, model } = await opened();
    await until(() => rowOf(node, 'rate'), 'the table');
    await click(node.querySelector('[aria-label="Leave run b out of the charts"]'));
    expect(model.layout.hidden).toEqual(['b']);
    expect(node.querySelectorAll('.jp-MlopsLab-runHead.jp-mod-outOfCharts').length).toBe(1);
    expect(rowOf(node, 'rate')?.querySelectorAll('.jp-mod-outOfCharts').length).toBe(1);
    await act(async () => model.mark(['a']));
    expect(node.querySelector('.jp-MlopsLab-runHead.jp-mod-marked')?.textContent).toContain(
      'run a'
    );
  });

  it('tells changed cells by values, names and words', async () => {
    const { node } = await opened();
    await until(() => node.querySelector('.jp-MlopsLab-cellDiff'), 'the code');
    const text = node.querySelector('.jp-MlopsLab-cellDiffs')!.textContent;
    expect(text).toContain('max_depth3→then5of Forest');
    expect(text).toContain('renamedclf→thenmodel');
    const marks = [...node.querySelectorAll('.jp-MlopsLab-diff mark')].map(
      mark => mark.textContent
    );
    expect(marks).toEqual(['X', 'X_test']);
  });

  it('tells a cell once that came with the same source several times', async () => {
    const [cells] = COMPARISON.cells;
    const added = {
      ...cells!.cells[0]!,
      ...{ change: 'added' as const, places: [null, 3], renames: [], literals: [] },
      lines: [{ kind: 'added' as const, text: 'model.fit()' }]
    };
    const again = { ...added, places: [null, 4] };
    server.on('GET comparison', {
      ...COMPARISON,
      cells: [{ ...cells!, cells: [added, again] }]
    });
    const { node } = await opened();
    await until(() => node.textContent.includes('1 cell added'), 'the code');
    expect(node.textContent).not.toContain('2 cells added');
  });

  it('names the columns that differ, and the packages', async () => {
    const { node } = await opened();
    await until(() => node.querySelector('.jp-MlopsLab-dataDiff'), 'the data');
    expect(node.textContent).toContain('1000 × 2, then 900 × 2');
    expect(node.textContent).toContain('type int64, then float64');
    expect(node.textContent).toContain('0 missing, then 7');
    expect(rowOf(node, 'numpy')?.textContent).toContain('1.26');
  });

  it('adds a run that is found', async () => {
    const { node, model } = await opened();
    await click(button(node, 'Add runs'));
    await until(() => node.querySelector('[role=option]'), 'the runs');
    expect(node.querySelectorAll('[role=option]')).toHaveLength(1);
    await press(node.querySelector('[role=combobox]'), 'Enter');
    expect(model.runIds).toEqual(['a', 'b', 'c']);
  });

  it('finds runs behind pages that hold only what is compared', async () => {
    const [first, second] = [RUNS.map(run => run.summary), [summaryOf('c')]];
    server.on('GET runs', ({ path }) =>
      path.includes('cursor=next') ? pageOf(second) : pageOf(first, 'next')
    );
    const { node } = await opened();
    await click(button(node, 'Add runs'));
    await until(() => node.querySelector('[role=option]'), 'the runs');
    expect(node.querySelector('[role=option]')?.textContent).toContain('run c');
  });

  it('lists the first causes, and all of them on demand', async () => {
    const [cause] = WHY.causes;
    const causes = ['one', 'two', 'three', 'four', 'five'].map(name => ({ ...cause!, name }));
    server.on('GET explanation', { ...WHY, causes });
    const { node } = await opened();
    const items = (): number => node.querySelectorAll('.jp-MlopsLab-why-item').length;
    await until(() => items() > 0, 'the causes');
    expect(items()).toBe(3);
    await click(button(node, 'Show all 5 differences'));
    expect(items()).toBe(5);
    await click(button(node, 'Show less'));
    expect(items()).toBe(3);
  });

  it('says in a word how likely a cause is, and nothing of it where both are alike', async () => {
    const { node } = await opened();
    await until(() => node.querySelector('.jp-MlopsLab-meter'), 'the likelihood');
    const meter = node.querySelector('.jp-MlopsLab-meter')!;
    expect(meter.textContent).toBe('likely cause');
    expect(meter.getAttribute('title')).toContain('70 of 100');
    expect(node.querySelector('.jp-MlopsLab-why-room.jp-mod-waiting')).toBeNull();
    server.on('GET explanation', { ...WHY, change: 0, verdict: 'same_value' });
    const { node: other } = await opened();
    await until(() => other.textContent.includes('Both have the same value.'), 'the explanation');
    expect(other.querySelector('.jp-MlopsLab-meter')).toBeNull();
    expect(other.textContent).not.toContain('Judged from');
  });

  it('leaves it to the page to scroll few rows, and keeps headings above their columns', async () => {
    const { node } = await opened();
    const body = node.querySelector<HTMLElement>('.jp-MlopsLab-matrix-body')!;
    const top = node.querySelector<HTMLElement>('.jp-MlopsLab-matrix-top')!;
    expect(body.className).not.toContain('jp-mod-windowed');
    body.scrollLeft = 40;
    await act(async () => body.dispatchEvent(new Event('scroll')));
    expect(top.scrollLeft).toBe(40);
  });

  it('checks a tag that has no value', async () => {
    const tagged = { ...RUNS[1]!, tags: [{ name: 'good', value: '' }] };
    server.on('POST runs/batch-get', { runs: [RUNS[0], tagged], missing: [] });
    const { node } = await opened();
    const row = rowOf(node, 'good')!;
    expect(row.querySelector('[title="This run has the tag good"]')?.textContent).toBe('✓yes');
    expect(row.querySelector('[title="This run has none"]')).not.toBeNull();
  });

  it('says by signs that are no arrows what is better and what is worse', async () => {
    const { node } = await opened();
    const better = node.querySelector('.jp-MlopsLab-matrix .jp-MlopsLab-distance.jp-mod-better');
    expect(better?.textContent).toContain('✓better than the baseline');
  });

  it('says that a run was deleted, and goes on with the others', async () => {
    const { node, model } = await opened(['a', 'gone', 'b']);
    expect(node.textContent).toContain('1 of the compared runs is there no more');
    expect(model.count).toBe(2);
    expect(rowOf(node, 'auc')).toBeDefined();
    await click(button(node, 'Compare the others only'));
    expect(model.runIds).toEqual(['a', 'b']);
  });

  it('offers a link only where something can make one', async () => {
    const { node } = await opened();
    await click(button(node, 'Copy link'));
    expect(executed).toEqual([[CommandIds.copyLink, { runIds: ['a', 'b'], baseline: 'a' }]]);
  });

  it('says in place what could not be had, and keeps the table', async () => {
    server.on('GET comparison', new Refusal(500, { title: 'Broken', status: 500 }));
    const { node } = await opened();
    await until(() => node.querySelector('[role=alert]'), 'the error');
    expect(rowOf(node, 'auc')).toBeDefined();
  });
});
