import { beforeEach, describe, expect, it, vi } from 'vitest';

import {
  captureOf,
  experimentOf,
  FakeFeed,
  FakeServer,
  fakeLab,
  pageOf,
  Refusal,
  runOf,
  summaryOf
} from '../../__tests__/fakes';
import type { MetricSummary } from '../../api/types';
import { RunModel } from '../model';

let server: FakeServer;
let feed: FakeFeed;

const metric = (name: string, count: number): MetricSummary => ({
  name,
  count,
  last: 1,
  step: count - 1,
  min: 0,
  max: 1,
  is_kpi: false
});

beforeEach(() => {
  feed = new FakeFeed();
  server = new FakeServer()
    .on('GET runs/a/capture', captureOf('a'))
    .on('GET experiments/train', experimentOf('train'))
    .on('GET runs/a/series', ({ path }: { path: string }) => {
      const name = new URLSearchParams(path.split('?')[1]).get('name') ?? '';
      return { run_id: 'a', name, count: counts[name], points: [] };
    });
});

let counts: Record<string, number> = {};

/** The run is as these metrics say, and goes on. */
function logged(all: Record<string, number>): void {
  counts = all;
  const metrics = Object.entries(all).map(([name, count]) => metric(name, count));
  const summary = summaryOf('a', { status: 'running', duration_ms: null });
  server.on('GET runs/a', runOf(summary, { metrics }));
}

const asked = (part: string): number =>
  server.seen.filter(({ path }) => path.includes(part)).length;

async function opened(): Promise<RunModel> {
  const model = new RunModel({ ...fakeLab(server, feed), runId: 'a' });
  model.isActive = true;
  await model.ready;
  return model;
}

describe('RunModel', () => {
  it('asks anew only for the series that have grown, and seldom for the rest', async () => {
    logged({ loss: 3, rate: 2, 'system/cpu_percent': 5, auc: 1 });
    const model = await opened();
    expect(model.metrics.map(({ name }) => name)).toEqual(['auc', 'loss', 'rate']);
    expect(model.series.map(({ name }) => name)).toEqual(['loss', 'rate']);
    expect(model.hardware.map(({ name }) => name)).toEqual(['system/cpu_percent']);
    logged({ loss: 4, rate: 2, 'system/cpu_percent': 5, auc: 1 });
    feed.move('run', 'a');
    await vi.waitFor(() => expect(model.series[0]?.count).toBe(4));
    expect(asked('series')).toBe(4);
    expect(asked('capture')).toBe(1);
  });

  it('asks for the capture again when the run has ended', async () => {
    logged({});
    const model = await opened();
    server.on('GET runs/a', runOf(summaryOf('a')));
    await model.refresh();
    expect(asked('capture')).toBe(2);
  });

  it('loads many charts in steps', async () => {
    logged(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`m${index}`, 2])));
    const model = await opened();
    expect([model.series.length, model.hiddenSeries, model.hasAllCharts]).toEqual([2, 28, false]);
    await model.showMoreSeries();
    expect([model.series.length, model.hiddenSeries, model.hasAllCharts]).toEqual([24, 6, true]);
    await model.showMoreSeries();
    expect([model.series.length, model.hiddenSeries]).toEqual([30, 0]);
    const before = server.seen.length;
    void model.findCharts('M');
    await model.findCharts('M2');
    expect(server.seen.slice(before).filter(({ path }) => path === 'runs/a')).toHaveLength(1);
    expect(model.series.map(({ name }) => name)).toHaveLength(11);
    expect([model.hiddenSeries, model.curves]).toEqual([0, 30]);
  });

  it('loads many trials in steps, and keeps them when something moves', async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `t${index}`);
    const trials = ids.map(id => summaryOf(id));
    server
      .on('GET runs/a', runOf(summaryOf('a', { children: 250 })))
      .on('GET runs', ({ path }: { path: string }) => {
        const from = Number(new URLSearchParams(path.split('?')[1]).get('cursor') ?? 0);
        const page = pageOf(trials.slice(from, from + 200), from === 0 ? '200' : null);
        return { ...page, total: 250 };
      })
      .on('GET comparison', ({ path }: { path: string }) => {
        const runIds = new URLSearchParams(path.split('?')[1]).getAll('run_id');
        return {
          runs: runIds.map(id => summaryOf(id)),
          params: [{ name: 'depth', values: runIds, equal: false }]
        };
      });
    const model = await opened();
    expect([model.trials.runs.length, model.trials.total]).toEqual([200, 250]);
    await model.showMoreTrials();
    expect(model.trials.runs).toHaveLength(250);
    expect(model.trials.names).toEqual(['depth']);
    expect(model.trials.values.get('t249')?.get('depth')).toBe('t249');
    await model.refresh();
    expect(model.trials.runs).toHaveLength(250);
  });

  it('shows the run and its trials when they cannot be compared, and says why', async () => {
    server
      .on('GET runs/a', runOf(summaryOf('a', { children: 2 })))
      .on('GET runs', pageOf([summaryOf('t1'), summaryOf('t2')]))
      .on('GET comparison', new Refusal(500, 'oops'));
    const model = await opened();
    expect([model.error, model.trials.runs.length]).toEqual([null, 2]);
    expect(model.trials.error?.status).toBe(500);
    expect(asked('comparison?run_id=t1&run_id=t2&points=no')).toBe(1);
    server.on('GET comparison', {
      runs: [{ id: 't1' }, { id: 't2' }],
      params: [{ name: 'depth', values: [1, 2], equal: false }]
    });
    await model.refresh();
    expect([model.trials.error, model.trials.names]).toEqual([null, ['depth']]);
  });

  it('keeps the trials when more of them cannot be had, and says why', async () => {
    const first = Array.from({ length: 2 }, (_, index) => summaryOf(`t${index}`));
    server
      .on('GET runs/a', runOf(summaryOf('a', { children: 250 })))
      .on('GET runs', { ...pageOf(first, '2'), total: 250 })
      .on('GET comparison', { runs: [], params: [] });
    const model = await opened();
    server.on('GET runs', new Refusal(500, 'oops'));
    await model.showMoreTrials();
    expect([model.trials.runs.length, model.trials.error?.status]).toEqual([2, 500]);
  });
});
