import { describe, expect, it } from 'vitest';

import { FakeServer, pageOf, summaryOf } from '../../../__tests__/fakes';
import { loadAllRuns } from '../allRuns';
import { loadCurves, quoted, refine, tagValues } from '../curveSource';
import { valueOf } from '../literals';
import { pointsOf } from '../contour';
import { groupsOf } from '../box';
import {
  axisOfColumn,
  drawnPlace,
  idsWithin,
  logTicks,
  rangeChanges,
  valueAtPlace,
  wholeRows
} from '../ranges';
import { columnAt, columnOf, tableOf, varies, wantsLog } from '../runTable';
import { surfaceOf } from '../surface';

const { signal } = new AbortController();

const runs = ['a', 'b', 'c'].map(id => summaryOf(id, { name: id === 'c' ? 'run a' : `run ${id}` }));
const table = tableOf(
  runs,
  [
    { name: 'lr', values: ['0.001', '1e-1', null] },
    { name: 'kind', values: ["'deep'", "'flat'", "'deep'"] }
  ],
  [
    { name: 'auc', values: [0.5, 0.75, 0.6] },
    { name: 'odd', values: ['NaN', null, null] },
    { name: 'system/cpu_percent', values: [1, 2, 3] }
  ]
);

describe('valueOf', () => {
  it('reads Python literals', () => {
    const read = ['0.1', '-3', '1e-3', '1_000', "'adam'", '"it\'s"', 'True', 'None', '[1, 2]'];
    expect(read.map(valueOf)).toEqual([
      0.1,
      -3,
      0.001,
      1000,
      'adam',
      "it's",
      'True',
      null,
      '[1, 2]'
    ]);
    expect(valueOf('0x1f')).toBe('0x1f');
    expect(valueOf('')).toBe('');
  });
});

describe('tableOf', () => {
  it('has a column for each param and metric that there is, numbers as numbers', () => {
    expect(table.columns.map(({ key }) => key)).toEqual([
      'params.lr',
      'params.kind',
      'metrics.auc',
      'duration',
      'experiment'
    ]);
    expect(columnAt(table, 'params.lr')).toMatchObject({
      values: [0.001, 0.1, null],
      isNumeric: true
    });
    expect(varies(columnAt(table, 'experiment')!)).toBe(false);
    expect(table.labels).toEqual(['run a · a', 'run b', 'run a · c']);
  });

  it('wants a log axis where values span much, and never below zero', () => {
    expect(wantsLog(columnAt(table, 'params.lr'))).toBe(true);
    expect(wantsLog(columnAt(table, 'metrics.auc'))).toBe(false);
    expect(wantsLog(columnOf('param', 'x', [-1, 1000]))).toBe(false);
  });
});

describe('parallel axes', () => {
  const axes = table.columns.slice(0, 3).map(axisOfColumn);
  const rows = wholeRows(axes, table);

  it('draw the runs that have all values', () => {
    expect(rows).toEqual([0, 1]);
    expect(axes[1]).toMatchObject({ words: ['deep', 'flat'], places: [0, 1, 0], high: 1 });
  });

  it('mark the runs within all ranges', () => {
    const within = (ranges: Record<string, [number, number]>): string[] =>
      idsWithin(axes, ranges, { rows, table });
    expect(within({})).toEqual([]);
    expect(within({ 'metrics.auc': [0.7, 0.8] })).toEqual(['b']);
    expect(within({ 'metrics.auc': [0.7, 0.8], 'params.kind': [0, 0] })).toEqual([]);
  });

  it('understand what plotly tells of ranges', () => {
    expect(rangeChanges([{ 'dimensions[1].constraintrange': [[0.25, 0.5]] }, [0]])).toEqual([
      { axis: 1, range: [0.25, 0.5] }
    ]);
    expect(rangeChanges([{ 'dimensions[0].constraintrange': null }])).toEqual([
      { axis: 0, range: undefined }
    ]);
    expect(rangeChanges([{ visible: true }])).toEqual([]);
    expect(rangeChanges(undefined)).toEqual([]);
  });

  it('are logarithmic where values span much', () => {
    const lr = axes[0]!;
    expect(drawnPlace(lr, 0.01)).toBeCloseTo(-2, 9);
    expect(valueAtPlace(lr, -2)).toBeCloseTo(0.01, 9);
    expect(logTicks(lr)).toEqual([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1]);
  });
});

describe('boxes and contours', () => {
  it('hold the runs that have what they show', () => {
    const [lr, kind, auc] = table.columns;
    expect(groupsOf(table, kind!, auc!).map(({ name, rows }) => [name, rows.length])).toEqual([
      ['deep', 2],
      ['flat', 1]
    ]);
    const place = { x: lr!, y: auc!, z: auc!, isLogX: true, isLogY: false };
    expect(pointsOf(table, place).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('a surface goes through its points and has gaps where none is near', () => {
    const surface = surfaceOf(
      [
        { x: 1, y: 0, z: 5 },
        { x: 100, y: 1, z: 9 }
      ],
      { isLogX: true, isLogY: false }
    );
    expect(surface.x[0]).toBeCloseTo(1, 9);
    expect(surface.x.at(-1)).toBeCloseTo(100, 9);
    expect(surface.z[0]![0]).toBeCloseTo(5, 3);
    expect(surface.z.at(-1)!.at(-1)).toBeCloseTo(9, 3);
    expect(surface.z[0]!.at(-1)).toBeNull();
  });
});

describe('what is asked of the server', () => {
  const point = { step: 0, time: 0, value: 1 };

  it('curves come by metric, with fewer points each when there are many runs', async () => {
    const curve = { run_id: 'a', name: 'loss', count: 2, first_time: 100 };
    const columns = { steps: [0, 5], elapsed: [0, 7], values: [1, 'NaN'] };
    const server = new FakeServer().on('GET curves', { curves: [{ ...curve, ...columns }] });
    const ids = Array.from({ length: 50 }, (_, index) => `r${index}`);
    const [found] = await loadCurves(server.client, ids, { metric: 'loss', signal });
    expect(found?.points).toEqual([
      { step: 0, time: 100, value: 1 },
      { step: 5, time: 107, value: 'NaN' }
    ]);
    expect(server.seen[0]!.path).toContain('metric=loss&max_points=240');
    await loadCurves(server.client, ['a', 'b'], { metric: 'auc', signal });
    expect(server.seen[1]!.path).toContain('metric=auc&max_points=1000');
  });

  it('finer points come for what is not whole', async () => {
    const whole = { run_id: 'a', name: 'loss', count: 1, points: [point] };
    const thin = { run_id: 'b', name: 'loss', count: 9000, points: [point] };
    const server = new FakeServer().on('GET runs/b/series', { ...thin, points: [point, point] });
    const found = await refine(server.client, [whole, thin], { share: 0.1, signal });
    expect(found.map(({ points }) => points.length)).toEqual([1, 2]);
    expect(server.seen.map(({ path }) => path)).toEqual([
      'runs/b/series?name=loss&max_points=10000'
    ]);
  });

  it('tags come by one question', async () => {
    const page = { ...pageOf(runs), values: [{ 'tags.team': 'x' }, { 'tags.team': null }, {}] };
    const server = new FakeServer().on('GET runs', page);
    const found = await tagValues(server.client, ['a', 'b', 'c'], { name: 'team', signal });
    expect([...found]).toEqual([['a', 'x']]);
    expect(quoted('val loss')).toBe('`val loss`');
  });

  it('all runs come page by page, with the columns that are known', async () => {
    const pages = [
      { ...pageOf(runs.slice(0, 2), 'next'), total: 3 },
      { ...pageOf(runs.slice(2)), total: 3 }
    ].map(page => ({
      ...page,
      values: page.runs.map(() => ({ 'params.lr': '0.1', 'metrics.auc': 0.5 }))
    }));
    const server = new FakeServer().on('GET runs', () => pages.shift());
    const found = await loadAllRuns(server.client, {
      experiments: ["it's"],
      params: ['lr'],
      metrics: ['auc', 'system/x'],
      signal
    });
    expect(found.total).toBe(3);
    expect(found.table.ids).toEqual(['a', 'b', 'c']);
    expect(columnAt(found.table, 'params.lr')?.values).toEqual([0.1, 0.1, 0.1]);
    const asked = new URLSearchParams(server.seen[0]!.path.split('?')[1]);
    expect(asked.get('filter')).toBe("experiment IN ('it''s')");
    expect(asked.getAll('columns')).toEqual(['params.lr', 'metrics.auc']);
    expect(server.seen[1]!.path).toContain('cursor=next');
  });
});
