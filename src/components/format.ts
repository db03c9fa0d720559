/** Owns how numbers and times are put into words. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { WireNumber } from '../api/types';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const WORDS: Record<string, string> = { NaN: 'NaN', Infinity: '∞', '-Infinity': '−∞' };

/** Five significant digits, without trailing zeros; whole numbers in full. */
export function formatNumber(value: WireNumber): string {
  if (typeof value === 'string') {
    return WORDS[value] ?? value;
  }
  if (Number.isInteger(value) && Math.abs(value) < 1e15) {
    return String(value);
  }
  const short = Number(value.toPrecision(5));
  const size = Math.abs(short);
  return size !== 0 && (size < 1e-4 || size >= 1e15) ? short.toExponential() : String(short);
}

/** How far `value` lies from `base`, signed; empty when one of them is not a finite number. */
export function formatDifference(value: unknown, base: unknown): string {
  if (typeof value !== 'number' || typeof base !== 'number' || value === base) {
    return '';
  }
  const difference = value - base;
  return (difference > 0 ? '+' : '−') + formatNumber(Math.abs(difference));
}

/** A duration: "47 ms", "0.4 s", "12 s", "3 min 5 s", "2 h 4 min", "3 d 2 h". */
export function formatDuration(ms: number, trans: TranslationBundle): string {
  if (ms < SECOND / 10) {
    return trans.__('%1 ms', Math.round(ms));
  }
  if (ms < 10 * SECOND) {
    return trans.__('%1 s', (Math.round(ms / 100) / 10).toFixed(1));
  }
  if (ms < MINUTE) {
    return trans.__('%1 s', Math.floor(ms / SECOND));
  }
  if (ms < HOUR) {
    return trans.__('%1 min %2 s', Math.floor(ms / MINUTE), Math.floor((ms % MINUTE) / SECOND));
  }
  if (ms < DAY) {
    return trans.__('%1 h %2 min', Math.floor(ms / HOUR), Math.floor((ms % HOUR) / MINUTE));
  }
  return trans.__('%1 d %2 h', Math.floor(ms / DAY), Math.floor((ms % DAY) / HOUR));
}

/** How long ago, in as few characters as a list can spare. */
export function formatAge(at: number, now: number, trans: TranslationBundle): string {
  const age = now - at;
  if (age < MINUTE) {
    return trans.__('now');
  }
  if (age < HOUR) {
    return trans.__('%1 min', Math.floor(age / MINUTE));
  }
  if (age < DAY) {
    return trans.__('%1 h', Math.floor(age / HOUR));
  }
  return trans.__('%1 d', Math.floor(age / DAY));
}

/** How long ago, in words: "5 min ago". */
export function formatAgo(at: number, now: number, trans: TranslationBundle): string {
  return now - at < MINUTE ? trans.__('just now') : trans.__('%1 ago', formatAge(at, now, trans));
}

/** How long until, in words: "in 5 min". */
export function formatUntil(at: number, now: number, trans: TranslationBundle): string {
  const wait = at - now;
  if (wait <= 0) {
    return trans.__('due now');
  }
  if (wait < MINUTE) {
    return trans.__('in less than a minute');
  }
  if (wait < HOUR) {
    return trans.__('in %1 min', Math.round(wait / MINUTE));
  }
  if (wait < DAY) {
    return trans.__('in %1 h %2 min', Math.floor(wait / HOUR), Math.floor((wait % HOUR) / MINUTE));
  }
  return trans.__('in %1 d %2 h', Math.floor(wait / DAY), Math.floor((wait % DAY) / HOUR));
}

/** The date and time in the reader's language and zone. */
export function formatTime(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** The day in the reader's language and zone. */
export function formatDay(at: number): string {
  return new Date(at).toLocaleDateString(undefined, { dateStyle: 'medium' });
}

/** The last eight digits of an id, which are random, for people to read. */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A number of bytes in the unit that suits it: "812 B", "3.4 MB". */
export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (Math.abs(size) >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(size) >= 99.5 ? 0 : 1;
  return `${size.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** A whole number with separators between its thousands. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** The first digits of a digest, which are enough for people to tell two apart. */
export function shortDigest(digest: string): string {
  return digest.slice(digest.lastIndexOf(':') + 1).slice(0, 10);
}
