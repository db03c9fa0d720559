/** Owns the table of a comparison as text: for spreadsheets, documents and pandas; pure. */
import type { TranslationBundle } from '@jupyterlab/translation';

import { toPython } from '../components/python';
import { asCell } from '../components/spreadsheet';
import type { IRow } from './rows';
import { MEASURED, numberOf, wordsOf, type Value } from './values';

/** What is written: headings of runs, and rows whose values are in their order. */
export interface IExport {
  runIds: readonly string[];
  labels: readonly string[];
  rows: readonly IRow[];
}

/** Values separated by tabs, which spreadsheets take from the clipboard. */
export function toTsv(table: IExport, trans: TranslationBundle): string {
  const clean = (text: string): string => text.replace(/[\t\r\n]+/g, ' ');
  return lines(table, trans)
    .map(line => line.map(text => clean(asCell(text))).join('\t'))
    .join('\n');
}

/** Values separated by commas, as RFC 4180 has it. */
export function toCsv(table: IExport, trans: TranslationBundle): string {
  const quote = (text: string): string =>
    /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  return lines(table, trans)
    .map(line => line.map(text => quote(asCell(text))).join(',') + '\r\n')
    .join('');
}

/** A table of Markdown, numbers aligned to the right. */
export function toMarkdown(table: IExport, trans: TranslationBundle): string {
  const { rows } = table;
  const clean = (text: string): string =>
    text.replace(/\\/g, '\\\\').replace(/\|/g, '\\|').replace(/\s+/g, ' ');
  const [heads = [], ...body] = lines({ ...table, rows: [] }, trans).concat(
    rows.map(row => [row.name, ...row.values.map(value => wordsOf(row.form, value, trans))])
  );
  const hasNumbers = rows.some(row => row.values.some(value => numberOf(value) !== null));
  const rule = heads.map((_, index) => (index > 0 && hasNumbers ? '---:' : '---'));
  return [heads, rule, ...body].map(line => `| ${line.map(clean).join(' | ')} |`).join('\n');
}

/** Headings and rows; values as precise as they are. */
function lines({ labels, rows }: IExport, trans: TranslationBundle): string[][] {
  const text = (row: IRow, value: Value): string =>
    row.form === 'status' || row.form === 'tag'
      ? wordsOf(row.form, value, trans)
      : row.form === 'time' && typeof value === 'number'
        ? new Date(value).toISOString()
        : String(value ?? '');
  const body = rows.map(row => [row.name, ...row.values.map(value => text(row, value))]);
  return [[trans.__('Name'), ...labels], ...body];
}

/** Python code that makes a pandas frame: a row for each run, indexed by its id. */
export function toFrameCode({ runIds, labels, rows }: IExport): string {
  const column = (name: string, values: readonly string[]): string =>
    `        ${toPython(name)}: [${values.join(', ')}],`;
  const names = new Map<string, number>();
  const unique = (name: string): string => {
    const count = (names.get(name) ?? 0) + 1;
    names.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  };
  const python = (values: readonly unknown[]): string[] => values.map(value => toPython(value));
  return [
    'import pandas as pd',
    '',
    'comparison = pd.DataFrame(',
    '    {',
    column(unique('run'), python(labels)),
    ...rows.map(row =>
      column(
        unique(row.name),
        row.values.map(value => pythonOf(row, value))
      )
    ),
    '    },',
    `    index=pd.Index([${python(runIds).join(', ')}], name="run_id"),`,
    ')',
    'comparison',
    ''
  ].join('\n');
}

const FLOATS: Record<string, string> = {
  NaN: "float('nan')",
  Infinity: "float('inf')",
  '-Infinity': "float('-inf')"
};

/** Whole numbers that Python does not read. */
const PADDED = /^[+-]?0\d+$/;

/** Amounts become numbers, digit by digit as they were written; all else stays the text it is. */
function pythonOf({ form }: IRow, value: Value): string {
  if (typeof value !== 'string') {
    return toPython(value);
  }
  const float = form === 'number' ? FLOATS[value] : undefined;
  const isNumber = MEASURED.has(form) && numberOf(value) !== null && !PADDED.test(value);
  return float ?? (isNumber ? value : toPython(value));
}
