import { describe, expect, it } from 'vitest';

import { drop, NOTHING, only, range, stand, toggle } from '../selection';

describe('selection', () => {
  it('keeps the order in which rows were selected', () => {
    const selection = toggle(toggle(only('c'), 'a'), 'd');
    expect(selection.ids).toEqual(['c', 'a', 'd']);
    expect(toggle(selection, 'a').ids).toEqual(['c', 'd']);
  });

  it('selects a range and keeps its anchor', () => {
    const selection = range(only('b'), ['b', 'c', 'd'], 'd');
    expect(selection).toEqual({ ids: ['b', 'c', 'd'], active: 'd', anchor: 'b' });
    expect(range(NOTHING, ['a', 'a'], 'a')).toEqual({ ids: ['a'], active: 'a', anchor: 'a' });
  });

  it('can stand on a row that is no run', () => {
    expect(stand(only('a'), 'group:x')).toEqual({ ids: ['a'], active: 'group:x', anchor: 'a' });
  });

  it('drops runs that are gone', () => {
    const selection = toggle(only('a'), 'c');
    expect(drop(selection, new Set(['x']))).toBe(selection);
    expect(drop(selection, new Set(['c']))).toEqual({ ids: ['a'], active: null, anchor: null });
  });
});
