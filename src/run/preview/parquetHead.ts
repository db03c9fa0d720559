/** Owns reading the head of a Parquet file: its footer, and the pages that the first rows need. */
import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

import { formatBytes } from '../../components/format';
import { SHOWN_ROWS } from './rows';

/** Columns that are read at most. */
const MAX_COLUMNS = 100;

export interface IParquetHead {
  columns: readonly { name: string; note: string; isNumber: boolean }[];
  rows: readonly (readonly string[])[];
  /** Rows of the whole file. */
  count: number;
  allColumns: number;
  groups: number;
}

/** Read the head; `read` gives bytes from a start up to an end that is left out. */
export async function readParquetHead(
  byteLength: number,
  read: (start: number, end: number) => Promise<ArrayBuffer>
): Promise<IParquetHead> {
  const file = {
    byteLength,
    slice: (start: number, end?: number) =>
      read(start < 0 ? byteLength + start : start, end ?? byteLength)
  };
  // A footer is small: one request for the end of the file has it nearly always.
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: 64 * 1024 });
  const tree = parquetSchema(metadata).children;
  const names = tree.slice(0, MAX_COLUMNS).map(child => child.element.name);
  const count = Number(metadata.num_rows);
  const inFirst = Number(metadata.row_groups[0]?.num_rows ?? 0);
  const rowEnd = Math.min(SHOWN_ROWS, inFirst);
  const rows = rowEnd
    ? await parquetReadObjects({
        file,
        metadata,
        columns: names,
        rowEnd,
        compressors,
        useOffsetIndex: true
      })
    : [];
  return {
    columns: tree.slice(0, MAX_COLUMNS).map(columnOf),
    rows: rows.map(row => names.map(name => textOf(row[name]))),
    count,
    allColumns: tree.length,
    groups: metadata.row_groups.length
  };
}

function columnOf({ element, children }: SchemaTree): IParquetHead['columns'][number] {
  const { logical_type: logical, converted_type: converted, type } = element;
  const kind = logical?.type ?? converted ?? type ?? '';
  return {
    name: element.name,
    note: (kind || (children.length > 0 ? 'struct' : '')).toLowerCase(),
    isNumber: /^(int|uint|float|double|decimal)/i.test(kind)
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  if (value === null || value === undefined) {
    return '';
  }
  if (value instanceof Date) {
    return value.toISOString().replace('T', ' ').replace('.000Z', 'Z');
  }
  if (value instanceof Uint8Array) {
    return formatBytes(value.length);
  }
  if (typeof value === 'number' || typeof value === 'bigint') {
    return String(value);
  }
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? String(part) : part
  );
}
