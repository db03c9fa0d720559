import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { act } from 'react';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { fullCapture, fullRun } from '../../__tests__/captures';
import type { FakeServer } from '../../__tests__/fakes';
import { FakeFeed, fakeLab, Refusal, runOf, summaryOf } from '../../__tests__/fakes';
import { serverWith } from '../../__tests__/runServer';
import { button, click, recordingCommands, type, until } from '../../__tests__/screen';
import type { Run, RunCapture } from '../../api/types';
import { CommandIds } from '../../commands';
import { Folds } from '../folds';
import { RunModel } from '../model';
import { RunView } from '../view';

let executed: unknown[];
let feed: FakeFeed;

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(900);
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(400);
  executed = [];
  feed = new FakeFeed();
});

async function openedOn(server: FakeServer, id: string): Promise<HTMLElement> {
  const lab = fakeLab(server, feed);
  const model = new RunModel({ ...lab, runId: id });
  const commands = recordingCommands(executed);
  const view = new RunView({ model, lab, commands, rendermime: null, folds: new Folds(null) });
  onTestFinished(async () => act(async () => view.dispose()));
  await act(async () => {
    Widget.attach(view, document.body);
    MessageLoop.flush();
  });
  await until(() => view.node.querySelector('h1'), 'the run');
  return view.node;
}

async function opened(run: Run, capture?: RunCapture): Promise<HTMLElement> {
  return openedOn(serverWith(run, capture), run.summary.id);
}

/** The section of this name, opened. */
async function section(node: HTMLElement, name: string): Promise<HTMLElement> {
  const found = node.querySelector<HTMLDetailsElement>(`[data-section="${name}"]`);
  if (!found) {
    throw new Error(`There is no section “${name}”.`);
  }
  await act(async () => {
    found.open = true;
    found.dispatchEvent(new Event('toggle'));
  });
  return found;
}

describe('RunView', () => {
  it('shows what a run was and gave', async () => {
    const metric = {
      name: 'auc',
      last: 'NaN' as const,
      step: 0,
      count: 1,
      min: 0,
      max: 1,
      is_kpi: false
    };
    const node = await opened(
      runOf(summaryOf('a'), {
        params: [{ name: 'rate', value: '0.1', origin: 'assigned', detail: '' }],
        metrics: [metric],
        tags: [{ name: 'team', value: 'blue' }],
        cells: [{ source: '%%track\nrate = 0.1', cell_id: 'c', execution_count: 3 }],
        warnings: ['The value of “big” was not stored.']
      })
    );
    const text = node.textContent;
    expect(text).toContain('run a');
    expect(text).toContain('2.0 s');
    expect(text).toContain('train.ipynb [3]');
    expect(text).toContain('teamblue');
    expect(text).toContain('aucprimaryNaN');
    expect(text).toContain('rate0.1assigned in the cell');
    expect(text).toContain('The value of “big” was not stored.');
    expect(node.querySelector('pre')?.textContent).toBe('%%track\nrate = 0.1');
  });

  it('shows what the runs of its experiment took in all, and opens the best of them', async () => {
    const node = await opened(fullRun(), fullCapture());
    const facts = node.querySelector('.jp-MlopsLab-facts')?.textContent;
    expect(facts).toContain('Experimenttrain, 3 runs');
    expect(facts).toContain('Best auc0.8, higher is better');
    expect(facts).toContain('Total time of all runs6.0 s, CPU 9.0 s');
    expect(facts).toContain('Highest peak memory of all runs300 MB');
    await click(button(node, '0.8, higher is better'));
    expect(executed).toEqual([[CommandIds.openRun, { runId: 'best' }]]);
  });

  it('keeps a revealed section in its place while the page loads, until the reader moves', async () => {
    const observed = vi.spyOn(ResizeObserver.prototype, 'observe');
    Element.prototype.scrollIntoView = () => undefined;
    const node = await opened(fullRun(), fullCapture());
    observed.mockClear();
    const links = [...node.querySelectorAll<HTMLElement>('.jp-MlopsLab-outline-link')];
    await click(links.find(link => link.textContent.startsWith('Environment')) ?? null);
    await until(() => node.dataset['revealed'] === 'environment', 'the section');
    const page = node.querySelector('.jp-MlopsLab-page');
    expect(observed.mock.calls.map(([element]) => element)).toContain(page);
    node.dispatchEvent(new Event('wheel'));
    expect(node.dataset['revealed']).toBeUndefined();
  });

  it('shows the figures, and where the run stands', async () => {
    const node = await opened(fullRun(), fullCapture());
    const figures = node.querySelector('.jp-MlopsLab-figures')?.textContent;
    expect(figures).toContain('auc0.76');
    expect(figures).toContain('0.04 worse than the best');
    expect(figures).toContain('CPU time3.0 s1.5 cores busy on average');
    expect(figures).toContain('Peak memory512 MB');
    await click(button(node, 'Open the best run'));
    await click(button(node, '01234567'));
    expect(executed).toEqual([
      [CommandIds.openRun, { runId: 'best' }],
      [CommandIds.openRun, { runId: 'earlier-run-01234567' }]
    ]);
  });

  it('has a section for everything that was captured', async () => {
    const node = await opened(fullRun(), fullCapture());
    const names = [...node.querySelectorAll<HTMLElement>('[data-section]')].map(
      item => item.dataset['section']
    );
    expect(names).toEqual([
      'tags',
      'charts',
      'metrics',
      'params',
      'children',
      'data',
      'models',
      'code',
      'outputs',
      'files',
      'lineage',
      'order',
      'history',
      'reproductions',
      'environment',
      'git',
      'hardware',
      'notes',
      'audit'
    ]);
    const links = [...node.querySelectorAll('nav button')];
    expect(links).toHaveLength(names.length - 1);
  });

  it('keeps the series of the machine apart from the metrics', async () => {
    const node = await opened(fullRun(), fullCapture());
    expect((await section(node, 'metrics')).textContent).not.toContain('system/');
    const charts = (await section(node, 'hardware')).querySelectorAll('figcaption');
    expect([...charts].map(item => item.textContent)).toEqual(['cpu']);
  });

  it('shows data with types, missing values, distributions and masks', async () => {
    const node = await opened(fullRun(), fullCapture());
    const data = await section(node, 'data');
    expect(data.textContent).toContain('1000 rows × 3 columns');
    expect(data.textContent).toContain('0123456789');
    expect(data.textContent).toContain('sample of 500 rows');
    expect(data.textContent).toContain('made by the cell');
    expect(data.textContent).toContain('25 (2.5%)');
    expect(data.querySelectorAll('.jp-MlopsLab-histogram rect')).toHaveLength(2);
    expect(data.querySelector('.jp-MlopsLab-topValues')?.textContent).toBe('UAAA');
    expect(data.textContent).toContain('masked');
  });

  it('tells safe model files from others, and what never came', async () => {
    const node = await opened(fullRun(), fullCapture());
    const models = await section(node, 'models');
    expect(models.textContent).toContain('✓ safe to load');
    expect(models.querySelector('a')?.getAttribute('href')).toBe(
      'http://127.0.0.1/user/ada/mlops-lab/api/runs/full/artifacts/models/model.skops'
    );
    expect((await section(node, 'files')).textContent).toContain('missing');
  });

  it('draws vector pictures as images, which run no scripts, and tells what was cut', async () => {
    const node = await opened(fullRun(), fullCapture());
    const outputs = await section(node, 'outputs');
    expect(outputs.querySelector('pre')?.textContent).toBe('hello\n');
    expect(outputs.querySelector('img')?.src).toMatch(/^data:image\/svg\+xml/);
    expect(outputs.textContent).toContain('1 more output was left out');
    expect(outputs.textContent).toContain('At most 1.0 MB');
  });

  it('says what is odd about the order of cells, and restores a cell that is gone', async () => {
    const node = await opened(fullRun(), fullCapture());
    const order = await section(node, 'order');
    expect(order.textContent).toContain(
      'train came from the cell that ran as [1], which is no longer in the notebook.'
    );
    await click(button(order, 'Restore this cell'));
    const history = await section(node, 'history');
    expect(history.textContent).toContain('used: train');
    await click(button(history, 'Restore into a new notebook'));
    expect(executed).toEqual([
      [CommandIds.restoreCode, { runId: 'full', position: 0 }],
      [CommandIds.restoreHistory, { runId: 'full' }]
    ]);
  });

  it('calls the cells of the run of a job what they are', async () => {
    const run = fullRun();
    const ofJob: Run = { ...run, summary: { ...run.summary, source: 'job' } };
    const history = await section(await opened(ofJob, fullCapture()), 'history');
    expect(history.textContent).toContain('Executed cells');
    expect(history.textContent).not.toContain('Earlier cells');
  });

  it('filters many packages, and draws only those in sight', async () => {
    const node = await opened(fullRun(), fullCapture());
    const place = await section(node, 'environment');
    expect(place.querySelectorAll('tbody th').length).toBeLessThan(60);
    await type(place.querySelector('input'), 'package-119');
    expect([...place.querySelectorAll('tbody th')].map(item => item.textContent)).toEqual([
      'package-119'
    ]);
  });

  it('shows children with the parameters in which they differ', async () => {
    const node = await opened(fullRun(), fullCapture());
    const children = await section(node, 'children');
    const headings = [...children.querySelectorAll('thead th')].map(item => item.textContent);
    expect(headings.join('|')).toMatch(/^Run |auc .*depth .*Duration/);
    expect(headings.join('|')).not.toContain('seed');
    await click(button(children, 'run t2'));
    await click(button(children, 'Compare all'));
    expect(executed).toEqual([
      [CommandIds.openRun, { runId: 't2' }],
      [CommandIds.compareRuns, { runIds: ['t1', 't2'] }]
    ]);
  });

  it('shows the proof, and orders another in the chosen environment', async () => {
    const server = serverWith(fullRun(), fullCapture()).on('POST runs/full/reproductions', {});
    const node = await openedOn(server, 'full');
    const proofs = await section(node, 'reproductions');
    expect(proofs.textContent).toContain('1 of 2 metrics differ');
    expect(proofs.textContent).toContain('The first difference arose in the cell that ran as [2]');
    expect(proofs.textContent).toContain('numpypackage1.262.0');
    await type(proofs.querySelector('select'), 'replayed');
    await click(button(proofs, 'Reproduce'));
    await until(() => server.seen.some(({ method }) => method === 'POST'), 'the order');
    const sent = server.seen.find(({ method }) => method === 'POST');
    expect(sent).toMatchObject({ body: { environment: 'replayed' } });
  });

  it('shows what git had not committed', async () => {
    const node = await opened(fullRun(), fullCapture());
    const git = await section(node, 'git');
    expect(git.textContent).toContain('https://example.org/work.git');
    expect(git.textContent).toContain('1 line added · 1 line removed');
    expect(git.querySelector('.jp-mod-added')?.textContent).toContain('rate = 0.2');
    expect(git.querySelector('a')).toBeNull();
  });

  it('shows earlier values of a tag when asked', async () => {
    const server = serverWith(fullRun(), fullCapture()).on('GET runs/full/tags/note/history', {
      entries: [
        { name: 'note', value: 'zeroth try', set_at: 0 },
        { name: 'note', value: 'first try', set_at: 1 }
      ]
    });
    const node = await openedOn(server, 'full');
    const tags = node.querySelector<HTMLElement>('[data-section="tags"]')!;
    await click(button(tags, 'notefirst try'));
    await act(async () => {
      const details = tags.querySelector('details');
      details!.open = true;
      details!.dispatchEvent(new Event('toggle'));
    });
    await until(() => tags.textContent.includes('zeroth try'), 'the earlier value');
  });

  it('shows the primary metric first, and marks it', async () => {
    const metrics = ['accuracy', 'auc', 'brier'].map(name => ({
      name,
      last: 0.5,
      step: 0,
      count: 1,
      min: 0.5,
      max: 0.5,
      is_kpi: false
    }));
    const node = await opened(runOf(summaryOf('a'), { metrics }));
    const names = [...node.querySelectorAll('tbody th')].map(cell => cell.textContent);
    expect(names).toEqual(['aucprimary', 'accuracy', 'brier']);
  });

  it('shows the run without its capture when that cannot be had', async () => {
    const problem = { code: 'store_unavailable', detail: 'No capture.', hint: 'Mend it.' };
    const server = serverWith(fullRun()).on('GET runs/full/capture', new Refusal(503, problem));
    const node = await openedOn(server, 'full');
    expect(node.textContent).toContain('No capture.');
    expect(node.textContent).toContain('rate0.1');
  });

  it('shows the error of a failed run and does not offer to productionize it', async () => {
    const summary = summaryOf('a', { status: 'failed', error_name: 'ValueError' });
    const error = { name: 'ValueError', message: 'bad', traceback: 'Traceback' };
    const node = await opened(runOf(summary, { error }));
    expect(node.querySelector('.jp-MlopsLab-exception')?.textContent).toContain('ValueErrorbad');
    expect(() => button(node, 'Productionize')).toThrow('There is no button');
  });

  it('leads from the run of a job to the job and to the run it came from', async () => {
    const job = {
      job_id: 'j1',
      definition_id: 'd1',
      definition_name: 'nightly',
      revision: 2,
      source_run_id: 'source01'
    };
    const node = await opened(runOf(summaryOf('a', { job, source: 'job' })));
    await click(button(node, 'nightly, revision 2'));
    await click(button(node, 'source01'));
    await click(button(node, 'Open executed notebook'));
    expect(executed).toEqual([
      [CommandIds.openJobs, { jobId: 'j1' }],
      [CommandIds.openRun, { runId: 'source01' }],
      [CommandIds.openJobNotebook, { jobId: 'j1' }]
    ]);
  });
});
