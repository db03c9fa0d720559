/** Owns tables of any length: sorted by their headings, filtered, and windowed where they are long. */
import { useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import { CopyButton } from './copy';
import { formatCount } from './format';
import { useTrans } from './hooks';
import {
  filterRows,
  nextSorting,
  sortRows,
  toDataFrame,
  type IColumnRule,
  type ISorting
} from './rows';

/** Rows up to which a table is drawn whole. */
const SHORT = 40;

/** Height of a row of a windowed table in pixels, which must be known. */
const ROW_HEIGHT = 30;

export interface IColumn<R> extends IColumnRule<R> {
  /** What the cell shows; its value unless given. */
  draw?: (row: R) => React.ReactNode;
  /** The whole of what `draw` may cut. */
  title?: (row: R) => string;
  kind?: 'number' | 'code' | 'note' | 'plain';
  /** Share of the width in a windowed table; 1 unless given. */
  share?: number;
}

interface ITableProps<R> {
  label: string;
  columns: readonly IColumn<R>[];
  rows: readonly R[];
  keyOf: (row: R) => string;
  /** Stands beside the filter. */
  tools?: React.ReactNode;
  /** The first column names the row. */
  sorting?: ISorting;
}

export function LongTable<R>(props: ITableProps<R>): React.JSX.Element {
  const { columns, rows } = props;
  const trans = useTrans();
  const [words, setWords] = React.useState('');
  const [sorting, setSorting] = React.useState<ISorting | null>(props.sorting ?? null);
  const shown = React.useMemo(
    () => sortRows(filterRows(rows, columns, words), columns, sorting),
    [rows, columns, words, sorting]
  );
  const isLong = rows.length > SHORT;
  const onSort = (name: string): void => setSorting(nextSorting(sorting, name));
  return (
    <div className="jp-MlopsLab-longTable">
      {(isLong || props.tools) && (
        <div className="jp-MlopsLab-longTable-tools">
          {isLong && (
            <input
              type="search"
              className="jp-mod-styled"
              value={words}
              placeholder={trans.__('Filter %1 rows', formatCount(rows.length))}
              aria-label={trans.__('Filter: %1', props.label)}
              spellCheck={false}
              onChange={event => setWords(event.target.value)}
            />
          )}
          {props.tools}
          <CopyButton
            text={() => toDataFrame(shown, columns)}
            title={trans.__('Copy Python code that makes a pandas frame of these rows')}
          >
            {trans.__('Copy as DataFrame')}
          </CopyButton>
        </div>
      )}
      {isLong ? (
        <Windowed {...props} rows={shown} sorting={sorting} onSort={onSort} />
      ) : (
        <Whole {...props} rows={shown} sorting={sorting} onSort={onSort} />
      )}
      {shown.length === 0 && rows.length > 0 && (
        <p className="jp-MlopsLab-note" role="status">
          {trans.__('No row holds these words.')}
        </p>
      )}
    </div>
  );
}

type Drawn<R> = Omit<ITableProps<R>, 'sorting'> & {
  sorting: ISorting | null;
  onSort: (column: string) => void;
};

function Whole<R>(props: Drawn<R>): React.JSX.Element {
  const { columns, rows, keyOf, label } = props;
  return (
    <div className="jp-MlopsLab-tableFrame">
      <table className="jp-MlopsLab-table" aria-label={label}>
        <Head {...props} />
        <tbody>
          {rows.map(row => (
            <Row key={keyOf(row)} row={row} columns={columns} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Only the rows in sight are in the document; empty rows above and below keep their room. */
function Windowed<R>(props: Drawn<R>): React.JSX.Element {
  const { columns, rows, keyOf, label } = props;
  const scroller = React.useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    getScrollElement: () => scroller.current,
    overscan: 10
  });
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const shares = columns.map(column => column.share ?? 1);
  const all = shares.reduce((sum, share) => sum + share, 0);
  return (
    <div
      ref={scroller}
      className="jp-MlopsLab-tableFrame jp-mod-windowed"
      tabIndex={0}
      role="group"
      aria-label={label}
    >
      <table className="jp-MlopsLab-table" aria-label={label} aria-rowcount={rows.length + 1}>
        <colgroup>
          {shares.map((share, index) => (
            <col key={index} style={{ width: `${(100 * share) / all}%` }} />
          ))}
        </colgroup>
        <Head {...props} />
        <tbody>
          <Room height={above} span={columns.length} />
          {items.map(({ index }) => {
            const row = rows[index];
            return (
              row !== undefined && (
                <Row key={keyOf(row)} row={row} columns={columns} index={index} />
              )
            );
          })}
          <Room height={below} span={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

function Room(props: { height: number; span: number }): React.JSX.Element | null {
  return props.height > 0 ? (
    <tr aria-hidden="true" style={{ height: props.height }}>
      <td colSpan={props.span} />
    </tr>
  ) : null;
}

function Head<R>({ columns, sorting, onSort }: Drawn<R>): React.JSX.Element {
  const trans = useTrans();
  const orderOf = (name: string): 'ascending' | 'descending' | 'none' => {
    if (sorting?.column !== name) {
      return 'none';
    }
    return sorting.isDescending ? 'descending' : 'ascending';
  };
  const marks = { ascending: '▲', descending: '▼', none: '' };
  return (
    <thead>
      <tr>
        {columns.map(({ name, kind }) => {
          const order = orderOf(name);
          return (
            <th
              key={name}
              scope="col"
              aria-sort={order}
              className={kind === 'number' ? 'jp-MlopsLab-number' : undefined}
            >
              <button
                type="button"
                title={trans.__('Sort by %1', name)}
                onClick={() => onSort(name)}
              >
                {name}
                <span aria-hidden="true"> {marks[order]}</span>
              </button>
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

const CLASSES = {
  number: 'jp-MlopsLab-number',
  code: 'jp-MlopsLab-value',
  note: 'jp-MlopsLab-note',
  plain: undefined
};

function Row<R>(props: {
  row: R;
  columns: readonly IColumn<R>[];
  index?: number;
}): React.JSX.Element {
  const { row, columns, index } = props;
  return (
    <tr aria-rowindex={index === undefined ? undefined : index + 2}>
      {columns.map((column, place) => {
        const value = column.value(row);
        const text = value === null ? '' : String(value);
        const content = column.draw ? column.draw(row) : text;
        const title = (column.title?.(row) ?? text).slice(0, 2000) || undefined;
        return place === 0 ? (
          <th key={column.name} scope="row" title={title}>
            {content}
          </th>
        ) : (
          <td key={column.name} className={CLASSES[column.kind ?? 'plain']} title={title}>
            {content}
          </td>
        );
      })}
    </tr>
  );
}
