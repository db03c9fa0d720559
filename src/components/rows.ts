/** Owns what is done to the rows of a table without drawing them: filter, sort, write as Python. */
import { toPython } from './python';

export type CellValue = string | number | null;

/** One column of a table whose rows are of type `R`. */
export interface IColumnRule<R> {
  name: string;
  /** What the row is sorted by, and what is copied. */
  value: (row: R) => CellValue;
}

export interface ISorting {
  column: string;
  isDescending: boolean;
}

/** The rows of which some column holds the words, whatever their case. */
export function filterRows<R>(
  rows: readonly R[],
  columns: readonly IColumnRule<R>[],
  words: string
): readonly R[] {
  const wanted = words.trim().toLowerCase();
  if (!wanted) {
    return rows;
  }
  return rows.filter(row =>
    columns.some(column =>
      String(column.value(row) ?? '')
        .toLowerCase()
        .includes(wanted)
    )
  );
}

/** The rows in order of a column; those without a value come last either way. */
export function sortRows<R>(
  rows: readonly R[],
  columns: readonly IColumnRule<R>[],
  sorting: ISorting | null
): readonly R[] {
  const column = columns.find(item => item.name === sorting?.column);
  if (!column || !sorting) {
    return rows;
  }
  const sign = sorting.isDescending ? -1 : 1;
  return [...rows].sort((one, other) => {
    const [a, b] = [column.value(one), column.value(other)];
    if (a === null || b === null) {
      return Number(a === null) - Number(b === null);
    }
    return sign * (typeof a === 'number' && typeof b === 'number' ? a - b : compareTexts(a, b));
  });
}

function compareTexts(a: string | number, b: string | number): number {
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** What a heading does next: ascending, descending, as it came. */
export function nextSorting(sorting: ISorting | null, column: string): ISorting | null {
  if (sorting?.column !== column) {
    return { column, isDescending: false };
  }
  return sorting.isDescending ? null : { column, isDescending: true };
}

/** Python code that makes a pandas frame of the rows. */
export function toDataFrame<R>(rows: readonly R[], columns: readonly IColumnRule<R>[]): string {
  const items = columns.map(
    column => `    ${toPython(column.name)}: ${toPython(rows.map(row => column.value(row)))},`
  );
  return ['import pandas as pd', '', 'pd.DataFrame({', ...items, '})', ''].join('\n');
}
