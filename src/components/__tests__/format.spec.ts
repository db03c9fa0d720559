import { afterEach, describe, expect, it } from 'vitest';

import { trans } from '../../__tests__/fakes';
import {
  baseName,
  formatAge,
  formatAgo,
  formatBytes,
  formatCount,
  formatDay,
  formatDifference,
  formatDuration,
  formatFixed,
  formatFixedPercent,
  formatNumber,
  formatPercent,
  formatTime,
  formatUntil,
  numberSeparators,
  shortId
} from '../format';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('format', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [-0.5, '−0.5'],
    [1234, '1234'],
    [-1234.5, '−1234.5'],
    [12345, '12\u202f345'],
    [1234567, '1\u202f234\u202f567'],
    [12345.678, '12\u202f346'],
    [99999.7, '100\u202f000'],
    [1e-4, '0.0001'],
    [0.000099999999, '0.0001'],
    [-1.5e-9, '−1.5e-9'],
    [5e-324, '5e-324'],
    [1e15, '1e15'],
    [0.761523270795, '0.76152'],
    [0.1 + 0.2, '0.3'],
    [123456.789, '123\u202f457'],
    [0.00001234567, '1.2346e-5'],
    [1e300, '1e300'],
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
    expect(formatDifference(0.1 + 0.2, 0.3)).toBe('');
    expect(formatDifference(1e-9, 0)).toBe('+1e-9');
  });

  it.each([
    [0.1234, false, '12.3%'],
    [0.1234, true, '+12.3%'],
    [-0.5, true, '−50%'],
    [0, true, '0%'],
    [0.00004, false, '0.004%'],
    [1234, false, '123\u202f400%']
  ])('shows the fraction %d as a percentage, signed: %s', (fraction, isSigned, text) => {
    expect(formatPercent(fraction, isSigned)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [3.4e9, '3.4 GB'],
    [12_345e12, '12\u202f345 TB'],
    [-2048, '−2.0 kB']
  ])('shows %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('groups the digits of long counts', () => {
    expect(formatCount(9999)).toBe('9999');
    expect(formatCount(100_000)).toBe('100\u202f000');
  });

  it.each([
    [0, '0 ms'],
    [47.2, '47 ms'],
    [100, '0.1 s'],
    [432, '0.4 s'],
    [9_949, '9.9 s'],
    [9_960, '9 s'],
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
    expect(formatAge(now - 90 * 24 * HOUR, now, trans)).toBe('2 mo');
    expect(formatAge(now - 800 * 24 * HOUR, now, trans)).toBe('2 y');
    expect(formatAgo(now - 3 * HOUR, now, trans)).toBe('3 h ago');
    expect(formatAgo(now, now, trans)).toBe('just now');
    expect(formatUntil(now - 1, now, trans)).toBe('due now');
    expect(formatUntil(now + 1000, now, trans)).toBe('in less than a minute');
    expect(formatUntil(now + 90 * MINUTE, now, trans)).toBe('in 1 h 30 min');
    expect(formatUntil(now + 49 * HOUR, now, trans)).toBe('in 2 d 1 h');
    expect(formatUntil(now + 48 * HOUR, now, trans)).toBe('in 2 d');
  });

  it('shortens ids and paths', () => {
    expect(shortId('01a1fd690c3317c5b2f46c203cf38a1a')).toBe('3cf38a1a');
    expect(baseName('work/train.ipynb')).toBe('train.ipynb');
    expect(baseName('train.ipynb')).toBe('train.ipynb');
  });
});

describe('format in another language', () => {
  afterEach(() => {
    document.documentElement.lang = '';
  });

  it.each([
    ['fr_FR', '0,5', '−1,5e-9', '12,3\u00a0%', '3,4 Mo', '812 o', '14 nov. 2023'],
    ['de', '0,5', '−1,5e-9', '12,3\u00a0%', '3,4 MB', '812 Byte', '14.11.2023'],
    ['en-GB', '0.5', '−1.5e-9', '12.3%', '3.4 MB', '812 B', '14 Nov 2023'],
    ['not a language', '0.5', '−1.5e-9', '12.3%', '3.4 MB', '812 B', 'Nov 14, 2023']
  ])('follows %s', (lang, half, tiny, percent, mega, bytes, day) => {
    document.documentElement.lang = lang;
    expect(formatNumber(0.5)).toBe(half);
    expect(formatNumber(12345.5)).toBe('12\u202f346');
    expect(formatNumber(-1.5e-9)).toBe(tiny);
    expect(formatPercent(0.123)).toBe(percent);
    expect(formatFixedPercent(0.1231, 1)).toBe(percent);
    expect(formatFixed(0.5, 1)).toBe(half);
    expect(numberSeparators()).toBe(`${half[1]}\u202f`);
    expect(formatBytes(3.4e6)).toBe(mega);
    expect(formatBytes(812)).toBe(bytes);
    expect(formatDay(Date.UTC(2023, 10, 14, 12))).toBe(day);
    expect(formatTime(Date.UTC(2023, 10, 14, 12))).toContain('2023');
  });
});
