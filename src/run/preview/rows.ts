/** Owns tables of text as rows: read from the head of a file, told what separates its values; pure. */
import { dsvFormat } from 'd3-dsv';

import { endingOf } from './kind';

/** Rows that a preview shows. */
export const SHOWN_ROWS = 200;

export interface ITextTable {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  /** Whether there are rows that are not shown. */
  hasMore: boolean;
}

/** The first rows of a table; of a head the last line is left out, which may be cut. */
export function readTable(text: string, path: string, isWhole: boolean): ITextTable {
  const lines = isWhole ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  const [columns = [], ...rows] = dsvFormat(separatorOf(lines, path)).parseRows(lines);
  const shown = rows.slice(0, SHOWN_ROWS);
  return { columns, rows: shown, hasMore: !isWhole || rows.length > shown.length };
}

/** What separates the values: a tab where the ending says so, else what the first line has most of. */
function separatorOf(text: string, path: string): string {
  if (['tsv', 'tab'].includes(endingOf(path))) {
    return '\t';
  }
  const first = text.slice(0, text.indexOf('\n') + 1 || text.length);
  const count = (separator: string): number => first.split(separator).length;
  return [',', ';', '\t', '|'].reduce((best, one) => (count(one) > count(best) ? one : best));
}
