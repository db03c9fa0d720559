import { describe, expect, it } from 'vitest';

import { trans } from '../../__tests__/fakes';
import {
  bestOf,
  compareValues,
  distanceOf,
  distanceWords,
  isBetter,
  numberOf,
  wordsOf,
  type Value
} from '../values';

describe('numberOf', () => {
  it.each<[Value, number | null]>([
    [0.5, 0.5],
    ['0.1', 0.1],
    ['1e-3', 0.001],
    ["'0.1'", null],
    ['NaN', null],
    ['', null],
    ['1_000', null],
    [null, null]
  ])('reads %j', (value, number) => {
    expect(numberOf(value)).toBe(number);
  });
});

describe('distanceOf', () => {
  it('tells value and percent, of params too', () => {
    const distance = distanceOf('param', '0.3', '0.1');
    expect(distance?.amount).toBeCloseTo(0.2);
    expect(distanceWords('number', { amount: 0.0048, share: 0.0063 }, trans)).toEqual({
      amount: '+0.0048',
      share: '+0.6%'
    });
    expect(distanceWords('duration', { amount: -2800, share: -0.293 }, trans)).toEqual({
      amount: '−2.8 s',
      share: '−29.3%'
    });
  });

  it('has no percent of zero, and nothing of words, equal values and no numbers', () => {
    expect(distanceOf('number', 1, 0)).toEqual({ amount: 1, share: null });
    expect(distanceOf('text', '2', '1')).toBeNull();
    expect(distanceOf('number', 1, 1)).toBeNull();
    expect(distanceOf('number', 'NaN', 1)).toBeNull();
    expect(distanceOf('number', 1, null)).toBeNull();
  });

  it('does not write out tiny and huge shares', () => {
    expect(distanceWords('number', { amount: 1e-9, share: 1e-9 }, trans).share).toBe('<0.01%');
    expect(distanceWords('number', { amount: 90, share: 90 }, trans).share).toBe('>+999%');
    expect(distanceWords('number', { amount: -90, share: -90 }, trans).share).toBe('<−999%');
  });

  it('is better by its direction, and neither without one', () => {
    const down = { amount: -1, share: -0.1 };
    expect(isBetter(down, 'min')).toBe(true);
    expect(isBetter(down, 'max')).toBe(false);
    expect(isBetter(down, null)).toBeNull();
  });
});

describe('bestOf', () => {
  it('finds the lowest or highest, all of them', () => {
    expect([...bestOf([1, 3, 3, null, 'NaN'], 'max')]).toEqual([1, 2]);
    expect([...bestOf([1, 3, 3], 'min')]).toEqual([0]);
  });

  it('finds none without a direction, among equal values, or of a single one', () => {
    expect(bestOf([1, 2], null).size).toBe(0);
    expect(bestOf([2, 2], 'max').size).toBe(0);
    expect(bestOf([2, null], 'max').size).toBe(0);
  });

  it('does not count runs that did not end well', () => {
    expect([...bestOf([1, 2, 9], 'max', new Set([2]))]).toEqual([1]);
  });
});

describe('compareValues', () => {
  const sorted = (values: Value[], isDescending: boolean): Value[] =>
    [...values].sort((one, other) => compareValues(one, other, isDescending));

  it('puts numbers in order, then words, then what is not there', () => {
    expect(sorted([null, 'b', '10', 9, 'a10', 'a9', 'Infinity'], false)).toEqual([
      9,
      '10',
      'Infinity',
      'a9',
      'a10',
      'b',
      null
    ]);
    expect(sorted([null, 1, 3, 2], true)).toEqual([3, 2, 1, null]);
  });

  it('puts NaN behind all that is worth something, whichever way', () => {
    const values = [null, 'NaN', 1, '-Infinity', 'x', 2];
    expect(sorted(values, true)).toEqual([2, 1, '-Infinity', 'x', 'NaN', null]);
    expect(sorted(values, false)).toEqual(['-Infinity', 1, 2, 'x', 'NaN', null]);
  });
});

describe('wordsOf', () => {
  it('tells each form in its words', () => {
    expect(wordsOf('status', 'failed', trans)).toBe('Failed');
    expect(wordsOf('bytes', 36_100_000, trans)).toBe('36.1 MB');
    expect(wordsOf('duration', 9400, trans)).toBe('9.4 s');
    expect(wordsOf('number', 'NaN', trans)).toBe('NaN');
    expect(wordsOf('param', "'adam'", trans)).toBe("'adam'");
    expect(wordsOf('text', null, trans)).toBe('');
  });
});
