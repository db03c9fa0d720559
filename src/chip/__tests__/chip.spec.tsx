import * as React from 'react';
import { act } from 'react';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { fullCapture } from '../../__tests__/captures';
import {
  experimentOf,
  FakeFeed,
  FakeServer,
  fakeLab,
  runOf,
  summaryOf
} from '../../__tests__/fakes';
import { button, click, draw } from '../../__tests__/screen';
import type { Run } from '../../api/types';
import { Chip, type IChipProps } from '../chip';
import { ChipModel } from '../model';

const CALM = { isEdited: false, deleted: [], edited: [], misplaced: [] };

let server: FakeServer;
let feed: FakeFeed;
let ended: string[];
let done: unknown[];

beforeEach(() => {
  server = new FakeServer();
  feed = new FakeFeed();
  ended = [];
  done = [];
});

function metric(name: string, count: number, last = 0.5): Run['metrics'][number] {
  return { name, count, last, step: count - 1, min: 0, max: 1, is_kpi: false };
}

async function modelOf(run: Run): Promise<ChipModel> {
  const { id } = run.summary;
  server.on(`GET runs/${id}`, run).on(`GET runs/${id}/series`, ({ path }: { path: string }) => ({
    run_id: id,
    name: new URLSearchParams(path.split('?')[1]).get('name'),
    count: 2,
    points: [
      { step: 0, time: 0, value: 1 },
      { step: 1, time: 1, value: 0.5 }
    ]
  }));
  const model = new ChipModel({
    ...fakeLab(server, feed),
    runId: id,
    onEnd: item => ended.push(item.summary.status)
  });
  await act(async () => {
    model.isActive = true;
    await model.ready;
  });
  return model;
}

async function drawn(model: ChipModel, more: Partial<IChipProps> = {}): Promise<HTMLElement> {
  return draw(
    <Chip
      model={model}
      listed={model.run?.summary ?? summaryOf(model.runId)}
      previous={null}
      experiment={null}
      order={CALM}
      actions={{
        open: (...args) => done.push(['open', ...args]),
        compare: runIds => done.push(['compare', runIds]),
        restore: runId => done.push(['restore', runId]),
        stop: () => done.push(['stop'])
      }}
      {...more}
    />
  );
}

describe('Chip', () => {
  it('shows name, metric, standing and time of a run that has ended', async () => {
    const model = await modelOf(runOf(summaryOf('a')));
    const chip = await drawn(model, {
      previous: summaryOf('p'),
      experiment: experimentOf('train', { best_run_id: 'a', best: 0.76152, runs: 6, judged: 4 })
    });
    expect(chip.textContent).toContain('run aauc 0.76152★ best of 4 runs2.0 s');
    await click(button(chip, 'Compare with previous'));
    await click(button(chip, 'run a'));
    expect(done).toEqual([
      ['compare', ['p', 'a']],
      ['open', 'a']
    ]);
  });

  it('says how far from the best a run is, in words', async () => {
    const model = await modelOf(runOf(summaryOf('a')));
    const higher = await drawn(model, { experiment: experimentOf('train', { best: 0.8 }) });
    expect(higher.textContent).toContain('✗ 0.03848 worse than the best');
    const direction = { best: 0.8, direction: 'min' as const };
    const lower = await drawn(model, { experiment: experimentOf('train', direction) });
    expect(lower.textContent).toContain('✓ 0.03848 better than the best');
  });

  it('holds no run that failed against the best of those that ended well', async () => {
    const model = await modelOf(runOf(summaryOf('a', { status: 'failed' })));
    const chip = await drawn(model, { experiment: experimentOf('train', { best: 0.1 }) });
    expect(chip.textContent).not.toContain('better');
  });

  it('shows time, curve and Stop while the run goes on', async () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_012_000);
    const summary = summaryOf('a', { status: 'running', duration_ms: null, ended_at: null });
    const metrics = [metric('system/cpu', 9), metric('loss', 3, 0.25)];
    const model = await modelOf(runOf(summary, { metrics }));
    const previous = summaryOf('p', { duration_ms: 48_000 });
    const chip = await drawn(model, { previous });
    expect(chip.querySelector('[role=timer]')?.textContent).toBe('12 s');
    expect(chip.querySelector('progress')?.value).toBe(12_000);
    expect(chip.textContent).toContain('loss 0.25 step 2');
    expect(chip.querySelector('.jp-MlopsLab-sparkline title')?.textContent).toBe(
      'loss is 0.5 at step 1'
    );
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    await click(button(chip, '■ Stop'));
    expect(done).toEqual([['stop']]);
    expect(button(chip, 'Stopping…').disabled).toBe(true);
    await act(async () => vi.advanceTimersByTime(6000));
    expect(button(chip, '■ Stop').disabled).toBe(false);
  });

  it('has no Stop where no kernel works', async () => {
    const summary = summaryOf('a', { status: 'running', duration_ms: null });
    const chip = await drawn(await modelOf(runOf(summary)), {
      actions: { open: vi.fn(), compare: vi.fn(), restore: vi.fn(), stop: null }
    });
    expect(chip.querySelector('.jp-MlopsLab-button')).toBeNull();
  });

  it('marks what is odd, and leads to it', async () => {
    const model = await modelOf(runOf(summaryOf('a', { same_as: 'earlier', cell_id: 'c' })));
    server.on('GET runs/a/capture', fullCapture('a'));
    await act(async () => model.refresh());
    const item = model.dependencies[0]!;
    expect(item.source).toBe('def train(rate): ...');
    const chip = await drawn(model, {
      order: { isEdited: true, deleted: [item], edited: [], misplaced: [] }
    });
    expect(chip.textContent).toContain('✎ edited since this run');
    await click(button(chip, '⚠ depends on a deleted cell'));
    await click(button(chip, '= repeats an earlier run'));
    await click(button(chip, 'Restore code'));
    expect(done).toEqual([
      ['open', 'a', 'order'],
      ['open', 'earlier'],
      ['restore', 'a']
    ]);
  });

  it('says of a run that the last execution did not make that it is an earlier one', async () => {
    const chip = await drawn(await modelOf(runOf(summaryOf('a'))), { isEarlier: true });
    expect(chip.querySelector('[role=group]')?.getAttribute('aria-label')).toBe(
      'Earlier run run a'
    );
    expect(chip.textContent).toContain('earlier run');
    expect(chip.querySelector('.jp-mod-earlier')).not.toBeNull();
  });

  it('tells once that its run has ended', async () => {
    const summary = summaryOf('a', { status: 'running', duration_ms: null });
    const model = await modelOf(runOf(summary));
    server.on('GET runs/a', runOf(summaryOf('a')));
    await act(async () => model.refresh());
    await act(async () => model.refresh());
    expect(ended).toEqual(['finished']);
  });

  it('follows the metric that grows', async () => {
    const summary = summaryOf('a', { status: 'running', duration_ms: null });
    const model = await modelOf(runOf(summary, { metrics: [metric('a', 9), metric('b', 2)] }));
    expect(model.series?.name).toBe('a');
    server.on('GET runs/a', runOf(summary, { metrics: [metric('a', 9), metric('b', 3)] }));
    await act(async () => model.refresh());
    expect(model.series?.name).toBe('b');
  });
});
