/** Owns the values of a comparison: how one is told, held against the baseline, and found best; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { RunStatus, RunSummary } from '../api/types';
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatFixedPercent,
  formatNumber
} from '../components/format';
import { statusWord } from '../components/status';

export type Direction = NonNullable<RunSummary['direction']>;

/** What a value is, and so how it is told; times and durations are milliseconds. */
export type Form =
  'number' | 'param' | 'text' | 'tag' | 'code' | 'status' | 'time' | 'duration' | 'bytes';

/** A run's value; null where it has none. */
export type Value = string | number | null;

/** How far a value lies from the baseline's; `share` is null where the baseline is zero. */
export interface IDistance {
  amount: number;
  share: number | null;
}

const NUMERAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

const WORDS: ReadonlyMap<Value, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity]
]);

/** The value as a finite number; null for everything else. Params are Python literals. */
export function numberOf(value: Value): number | null {
  if (typeof value === 'string') {
    return NUMERAL.test(value) ? Number(value) : null;
  }
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Forms of amounts: it makes sense to tell how far two lie apart. */
export const MEASURED: ReadonlySet<Form> = new Set<Form>(['number', 'param', 'duration', 'bytes']);

/** How far `value` lies from `base`; null where they are equal or not both finite numbers. */
export function distanceOf(form: Form, value: Value, base: Value): IDistance | null {
  const [one, other] = [numberOf(value), numberOf(base)];
  if (!MEASURED.has(form) || one === null || other === null || one === other) {
    return null;
  }
  const amount = one - other;
  return { amount, share: other === 0 ? null : amount / Math.abs(other) };
}

/** Stands for a tag that has no value. */
export const TAGGED = '✓';

/** The value in words; the empty text where there is none. */
export function wordsOf(form: Form, value: Value, trans: TranslationBundle): string {
  if (value === null) {
    return '';
  }
  if (form === 'status') {
    return statusWord(value as RunStatus, trans).split(':')[0] ?? '';
  }
  if (form === 'tag' && value === '') {
    return TAGGED;
  }
  if (typeof value === 'string') {
    return form === 'number' ? formatNumber(value as 'NaN') : value;
  }
  return amountWords(form, value, trans);
}

function amountWords(form: Form, value: number, trans: TranslationBundle): string {
  switch (form) {
    case 'time':
      return formatAgo(value, Date.now(), trans);
    case 'duration':
      return formatDuration(value, trans);
    case 'bytes':
      return formatBytes(value);
    default:
      return formatNumber(value);
  }
}

/** A distance as it stands beside a value: "+0.05", "+6.7%". */
export function distanceWords(
  form: Form,
  { amount, share }: IDistance,
  trans: TranslationBundle
): { amount: string; share: string } {
  const size = amountWords(form, Math.abs(amount), trans);
  return { amount: `${signOf(amount)}${size}`, share: share === null ? '' : shareWords(share) };
}

function signOf(amount: number): string {
  return amount > 0 ? '+' : '−';
}

/** A share as percent, with as many digits as tell something; from tenfold on as a factor. */
function shareWords(share: number): string {
  const percent = Math.abs(share) * 100;
  if (percent >= 1000) {
    return `${share > 0 ? '>' : '<'}${signOf(share)}${formatFixedPercent(9.99, 0)}`;
  }
  const digits = percent >= 100 ? 0 : percent >= 0.1 ? 1 : 2;
  return percent < 0.005
    ? `<${formatFixedPercent(0.0001, 2)}`
    : signOf(share) + formatFixedPercent(Math.abs(share), digits);
}

/** Whether a distance goes the better way; null where no way is known. */
export function isBetter(distance: IDistance | null, direction: Direction | null): boolean | null {
  return distance === null || direction === null
    ? null
    : distance.amount > 0 === (direction === 'max');
}

const NONE: ReadonlySet<number> = new Set();

/**
 * The places of the best values; empty where no way is known, or all values are equal. What a run
 * has at one of the places in `cut` does not count, because it did not end well.
 */
export function bestOf(
  values: readonly Value[],
  direction: Direction | null,
  cut: ReadonlySet<number> = new Set()
): ReadonlySet<number> {
  if (direction === null) {
    return NONE;
  }
  const numbers = values.map((value, place) => (cut.has(place) ? null : numberOf(value)));
  const finite = numbers.filter(value => value !== null);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  if (finite.length < 2 || low === high) {
    return NONE;
  }
  const best = direction === 'max' ? high : low;
  return new Set(numbers.flatMap((value, index) => (value === best ? [index] : [])));
}

/** Sorts values: numbers by size, then texts; either way NaN comes behind them, and nothing last. */
export function compareValues(one: Value, other: Value, isDescending: boolean): number {
  const [a, b] = [rankedNumber(one), rankedNumber(other)];
  const ranks = rankOf(one, a) - rankOf(other, b);
  if (ranks !== 0) {
    return ranks;
  }
  const order =
    a !== null && b !== null
      ? a - b || 0
      : String(one ?? '').localeCompare(String(other ?? ''), undefined, { numeric: true });
  return isDescending ? -order : order;
}

function rankedNumber(value: Value): number | null {
  return WORDS.get(value) ?? numberOf(value);
}

/** Numbers, texts, NaN, nothing. */
function rankOf(value: Value, number: number | null): number {
  if (number !== null) {
    return Number.isNaN(number) ? 2 : 0;
  }
  return value === null ? 3 : 1;
}
