import { describe, expect, it } from 'vitest';

import { dependence, learn } from '../forest';
import { forestData } from '../forestData';
import type { Cell } from '../literals';
import { rankCorrelation, ranksOf } from '../rank';
import { columnOf, type IColumnOfRuns } from '../runTable';

const options = { pause: async () => {}, signal: new AbortController().signal };

const RUNS = 60;
const each = (value: (run: number) => Cell): Cell[] =>
  Array.from({ length: RUNS }, (_, run) => value(run));
const param = (name: string, value: (run: number) => Cell): IColumnOfRuns =>
  columnOf('param', name, each(value));

const depth = param('depth', run => (run * 7) % 10);
const noise = param('noise', run => (run * 13) % 11);
const kind = param('kind', run => ['a', 'b', 'c'][run % 3]!);
const fixed = param('fixed', () => 1);

describe('rankCorrelation', () => {
  it('is 1 for what grows together, -1 for the opposite, null for a constant', () => {
    expect(rankCorrelation([1, 2, 3], [1, 10, 100])).toBeCloseTo(1, 9);
    expect(rankCorrelation([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 9);
    expect(rankCorrelation([1, 1, 1], [3, 2, 1])).toBeNull();
  });

  it('gives ties their mean rank', () => {
    expect(ranksOf([10, 20, 10, 30])).toEqual([1.5, 3, 1.5, 4]);
    // By hand: ranks (1, 2.5, 2.5, 4) and (1, 2, 3, 4).
    expect(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(0.9486833, 6);
  });
});

describe('forestData', () => {
  it('has a column for each number and each word, and names what never changes', () => {
    const metric = columnOf(
      'metric',
      'auc',
      each(run => (run === 0 ? null : run))
    );
    const data = forestData([depth, kind, fixed], metric);
    expect(data.y.length).toBe(RUNS - 1);
    expect(data.features.map(({ param: own, columns }) => [own.name, columns])).toEqual([
      ['depth', [0]],
      ['kind', [1, 2, 3]]
    ]);
    expect(data.x[0]).toEqual([7, 0, 1, 0]);
    expect(data.constant).toEqual(['fixed']);
  });
});

describe('learn', () => {
  it('finds the one number that matters, and how the metric moves with it', async () => {
    const metric = columnOf(
      'metric',
      'auc',
      each(run => -2 * Number(depth.values[run]))
    );
    const data = forestData([noise, depth, kind], metric);
    const found = await learn(data, options);
    expect(found.importances[0]?.feature.param.name).toBe('depth');
    expect(found.importances[0]?.share).toBeGreaterThan(0.9);
    expect(found.importances[0]?.correlation).toBeCloseTo(-1, 6);
    expect(found.explained).toBeGreaterThan(0.9);
    const points = await dependence(data, found, {
      ...options,
      feature: found.importances[0]!.feature
    });
    expect(points[0]!.value).toBeGreaterThan(-1.5);
    expect(points.at(-1)!.value).toBeLessThan(-16.5);
  });

  it('finds a word that matters, and gives the same answer each time', async () => {
    const metric = columnOf(
      'metric',
      'auc',
      each(run => (kind.values[run] === 'b' ? 1 : 0))
    );
    const data = forestData([noise, kind], metric);
    const found = await learn(data, options);
    expect(found.importances.map(({ feature }) => feature.param.name)).toEqual(['kind', 'noise']);
    expect(found.importances[0]?.correlation).toBeNull();
    const points = await dependence(data, found, {
      ...options,
      feature: found.importances[0]!.feature
    });
    expect(points.map(({ at }) => at)).toEqual(['a', 'b', 'c']);
    expect(points[1]!.value).toBeGreaterThan(0.8);
    expect((await learn(data, options)).importances[0]?.share).toBe(found.importances[0]?.share);
  });

  it('admits when the params explain nothing', async () => {
    const metric = columnOf(
      'metric',
      'auc',
      each(run => Math.abs(Math.sin(run * 99.7)))
    );
    const found = await learn(forestData([kind, noise], metric), options);
    expect(found.explained).toBeLessThan(0.3);
  });

  it('ends when nobody waits for it any more', async () => {
    const abort = new AbortController();
    const metric = columnOf(
      'metric',
      'auc',
      each(run => run)
    );
    const learning = learn(forestData([depth], metric), {
      pause: async () => abort.abort(),
      signal: abort.signal
    });
    await expect(learning).rejects.toThrow();
  });
});
