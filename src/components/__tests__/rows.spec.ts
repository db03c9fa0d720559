import { describe, expect, it } from 'vitest';

import { filterRows, nextSorting, sortRows, toDataFrame, type IColumnRule } from '../rows';

interface IRow {
  name: string;
  score: number | null;
}

const rows: IRow[] = [
  { name: 'run 10', score: 0.5 },
  { name: 'run 9', score: null },
  { name: 'Run 2', score: 0.75 }
];
const columns: IColumnRule<IRow>[] = [
  { name: 'name', value: row => row.name },
  { name: 'score', value: row => row.score }
];
const namesOf = (found: readonly IRow[]): string[] => found.map(row => row.name);

describe('rows', () => {
  it('are filtered by any column, whatever the case', () => {
    expect(namesOf(filterRows(rows, columns, ' RUN 9'))).toEqual(['run 9']);
    expect(namesOf(filterRows(rows, columns, '0.75'))).toEqual(['Run 2']);
    expect(filterRows(rows, columns, '')).toBe(rows);
  });

  it('are sorted as numbers and as people count, those without a value last', () => {
    const by = (column: string, isDescending = false): string[] =>
      namesOf(sortRows(rows, columns, { column, isDescending }));
    expect(by('name')).toEqual(['Run 2', 'run 9', 'run 10']);
    expect(by('score')).toEqual(['run 10', 'Run 2', 'run 9']);
    expect(by('score', true)).toEqual(['Run 2', 'run 10', 'run 9']);
    expect(sortRows(rows, columns, null)).toBe(rows);
  });

  it('go from ascending to descending to as they came', () => {
    const first = nextSorting(null, 'score');
    const second = nextSorting(first, 'score');
    expect(first).toEqual({ column: 'score', isDescending: false });
    expect(second).toEqual({ column: 'score', isDescending: true });
    expect(nextSorting(second, 'score')).toBeNull();
  });

  it('are written as a pandas frame', () => {
    expect(toDataFrame(rows, columns)).toBe(
      [
        'import pandas as pd',
        '',
        'pd.DataFrame({',
        "    'name': ['run 10', 'run 9', 'Run 2'],",
        "    'score': [0.5, None, 0.75],",
        '})',
        ''
      ].join('\n')
    );
  });
});
