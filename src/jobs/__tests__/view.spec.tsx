import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { act } from 'react';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { FakeFeed, FakeServer, fakeLab, jobOf, Refusal } from '../../__tests__/fakes';
import { button, click, recordingCommands, until } from '../../__tests__/screen';
import { CommandIds } from '../../commands';
import { JobsModel } from '../model';
import { JobsView } from '../view';

const revision = {
  definition_id: 'd1',
  number: 2,
  parameters: [{ name: 'rate', type: 'float', default: 1, comment: '' }],
  kernel_name: 'python3',
  working_dir: '/home/ada/work',
  notebook_digest: 'x',
  notebook_path: 'work/train.ipynb',
  source_run_id: 'r0',
  created_at: 1_700_000_000_000,
  created_by: 'ada',
  warnings: []
};

const schedule = {
  id: 's1',
  definition_id: 'd1',
  definition_name: 'train',
  cron: '0 6 * * *',
  timezone: 'UTC',
  description: 'Every day at 06:00',
  paused: false,
  next_fire_at: Date.now() + 3_600_000,
  next_fire_words: 'tomorrow',
  created_at: 1_700_000_000_000
};

const definition = {
  id: 'd1',
  name: 'train',
  created_at: 1_700_000_000_000,
  created_by: 'ada',
  revision,
  schedule,
  last_job: null,
  past: [],
  models: []
};

let server: FakeServer;
let feed: FakeFeed;
let executed: unknown[];

async function opened(): Promise<{ node: HTMLElement; model: JobsModel }> {
  const lab = fakeLab(server, feed);
  const commands = recordingCommands(executed);
  const model = new JobsModel(lab);
  const view = new JobsView({ model, lab, commands });
  onTestFinished(async () => act(async () => view.dispose()));
  await act(async () => {
    Widget.attach(view, document.body);
    MessageLoop.flush();
  });
  await until(() => view.node.querySelector('h1'), 'the view');
  return { node: view.node, model };
}

beforeEach(() => {
  executed = [];
  feed = new FakeFeed();
  server = new FakeServer()
    .on('GET status', { seq: 1, workers: [] })
    .on('GET definitions', { definitions: [definition], seq: 1 })
    .on('GET definitions/d1/revisions', { revisions: [revision] })
    .on('GET jobs', { jobs: [], next_cursor: null, seq: 1 });
});

describe('JobsView', () => {
  it('says what to do while there is no job', async () => {
    server.on('GET definitions', { definitions: [], seq: 1 });
    const { node } = await opened();
    expect(node.textContent).toContain('Press Productionize');
    await click(button(node, 'Productionize the open notebook'));
    await click(button(node, 'Show runs'));
    expect(executed).toEqual([
      [CommandIds.promoteNotebook, {}],
      [CommandIds.showRuns, {}]
    ]);
    expect(node.textContent).toContain('No worker is running; Run now starts one');
  });

  it('shows a definition with its parameters and schedule, and runs and pauses it', async () => {
    server.on('PATCH schedules/s1', { ...schedule, paused: true });
    const { node } = await opened();
    expect(node.textContent).toContain('revision 2');
    expect(node.textContent).toContain('rate = 1.0');
    expect(node.textContent).toContain('Every day at 06:00');
    expect(node.textContent).toContain('has not run yet');
    expect(node.textContent).toMatch(/in (1 h 0|59|60) min/);
    await click(button(node, 'Run now'));
    expect(executed).toEqual([[CommandIds.submitJob, { definitionId: 'd1' }]]);
    await click(button(node, 'Pause'));
    await until(() => server.seen.some(seen => seen.method === 'PATCH'), 'the request');
    expect(server.seen.find(seen => seen.method === 'PATCH')?.body).toEqual({ paused: true });
  });

  it('tells what the jobs of a definition came to, and opens it', async () => {
    const last = jobOf('j2', { run_id: 'r2' });
    const result = (value: number): object => ({ metric: 'auc', value, direction: 'max' });
    const common = { revision: 2, submitted_at: 1_700_000_000_000, ended_at: 1_700_000_001_000 };
    const past = [
      { ...common, id: 'j2', state: 'succeeded', run_id: 'r2', result: result(0.75) },
      { ...common, id: 'j1', state: 'failed', run_id: null, result: null },
      { ...common, id: 'j0', state: 'succeeded', run_id: 'r0', result: result(0.5) }
    ];
    const models = [{ name: 'delays', version: 4, aliases: ['champion'] }];
    const full = { ...definition, last_job: last, past, models };
    server.on('GET definitions', { definitions: [full], seq: 1 });
    server.on('GET jobs/j1', jobOf('j1', { state: 'failed', cause: 'cell 2 raised' }));
    const { node } = await opened();
    expect(node.textContent).toContain('delays version 4@champion');
    expect(node.textContent).toContain('▲ 0.25 better than before');
    const marks = [...node.querySelectorAll('.jp-MlopsLab-pastJobs button')];
    expect(marks.map(mark => mark.getAttribute('aria-label')?.split(' ·')[0])).toEqual([
      'Succeeded',
      'Failed',
      'Succeeded'
    ]);
    await click(button(node, '0.75'));
    await click(button(node, 'Succeeded'));
    expect(executed).toEqual([
      [CommandIds.openRun, { runId: 'r2' }],
      [CommandIds.openRun, { runId: 'r2' }]
    ]);
    await click(marks[1] as HTMLElement);
    await until(() => node.textContent.includes('cell 2 raised'), 'the job');
  });

  it('marks a definition that one asks for, and lists its jobs alone', async () => {
    const { node, model } = await opened();
    await act(async () => model.choose('d1'));
    const item = node.querySelector('[data-definition-id=d1]');
    expect(item?.getAttribute('aria-current')).toBe('true');
    expect(document.activeElement).toBe(item);
    expect(server.seen.some(seen => seen.path.includes('definition_id=d1'))).toBe(true);
  });

  it('lists revisions with their notebook and the run they came from', async () => {
    const { node } = await opened();
    await click(button(node, 'Revisions'));
    await until(() => node.querySelector('.jp-MlopsLab-revisions'), 'the revisions');
    const list = node.querySelector<HTMLElement>('.jp-MlopsLab-revisions') as HTMLElement;
    await click(button(list, 'Open notebook'));
    await click(button(list, 'Source run'));
    expect(executed).toEqual([
      [CommandIds.openRevisionNotebook, { definitionId: 'd1', number: 2 }],
      [CommandIds.openRun, { runId: 'r0' }]
    ]);
    await click(button(node, 'Revisions'));
    expect(node.querySelector('.jp-MlopsLab-revisions')).toBeNull();
  });

  it('follows a job, and cancels it only after asking', async () => {
    const running = jobOf('j1', { state: 'running', ended_at: null, cells_done: 3 });
    server.on('GET jobs', { jobs: [running], next_cursor: null, seq: 1 });
    server.on('POST jobs/j1/cancel', running);
    const { node } = await opened();
    expect(node.textContent).toContain('3/11');
    await click(button(node, 'Cancel'));
    expect(server.seen.some(seen => seen.method === 'POST')).toBe(false);
    await click(button(node, 'Keep it'));
    await click(button(node, 'Cancel'));
    await click(button(node, 'Stop this job'));
    await until(() => server.seen.some(seen => seen.path === 'jobs/j1/cancel'), 'the request');
    const done = jobOf('j1', { state: 'cancelled', cause: 'cancelled by ada' });
    server.on('GET jobs', { jobs: [done], next_cursor: null, seq: 2 });
    feed.move('job', 'j1');
    await until(() => node.textContent.includes('cancelled by ada'), 'the end');
    expect(() => button(node, 'Cancel')).toThrow('There is no button');
  });

  it('shows the failing cell, the error and the log of a failed job', async () => {
    const failed = jobOf('j1', {
      state: 'failed',
      cause: 'cell 3 raised ValueError',
      failing_cell: { index: 2, cell_id: 'c', source: 'raise ValueError' },
      error: { name: 'ValueError', message: 'bad', traceback: 'Traceback' }
    });
    server.on('GET jobs', { jobs: [failed], next_cursor: null, seq: 1 });
    server.on('GET jobs/j1/log', ({ path }: { path: string }) =>
      path.includes('offset=0')
        ? { text: 'line 1\n', next_offset: 7 }
        : { text: '', next_offset: 7 }
    );
    const { node, model } = await opened();
    expect(node.textContent).toContain('cell 3 raised ValueError');
    await act(async () => model.openJob('j1'));
    expect(node.textContent).toContain('Failing cell (number 3 of the notebook)');
    expect(node.textContent).toContain('raise ValueError');
    expect(node.textContent).toContain('ValueErrorbad');
    await click(button(node, 'Show log'));
    await until(() => node.textContent.includes('line 1'), 'the log');
    await click(button(node, 'Notebook'));
    expect(executed).toEqual([[CommandIds.openJobNotebook, { jobId: 'j1' }]]);
  });

  it('shows a job that is not on the page when one asks for it', async () => {
    server.on('GET jobs/old', jobOf('old'));
    const { node, model } = await opened();
    await act(async () => model.openJob('old'));
    await until(() => node.querySelector('[data-job-id=old]'), 'the job');
  });

  it('says why an action was refused', async () => {
    const problem = { code: 'conflict', detail: 'It has ended.', hint: '' };
    server.on('PATCH schedules/s1', new Refusal(409, problem));
    const { node } = await opened();
    await click(button(node, 'Pause'));
    await until(() => node.textContent.includes('It has ended.'), 'the reason');
  });
});
