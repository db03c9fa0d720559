import { describe, expect, it } from 'vitest';

import { liveOrder, type ICellNow } from '../liveOrder';
import type { SourcedDependency } from '../model';

const cells = (...pairs: [string, string][]): ICellNow[] =>
  pairs.map(([id, source]) => ({ id, source }));

const taken = (more: Partial<SourcedDependency> = {}): SourcedDependency => ({
  position: 0,
  names: ['x'],
  cell_id: 'first',
  execution_count: 1,
  problem: null,
  source: 'x = 1',
  ...more
});

describe('liveOrder', () => {
  it('finds nothing where the notebook stands as it ran', () => {
    const now = cells(['first', 'x = 1\n'], ['own', 'y = x']);
    expect(liveOrder(now, 'own', 'y = x', [taken()])).toEqual({
      isEdited: false,
      deleted: [],
      edited: [],
      misplaced: []
    });
  });

  it('sees that the cell itself was edited', () => {
    expect(liveOrder(cells(['own', 'y = 2']), 'own', 'y = x', []).isEdited).toBe(true);
  });

  it('cannot tell before it knows what ran', () => {
    expect(liveOrder(cells(['own', 'y = 2']), 'own', null, []).isEdited).toBe(false);
  });

  it('names cells that were deleted, edited, or stand below', () => {
    const own: [string, string] = ['own', 'y = x'];
    const item = taken();
    expect(liveOrder(cells(own), 'own', null, [item]).deleted).toEqual([item]);
    const edited = cells(['first', 'x = 2'], own);
    expect(liveOrder(edited, 'own', null, [item]).edited).toEqual([item]);
    const below = cells(own, ['first', 'x = 1']);
    expect(liveOrder(below, 'own', null, [item]).misplaced).toEqual([item]);
  });

  it('takes a restored cell for the one that was deleted', () => {
    const now = cells(['another', 'x = 1'], ['own', 'y = x']);
    expect(liveOrder(now, 'own', null, [taken({ problem: 'deleted' })]).deleted).toEqual([]);
  });

  it('keeps to what the kernel knew of a cell without an id', () => {
    const now = cells(['own', 'y = x']);
    expect(liveOrder(now, 'own', null, [taken({ cell_id: null })]).deleted).toEqual([]);
    const gone = taken({ cell_id: null, problem: 'deleted' });
    expect(liveOrder(now, 'own', null, [gone]).deleted).toEqual([gone]);
  });
});
