/** Owns how numbers and times are put into words. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { WireNumber } from '../api/types';
import { locale, perLocale } from './locale';

export { baseName, shortDigest, shortId } from './names';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30.44 * DAY;
const YEAR = 365.25 * DAY;

const WORDS: Record<string, string> = { NaN: 'NaN', Infinity: '∞', '-Infinity': '−∞' };

/** Narrow and unbroken: a point or a comma would be the decimal sign of some reader. */
const THIN = '\u202f';

const DIGITS = 5;

/** From here on a number is told by its exponent. */
const HUGE = 1e15;

/** Below this too. */
const TINY = 1e-4;

/** A difference this small beside its numbers is what their arithmetic left over. */
const LEFT_OVER = 1e-12;

/**
 * Five significant digits without trailing zeros; what stands before the decimal sign in full, in
 * groups of three from five digits on; the very small and very large as 1.2e-5.
 */
export function formatNumber(value: WireNumber): string {
  return typeof value === 'string' ? (WORDS[value] ?? value) : decimal(value, DIGITS);
}

/** How far `value` lies from `base`, signed; empty when one of them is not a finite number. */
export function formatDifference(value: unknown, base: unknown): string {
  if (typeof value !== 'number' || typeof base !== 'number') {
    return '';
  }
  const difference = value - base;
  const size = Math.abs(difference);
  if (!(size > LEFT_OVER * Math.max(Math.abs(value), Math.abs(base)))) {
    return '';
  }
  return (difference > 0 ? '+' : '−') + formatNumber(size);
}

/** A fraction of one in percent, with three significant digits: "12.3%"; signed where asked for. */
export function formatPercent(fraction: number, isSigned = false): string {
  const sign = isSigned && fraction > 0 ? '+' : '';
  return sign + decimal(fraction * 100, 3) + percentSign();
}

/** A fraction of one in percent, with exactly so many digits after the decimal sign. */
export function formatFixedPercent(fraction: number, digits: number): string {
  return formatFixed(fraction * 100, digits) + percentSign();
}

/** The decimal sign and what stands between groups of three, as plotly takes them. */
export function numberSeparators(): string {
  return decimalSign() + THIN;
}

/** A whole number, in groups of three from five digits on. */
export function formatCount(count: number): string {
  return decimal(Math.round(count), DIGITS);
}

function decimal(value: number, digits: number): string {
  if (!Number.isFinite(value)) {
    return WORDS[String(value)] ?? '';
  }
  const size = Math.abs(value);
  const whole = Number.isInteger(size) || size >= 10 ** digits ? Math.round(size) : null;
  const rounded = whole ?? Number(size.toPrecision(digits));
  const sign = value < 0 && rounded !== 0 ? '−' : '';
  if (rounded !== 0 && (rounded < TINY || rounded >= HUGE)) {
    const [mantissa = '', exponent = ''] = Number(size.toPrecision(digits))
      .toExponential()
      .split('e');
    return `${sign}${mantissa.replace('.', decimalSign())}e${Number(exponent)}`;
  }
  const [before = '', after] = String(rounded).split('.');
  return sign + grouped(before) + (after === undefined ? '' : decimalSign() + after);
}

function grouped(digits: string): string {
  return digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, THIN);
}

const decimalSign = perLocale(
  tag =>
    new Intl.NumberFormat(tag).formatToParts(0.5).find(part => part.type === 'decimal')?.value ??
    '.'
);

/** The sign with the space, if any, that the language puts before it. */
const percentSign = perLocale(tag =>
  new Intl.NumberFormat(tag, { style: 'percent' })
    .formatToParts(0)
    .filter(({ type }) => type === 'literal' || type === 'percentSign')
    .map(part => part.value)
    .join('')
);

/** A duration: "47 ms", "0.4 s", "12 s", "3 min 5 s", "2 h 4 min", "3 d 2 h". */
export function formatDuration(ms: number, trans: TranslationBundle): string {
  if (ms < SECOND / 10) {
    return trans.__('%1 ms', Math.round(ms));
  }
  if (ms < 9.95 * SECOND) {
    return trans.__('%1 s', formatFixed(ms / SECOND, 1));
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
  if (age < 2 * MONTH) {
    return trans.__('%1 d', Math.floor(age / DAY));
  }
  return age < 2 * YEAR
    ? trans.__('%1 mo', Math.floor(age / MONTH))
    : trans.__('%1 y', Math.floor(age / YEAR));
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
  const [days, hours] = [Math.floor(wait / DAY), Math.floor((wait % DAY) / HOUR)];
  return hours === 0 ? trans.__('in %1 d', days) : trans.__('in %1 d %2 h', days, hours);
}

/** The date and time in the reader's language and zone. */
export function formatTime(at: number): string {
  return dateAndTime().format(at);
}

const dateAndTime = perLocale(
  tag => new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium' })
);

/** The date and time in the reader's language, as a clock in another zone shows it. */
export function formatZoned(at: number, timezone: string): string {
  return new Date(at).toLocaleString(locale(), {
    timeZone: timezone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short'
  });
}

/** The day in the reader's language and zone. */
export function formatDay(at: number): string {
  return day().format(at);
}

const day = perLocale(tag => new Intl.DateTimeFormat(tag, { dateStyle: 'medium' }));

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/** A number of bytes in the unit that suits it: "812 B", "3.4 MB". */
export function formatBytes(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (Math.abs(size) >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(size) >= 99.95 ? 0 : 1;
  return `${formatFixed(size, digits)} ${unitNames()[unit] ?? ''}`;
}

/** English writes "byte" in full where it shortens the others. */
const unitNames = perLocale(tag =>
  UNITS.map(unit => {
    const parts = new Intl.NumberFormat(tag, { style: 'unit', unit }).formatToParts(2);
    const name = parts.find(part => part.type === 'unit')?.value ?? '';
    return name === 'byte' ? 'B' : name;
  })
);

/** A number with exactly so many digits after the decimal sign. */
export function formatFixed(value: number, digits: number): string {
  const [before = '', after] = Math.abs(value).toFixed(digits).split('.');
  const sign = value < 0 ? '−' : '';
  return sign + grouped(before) + (after === undefined ? '' : decimalSign() + after);
}
