/** Owns what a forest finds in runs: how much each param matters, and how the metric moves with it. */
import type { RandomForestRegression } from 'ml-random-forest';

import type { IFeature, IForestData } from './forestData';
import { mean, rankCorrelation } from './rank';

/** Trees, each of other runs; the page answers in between. */
const TREES = 40;
const MOST_LEARNED = 120;
const MOST_TRIED = 150;
const SHUFFLES = 3;
const GRID = 24;

export interface IImportance {
  feature: IFeature;
  /** How much of what is explained is lost without the param; at least 0, all together 1. */
  share: number;
  /** From -1 to 1; null for words. */
  correlation: number | null;
}

export interface IFound {
  importances: readonly IImportance[];
  /** How much of the differences runs that were not learned from are explained, at most 1. */
  explained: number;
  /** The prediction for rows of numbers. */
  predict: (rows: readonly (readonly number[])[]) => number[];
}

/** Gives the page a moment. */
export type Pause = () => Promise<void>;

/** Learn from the runs and say what matters; `signal` ends it early. */
export async function learn(
  data: IForestData,
  options: { pause: Pause; signal: AbortSignal }
): Promise<IFound> {
  const { RandomForestRegression: Forest } = await import('ml-random-forest');
  const forests: RandomForestRegression[] = [];
  const losses = data.features.map(() => 0);
  const random = randomFrom(7);
  let errors = 0;
  let spread = 0;
  for (let number = 0; number < TREES; number += 1) {
    await options.pause();
    options.signal.throwIfAborted();
    const { learned, tried } = split(data.x.length, random);
    const forest = new Forest({
      nEstimators: 1,
      maxFeatures: Math.max(1, data.x[0]?.length ?? 1),
      replacement: false,
      useSampleBagging: false,
      noOOB: true,
      seed: number + 1,
      treeOptions: { minNumSamples: 2, maxDepth: 10 }
    });
    forest.train(pick(data.x, learned), apart(pick(data.y, learned), random));
    forests.push(forest);
    const x = pick(data.x, tried);
    const y = pick(data.y, tried);
    const base = squares(forest.predict(x), y);
    errors += base;
    spread += squares(
      y.map(() => mean(y)),
      y
    );
    data.features.forEach((feature, index) => {
      for (let turn = 0; turn < SHUFFLES; turn += 1) {
        const worse = squares(forest.predict(shuffled(x, feature.columns, random)), y) - base;
        losses[index] = (losses[index] ?? 0) + worse / SHUFFLES;
      }
    });
  }
  const all = forests.length;
  return {
    importances: ranked(data, losses),
    explained: spread > 0 ? 1 - errors / spread : 0,
    predict: rows => {
      const each = forests.map(forest => forest.predict(rows.map(row => [...row])));
      return rows.map((_, row) => each.reduce((sum, one) => sum + (one[row] ?? 0), 0) / all);
    }
  };
}

function ranked(data: IForestData, losses: readonly number[]): IImportance[] {
  const total = losses.reduce((sum, loss) => sum + Math.max(0, loss), 0);
  return data.features
    .map((feature, index) => ({
      feature,
      share: total > 0 ? Math.max(0, losses[index] ?? 0) / total : 0,
      correlation: feature.words.length === 0 ? correlationOf(data, feature) : null
    }))
    .sort((one, other) => other.share - one.share);
}

function correlationOf({ x, y }: IForestData, { columns }: IFeature): number | null {
  return rankCorrelation(
    x.map(row => row[columns[0] ?? 0] ?? 0),
    y
  );
}

/** What the forest predicts on average as one param moves and the others stay as they are. */
export async function dependence(
  data: IForestData,
  found: IFound,
  options: { feature: IFeature; pause: Pause; signal: AbortSignal }
): Promise<{ at: number | string; value: number }[]> {
  const { feature, pause, signal } = options;
  const rows = data.x.slice(0, MOST_TRIED);
  const points: { at: number | string; value: number }[] = [];
  for (const { at, numbers } of placesOf(data, feature)) {
    await pause();
    signal.throwIfAborted();
    const moved = rows.map(row => replaced(row, feature.columns, numbers));
    points.push({ at, value: mean(found.predict(moved)) });
  }
  return points;
}

function placesOf(
  { x }: IForestData,
  { columns, words }: IFeature
): { at: number | string; numbers: number[] }[] {
  if (words.length > 0) {
    return words.map((at, place) => ({
      at,
      numbers: words.map((_, word) => Number(word === place))
    }));
  }
  const values = [...new Set(x.map(row => row[columns[0] ?? 0] ?? 0))].sort((a, b) => a - b);
  const last = values.length - 1;
  const places =
    values.length <= GRID
      ? values
      : Array.from({ length: GRID }, (_, at) => values[Math.round((at * last) / (GRID - 1))] ?? 0);
  return places.map(at => ({ at, numbers: [at] }));
}

function replaced(
  row: readonly number[],
  columns: readonly number[],
  numbers: readonly number[]
): number[] {
  const moved = [...row];
  columns.forEach((column, index) => (moved[column] = numbers[index] ?? 0));
  return moved;
}

/** Two parts of three to learn from, the rest to try on; never the same run in both. */
function split(count: number, random: () => number): { learned: number[]; tried: number[] } {
  const order = permutation(count, random);
  const cut = Math.min(MOST_LEARNED, Math.max(2, Math.floor((count * 2) / 3)));
  return { learned: order.slice(0, cut), tried: order.slice(cut, cut + MOST_TRIED) };
}

/** The values a hair apart: the trees do not split between equal ones, nor where a split is perfect. */
function apart(values: readonly number[], random: () => number): number[] {
  const hair = (Math.max(...values) - Math.min(...values) || 1) * 1e-7;
  return values.map(value => value + hair * random());
}

function shuffled(
  rows: readonly number[][],
  columns: readonly number[],
  random: () => number
): number[][] {
  const order = permutation(rows.length, random);
  return rows.map((row, index) => {
    const other = rows[order[index] ?? index] ?? row;
    return replaced(
      row,
      columns,
      columns.map(column => other[column] ?? 0)
    );
  });
}

function permutation(count: number, random: () => number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  for (let at = count - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0];
  }
  return order;
}

function pick<T>(
  values: readonly T[],
  places: readonly number[]
): (T extends readonly number[] ? number[] : T)[] {
  return places.map(place => {
    const value = values[place];
    return (Array.isArray(value) ? [...(value as number[])] : value) as T extends readonly number[]
      ? number[]
      : T;
  });
}

function squares(found: readonly number[], wanted: readonly number[]): number {
  return found.reduce((sum, value, index) => sum + (value - (wanted[index] ?? 0)) ** 2, 0);
}

/** The same numbers between 0 and 1 each time, so that the same runs give the same answer. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
