/** Owns the numbers that a forest learns from: params as columns, words as one column each; pure. */
import { categoriesIn } from './choices';
import { varies, type IColumnOfRuns } from './runTable';

/** Fewer runs than this say nothing. */
export const FEWEST_RUNS = 8;

/** Words beyond the most frequent share no column. */
const MOST_WORDS = 12;

/** One param, and the columns of numbers that stand for it. */
export interface IFeature {
  param: IColumnOfRuns;
  columns: readonly number[];
  /** The words that have a column each; empty for a number. */
  words: readonly string[];
}

export interface IForestData {
  features: readonly IFeature[];
  /** One row a run that has all values. */
  x: readonly (readonly number[])[];
  y: readonly number[];
  /** The place of each row in the table. */
  rows: readonly number[];
  /** Params that are the same in all runs that count. */
  constant: readonly string[];
}

/** The rows that have the metric; a param that a run lacks is a word of its own, or the median. */
export function forestData(params: readonly IColumnOfRuns[], metric: IColumnOfRuns): IForestData {
  const rows = metric.values.flatMap((value, row) => (typeof value === 'number' ? [row] : []));
  const own = params.map(param => ({
    ...param,
    values: rows.map(row => param.values[row] ?? null)
  }));
  const used = own.filter(param => varies(param));
  const columns: number[][] = [];
  const features = used.map((param): IFeature => {
    const begin = columns.length;
    const words = param.isNumeric ? [] : frequentWords(param);
    if (param.isNumeric) {
      columns.push(numbersOf(param));
    } else {
      columns.push(...words.map(word => param.values.map(value => Number(String(value) === word))));
    }
    return { param, words, columns: columns.slice(begin).map((_, index) => begin + index) };
  });
  return {
    features,
    x: rows.map((_, row) => columns.map(column => column[row] ?? 0)),
    y: rows.map(row => Number(metric.values[row])),
    rows,
    constant: own.filter(param => !varies(param)).map(({ name }) => name)
  };
}

function numbersOf(param: IColumnOfRuns): number[] {
  const known = param.values.filter(value => typeof value === 'number');
  const sorted = [...known].sort((one, other) => one - other);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return param.values.map(value => (typeof value === 'number' ? value : middle));
}

function frequentWords(param: IColumnOfRuns): string[] {
  const count = (word: string): number =>
    param.values.filter(value => String(value) === word).length;
  const words = categoriesIn(param);
  return words.length <= MOST_WORDS
    ? words
    : [...words].sort((one, other) => count(other) - count(one)).slice(0, MOST_WORDS);
}
