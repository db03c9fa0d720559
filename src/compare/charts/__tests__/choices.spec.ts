import { describe, expect, it } from 'vitest';

import { paramsOf } from '../choices';
import type { IColumnOfRuns } from '../runTable';

const column = (
  name: string,
  values: IColumnOfRuns['values'],
  kind: IColumnOfRuns['kind'] = 'param'
): IColumnOfRuns => ({
  key: `${kind}.${name}`,
  name,
  kind,
  values,
  isNumeric: values.every(value => typeof value === 'number')
});

describe('paramsOf', () => {
  it('begins with numbers that are no seeds, and ends in words', () => {
    const columns = [
      column('seed', [1, 2, 3]),
      column('kind', ['a', 'b', 'c']),
      column('depth', [3, 5, 3]),
      column('lr', [0.1, 0.2, 0.3]),
      column('same', [1, 1, 1]),
      column('loss', [1, 2, 3], 'metric')
    ];
    const table = { ids: ['a', 'b', 'c'], labels: ['a', 'b', 'c'], columns };
    expect(paramsOf(table).map(({ name }) => name)).toEqual(['depth', 'lr', 'seed', 'kind']);
  });
});
