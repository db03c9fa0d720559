import { describe, expect, it } from 'vitest';

import { extend, move, NOTHING, only, prune, toggle } from '../selection';

const ORDER = ['a', 'b', 'c', 'd'];

describe('selection', () => {
  it('keeps the order in which rows were selected', () => {
    const selection = toggle(toggle(only('c'), 'a'), 'd');
    expect(selection.ids).toEqual(['c', 'a', 'd']);
    expect(toggle(selection, 'a').ids).toEqual(['c', 'd']);
  });

  it('extends from the anchor in both directions', () => {
    expect(extend(only('b'), 'd', ORDER).ids).toEqual(['b', 'c', 'd']);
    expect(extend(extend(only('c'), 'd', ORDER), 'a', ORDER).ids).toEqual(['c', 'b', 'a']);
    expect(extend(NOTHING, 'b', ORDER).ids).toEqual(['b']);
  });

  it('moves by keyboard within the list', () => {
    expect(move(NOTHING, 1, ORDER, false).active).toBe('a');
    expect(move(NOTHING, -1, ORDER, false).active).toBe('d');
    expect(move(only('a'), -1, ORDER, false).active).toBe('a');
    expect(move(only('b'), Infinity, ORDER, false).active).toBe('d');
    expect(move(only('b'), 1, ORDER, true).ids).toEqual(['b', 'c']);
    expect(move(NOTHING, 1, [], false)).toBe(NOTHING);
  });

  it('drops what is no longer in the list', () => {
    const selection = toggle(only('a'), 'c');
    expect(prune(selection, ORDER)).toBe(selection);
    expect(prune(selection, ['a'])).toEqual({ ids: ['a'], active: null, anchor: null });
  });
});
