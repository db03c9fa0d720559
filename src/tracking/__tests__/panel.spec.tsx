import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { act } from 'react';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { FakeFeed, FakeServer, fakeLab, pageOf, Refusal, summaryOf } from '../../__tests__/fakes';
import { button, click, press, recordingCommands, type, until } from '../../__tests__/screen';
import { CommandIds } from '../../commands';
import { RunsModel } from '../model';
import { RunsPanel } from '../panel';

let server: FakeServer;
let feed: FakeFeed;
let executed: unknown[];

/** The sidebar as JupyterLab attaches it. */
async function opened(insert: ((code: string) => void) | null = null): Promise<HTMLElement> {
  const lab = fakeLab(server, feed);
  const commands = recordingCommands(executed);
  const inserter = insert && { isEnabled: true, insert };
  const panel = new RunsPanel({ lab, model: new RunsModel(lab), commands, inserter });
  onTestFinished(async () => act(async () => panel.dispose()));
  await act(async () => {
    Widget.attach(panel, document.body);
    MessageLoop.flush();
  });
  await until(() => !panel.node.querySelector('.jp-MlopsLab-skeleton'), 'the first answer');
  return panel.node;
}

const rowsOf = (node: HTMLElement): HTMLElement[] => [
  ...node.querySelectorAll<HTMLElement>('[role=option]')
];
const selectedOf = (node: HTMLElement): (string | undefined)[] =>
  rowsOf(node)
    .filter(row => row.ariaSelected === 'true' || row.getAttribute('aria-selected') === 'true')
    .map(row => row.dataset['runId']);

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(300);
  executed = [];
  feed = new FakeFeed();
  server = new FakeServer().on('GET runs', pageOf(['a', 'b', 'c'].map(id => summaryOf(id))));
});

describe('RunsPanel', () => {
  it('shows the lines to type while there are no runs', async () => {
    server.on('GET runs', pageOf([]));
    const inserted: string[] = [];
    const node = await opened(code => inserted.push(code));
    expect([...node.querySelectorAll('code')].map(code => code.textContent)).toEqual([
      '%load_ext mlops_lab',
      '%%track'
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
    expect(button(node, 'Compare').disabled).toBe(true);
    await click(rowsOf(node)[0] ?? null);
    expect(button(node, 'Productionize').disabled).toBe(false);
    await click(rowsOf(node)[2] ?? null, { ctrlKey: true });
    expect(selectedOf(node)).toEqual(['a', 'c']);
    expect(button(node, 'Productionize').disabled).toBe(true);
    await click(button(node, 'Compare 2'));
    expect(executed).toEqual([[CommandIds.compareRuns, {}]]);
    await click(rowsOf(node)[1]?.querySelector('input') ?? null);
    expect(selectedOf(node)).toEqual(['a', 'b', 'c']);
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
    const list = node.querySelector('[role=listbox]');
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
    await type(node.querySelector('input[type=search]'), 'auc >> 1');
    await until(() => node.textContent.includes('Bad at character 5.'), 'the fault');
    expect(node.querySelector('input[type=search]')?.getAttribute('aria-invalid')).toBe('true');
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
});
