import { describe, expect, it } from 'vitest';

import { captureOf, runOf, summaryOf, trans } from '../../__tests__/fakes';
import type { Comparison, Run } from '../../api/types';
import { differenceRows, fileRows } from '../diffRows';
import {
  linesOf,
  metricRows,
  rowOf,
  searchRows,
  sortedPlaces,
  type IFolding,
  type IRow
} from '../rows';

const row = (name: string, values: IRow['values'], group: IRow['group'] = 'params'): IRow =>
  rowOf({ group, name, form: 'param', values });

const folding = (closed: IRow['group'][] = [], unfolded: IRow['group'][] = []): IFolding => ({
  closed: new Set(closed),
  unfolded: new Set(unfolded)
});

describe('rowOf', () => {
  it('is equal only where all runs have the same value', () => {
    expect(row('a', ['1', '1']).isEqual).toBe(true);
    expect(row('a', ['1', '1.0']).isEqual).toBe(false);
    expect(row('a', [null, null]).isEqual).toBe(false);
    expect(row('a', ['1', null]).isEqual).toBe(false);
  });
});

describe('metricRows', () => {
  const summary = { name: 'auc', last: 0.7, step: 9, count: 10, min: 0.1, max: 0.9, is_kpi: false };
  const loss = { name: 'loss', last: 0.5, step: 9, count: 10, min: 0.3, max: 2, is_kpi: false };
  const system = { ...loss, name: 'system/cpu' };
  const runs = ['a', 'b'].map(id =>
    runOf(summaryOf(id, { primary_metric: loss }), { metrics: [summary, loss, system] })
  );

  it('takes the value that is asked for; the best one by direction', () => {
    const directions = new Map([['loss', 'min' as const]]);
    const values = (statistic: 'last' | 'min' | 'max' | 'best'): IRow['values'] =>
      metricRows(runs, statistic, directions, trans).map(item => item.values[0] ?? null);
    expect(values('last')).toEqual([0.5, 0.7]);
    expect(values('max')).toEqual([2, 0.9]);
    expect(values('best')).toEqual([0.3, 0.7]);
  });

  it('puts the primary metric first, and leaves out what tells of the machine', () => {
    const rows = metricRows(runs, 'last', new Map(), trans);
    expect(rows.map(item => [item.name, item.isPrimary])).toEqual([
      ['loss', true],
      ['auc', false]
    ]);
  });
});

describe('metricRows of runs with other primary metrics', () => {
  const metric = (name: string): Run['metrics'][0] => ({
    name,
    last: 0.5,
    step: 9,
    count: 10,
    min: 0.3,
    max: 2,
    is_kpi: false
  });

  it('marks the one that the runs are compared by, and tells of the others whose it is', () => {
    const runs = [
      runOf(summaryOf('a', { name: 'one', primary_metric: metric('acc') }), {
        metrics: [metric('aaa'), metric('acc'), metric('auc')]
      }),
      runOf(summaryOf('b', { name: 'other', primary_metric: metric('auc') }), {
        metrics: [metric('auc')]
      })
    ];
    const rows = metricRows(runs, 'last', new Map(), trans);
    expect(rows.map(item => [item.name, item.isPrimary, item.hint])).toEqual([
      ['auc', true, undefined],
      ['acc', false, 'The primary metric of one'],
      ['aaa', false, undefined]
    ]);
  });
});

describe('linesOf', () => {
  const rows = [row('rate', ['1', '2']), row('seed', ['1', '1']), row('team', ['a', 'a'], 'tags')];
  const kinds = (...args: Parameters<typeof linesOf>): string[] =>
    linesOf(...args).map(line => (line.kind === 'row' ? line.row.name : line.key));

  it('shows what differs and folds what is equal', () => {
    expect(kinds(rows, folding(), false)).toEqual(['params', 'rate', 'params=', 'tags', 'files']);
    expect(kinds(rows, folding([], ['params', 'tags']), false)).toEqual([
      'params',
      'rate',
      'params=',
      'seed',
      'tags',
      'team',
      'files'
    ]);
    expect(kinds(rows, folding(['params']), false)).toEqual(['params', 'tags', 'files']);
  });

  it('shows everything that a search found', () => {
    const found = searchRows(rows, 'A team');
    expect(kinds(found, folding(['tags']), true)).toEqual(['tags', 'team']);
  });
});

describe('sortedPlaces', () => {
  it('orders runs by a row, those without a value last', () => {
    const rows = [row('rate', ['3', null, '1'])];
    const key = rows[0]!.key;
    expect(sortedPlaces(rows, 3, { key, isDescending: false })).toEqual([2, 0, 1]);
    expect(sortedPlaces(rows, 3, { key, isDescending: true })).toEqual([0, 2, 1]);
    expect(sortedPlaces(rows, 3, { key: 'gone', isDescending: true })).toEqual([0, 1, 2]);
  });
});

describe('differenceRows', () => {
  const version = {
    name: 'table',
    digests: ['sha256:1111', 'sha256:2222'],
    shapes: [[3], [4]],
    equal: false,
    same_content: false,
    columns: [],
    role: 'input',
    known: true
  } as const;
  const comparison = {
    code: [
      { run_id: 'b', equal: true, lines: [] },
      { run_id: 'c', equal: false, lines: [{ kind: 'added', text: 'x' }] }
    ],
    data: [
      {
        run_id: 'b',
        equal: true,
        versions: [{ ...version, digests: ['sha256:1111'], equal: true }]
      },
      { run_id: 'c', equal: false, versions: [version] }
    ],
    surroundings: [
      { run_id: 'b', equal: true, known: false, facts: [] },
      {
        run_id: 'c',
        equal: false,
        known: true,
        facts: [{ kind: 'package', name: 'numpy', values: ['1.26', '2.0'] }]
      }
    ]
  } as unknown as Comparison;

  it('tells what each run has, in the order in which they are shown', () => {
    const rows = differenceRows(comparison, ['c', 'a'], trans);
    const values = new Map(rows.map(item => [item.name, item.values]));
    expect(values.get('table')).toEqual(['4 2222', '3 1111']);
    expect(values.get('numpy')).toEqual(['2.0', '1.26']);
    expect(values.get('Cells')).toEqual(['1 line added, 0 removed', 'baseline']);
    const recorded = differenceRows(comparison, ['a', 'b', 'c'], trans).find(
      item => item.name === 'All that was recorded'
    );
    expect(recorded?.values).toEqual(['baseline', 'not recorded of both', '1 differs']);
    expect(recorded?.isEqual).toBe(false);
  });

  it('says that surroundings were compared and are equal', () => {
    const surroundings = [{ run_id: 'b', equal: true, known: true, facts: [] }];
    const rows = differenceRows({ ...comparison, surroundings }, ['a', 'b'], trans);
    const recorded = rows.filter(item => item.group === 'environment');
    expect(recorded.map(({ values, isEqual }) => [values, isEqual])).toEqual([
      [['baseline', 'equal'], true]
    ]);
  });

  it('does not claim what was not recorded', () => {
    const rows = differenceRows(comparison, ['a', 'b'], trans);
    expect(rows.find(item => item.name === 'numpy')?.values).toEqual(['1.26', null]);
  });
});

describe('fileRows', () => {
  it('puts files of the same path into one row', () => {
    const file = { path: 'm.bin', size: 2048, media_type: '', available: true };
    const captures = new Map([
      ['a', captureOf('a', { artifacts: [{ ...file, digest: 'sha256:11' }] })],
      ['b', captureOf('b', { artifacts: [{ ...file, digest: 'sha256:22' }] })]
    ]);
    const [only] = fileRows(captures, ['a', 'b', 'c']);
    expect(only?.values).toEqual(['2.0 kB 11', '2.0 kB 22', null]);
    expect(only?.isEqual).toBe(false);
  });
});
