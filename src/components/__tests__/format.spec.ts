import { describe, expect, it } from 'vitest';

import { trans } from '../../__tests__/fakes';
import {
  baseName,
  formatAge,
  formatAgo,
  formatDifference,
  formatDuration,
  formatNumber,
  formatUntil,
  shortId
} from '../format';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('format', () => {
  it.each([
    [0, '0'],
    [1234567, '1234567'],
    [0.761523270795, '0.76152'],
    [0.1 + 0.2, '0.3'],
    [123456.789, '123460'],
    [0.00001234567, '1.2346e-5'],
    [1e300, '1e+300'],
    ['NaN' as const, 'NaN'],
    ['Infinity' as const, '∞'],
    ['-Infinity' as const, '−∞']
  ])('shows the number %s as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });

  it('shows how far a value lies from the baseline', () => {
    expect(formatDifference(0.75, 0.5)).toBe('+0.25');
    expect(formatDifference(0.5, 0.75)).toBe('−0.25');
    expect(formatDifference(1, 1)).toBe('');
    expect(formatDifference('NaN', 1)).toBe('');
    expect(formatDifference(1, null)).toBe('');
  });

  it.each([
    [0, '0 ms'],
    [47.2, '47 ms'],
    [100, '0.1 s'],
    [432, '0.4 s'],
    [12_900, '12 s'],
    [185_000, '3 min 5 s'],
    [2 * HOUR + 4 * MINUTE, '2 h 4 min'],
    [50 * HOUR, '2 d 2 h']
  ])('shows %d ms as %s', (ms, text) => {
    expect(formatDuration(ms, trans)).toBe(text);
  });

  it('shows ages and waits', () => {
    const now = 100 * HOUR;
    expect(formatAge(now - 59_000, now, trans)).toBe('now');
    expect(formatAge(now - 5 * MINUTE, now, trans)).toBe('5 min');
    expect(formatAge(now - 50 * HOUR, now, trans)).toBe('2 d');
    expect(formatAgo(now - 3 * HOUR, now, trans)).toBe('3 h ago');
    expect(formatAgo(now, now, trans)).toBe('just now');
    expect(formatUntil(now - 1, now, trans)).toBe('due now');
    expect(formatUntil(now + 1000, now, trans)).toBe('in less than a minute');
    expect(formatUntil(now + 90 * MINUTE, now, trans)).toBe('in 1 h 30 min');
    expect(formatUntil(now + 49 * HOUR, now, trans)).toBe('in 2 d 1 h');
  });

  it('shortens ids and paths', () => {
    expect(shortId('01a1fd690c3317c5b2f46c203cf38a1a')).toBe('3cf38a1a');
    expect(baseName('work/train.ipynb')).toBe('train.ipynb');
    expect(baseName('train.ipynb')).toBe('train.ipynb');
  });
});
