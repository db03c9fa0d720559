/** Owns which runs lie within the ranges that are marked on parallel axes; pure. */
import type { Cell } from './literals';
import { categoriesIn } from './choices';
import { wantsLog, type IColumnOfRuns, type IRunTable } from './runTable';

/** From and to in the values of a column, both included; words stand at 0, 1, 2 and so on. */
export type Ranges = Readonly<Record<string, readonly [number, number] | undefined>>;

/** One axis: where each run crosses it. */
export interface IAxis {
  column: IColumnOfRuns;
  /** The axis is logarithmic. */
  isLog: boolean;
  places: readonly (number | null)[];
  low: number;
  high: number;
  /** The words of an axis that has no numbers. */
  words: readonly string[];
}

export function axisOfColumn(column: IColumnOfRuns): IAxis {
  const words = column.isNumeric ? [] : categoriesIn(column);
  const place = (value: Cell): number | null => {
    if (value === null) {
      return null;
    }
    return column.isNumeric ? Number(value) : words.indexOf(String(value));
  };
  const places = column.values.map(place);
  const known = places.filter(value => value !== null);
  return {
    column,
    isLog: wantsLog(column),
    places,
    low: words.length ? 0 : Math.min(...known),
    high: words.length ? words.length - 1 : Math.max(...known),
    words
  };
}

/** The rows that have a value on every axis. */
export function wholeRows(axes: readonly IAxis[], table: IRunTable): number[] {
  return table.ids
    .map((_, row) => row)
    .filter(row => axes.every(({ places }) => (places[row] ?? null) !== null));
}

/** The ids of the rows that lie within all ranges; none when nothing is marked. */
export function idsWithin(
  axes: readonly IAxis[],
  ranges: Ranges,
  { rows, table }: { rows: readonly number[]; table: IRunTable }
): string[] {
  const marked = axes.filter(({ column }) => ranges[column.key]);
  if (marked.length === 0) {
    return [];
  }
  return rows
    .filter(row =>
      marked.every(({ column, places }) => {
        const [low, high] = ranges[column.key] ?? [-Infinity, Infinity];
        const at = places[row] ?? NaN;
        return at >= low && at <= high;
      })
    )
    .map(row => table.ids[row] ?? '');
}

/** What plotly tells when a range is drawn or cleared: the axis by its place, and its new range. */
export function rangeChanges(
  data: unknown
): { axis: number; range: [number, number] | undefined }[] {
  const [update] = Array.isArray(data) ? (data as unknown[]) : [];
  return Object.entries((update as Record<string, unknown> | undefined) ?? {}).flatMap(
    ([name, value]) => {
      const match = /^dimensions\[(\d+)\]\.constraintrange$/.exec(name);
      return match ? [{ axis: Number(match[1]), range: hull(value) }] : [];
    }
  );
}

/** The range around all numbers in the lists, however they are nested. */
function hull(value: unknown): [number, number] | undefined {
  const numbers = (Array.isArray(value) ? (value as unknown[]) : [])
    .flat(3)
    .filter(item => typeof item === 'number');
  return numbers.length ? [Math.min(...numbers), Math.max(...numbers)] : undefined;
}

/** Where a value stands on the drawn axis. */
export function drawnPlace(axis: IAxis, value: number): number {
  return axis.isLog ? Math.log10(Math.max(value, Number.MIN_VALUE)) : value;
}

/** The value at a place of the drawn axis. */
export function valueAtPlace(axis: IAxis, place: number): number {
  return axis.isLog ? 10 ** place : place;
}

/** The powers of ten, halves and fifths between the ends of a log axis. */
export function logTicks({ low, high }: IAxis): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const powers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const factors = powers.length > 4 ? [1] : [1, 2, 5];
  return powers
    .flatMap(power => factors.map(factor => Number(`${factor}e${power}`)))
    .filter(value => value >= low && value <= high);
}
