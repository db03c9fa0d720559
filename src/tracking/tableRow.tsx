/** Owns a row of the list as a table with chosen columns, and the headings above it. */
import * as React from 'react';

import { useTrans } from '../components/hooks';
import { Sparkline } from '../components/sparkline';
import { cellOf, isNumeric, rowWidth, titleOf, tracksOf } from './columns';
import { directionOf, isSortable } from './listView';
import type { Density } from './preferences';
import type { IRowProps } from './rowProps';
import { Flags, Gap, Odd, RunAge, RunName, TagList, Elapsed } from './rowParts';
import { Children, classOf, frameOf, Mark, Metric } from './runRow';

/** Height of every row of a table in pixels. */
export const TABLE_HEIGHTS: Record<Density, number> = { compact: 24, normal: 32, roomy: 42 };

/** Height of the headings in pixels. */
export const HEAD_HEIGHT = 28;

/** Pixels by which a child stands further in. */
const INDENT = 12;
const MAX_DEPTH = 4;

interface ITableRowProps extends IRowProps {
  columns: readonly string[];
}

export const TableRow = React.memo(function TableRow(props: ITableRowProps): React.JSX.Element {
  const { run, density, depth, top, columns } = props;
  return (
    <div
      {...frameOf(props, 'row')}
      className={`${classOf(props)} jp-mod-table`}
      style={{
        transform: `translateY(${top}px)`,
        height: TABLE_HEIGHTS[density],
        gridTemplateColumns: tracksOf(columns),
        minWidth: rowWidth(columns)
      }}
    >
      <span
        className="jp-MlopsLab-runTable-name"
        role="rowheader"
        style={{ paddingLeft: 8 + INDENT * Math.min(depth, MAX_DEPTH) }}
      >
        <Mark {...props} />
        <RunName {...props} />
        <Flags {...props} />
        <Odd run={run} />
        <Children {...props} isShort />
      </span>
      {columns.map(column => (
        <Cell key={column} {...props} column={column} />
      ))}
    </div>
  );
});

function Cell(props: ITableRowProps & { column: string }): React.JSX.Element {
  const trans = useTrans();
  const { run, values, column, glance, experiment, now } = props;
  if (column === 'metric') {
    return (
      <span role="gridcell" className="jp-MlopsLab-runTable-metric">
        <Metric {...props} density="normal" />
        <Gap run={run} experiment={experiment} isShort />
      </span>
    );
  }
  if (column === 'curve') {
    return (
      <span role="gridcell">{glance?.sparkline && <Sparkline series={glance.sparkline} />}</span>
    );
  }
  if (column === 'tags') {
    return (
      <span role="gridcell">
        <TagList tags={glance?.tags ?? []} most={3} />
      </span>
    );
  }
  if (column === 'started') {
    return (
      <span role="gridcell">
        <RunAge run={run} now={now} />
      </span>
    );
  }
  if (column === 'duration' && run.status === 'running') {
    return (
      <span role="gridcell" className="jp-MlopsLab-number jp-mod-right">
        <Elapsed since={run.started_at} />
      </span>
    );
  }
  const { text, title } = cellOf(run, values, column, trans);
  return (
    <span
      role="gridcell"
      title={title || undefined}
      className={isNumeric(column) ? 'jp-MlopsLab-number jp-mod-right' : undefined}
    >
      {text}
    </span>
  );
}

/** The headings, which sort. */
export function TableHead(props: {
  columns: readonly string[];
  order: string;
  onSort: (column: string) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { columns, order, onSort } = props;
  return (
    <div
      className="jp-MlopsLab-runTable-head"
      role="row"
      aria-rowindex={1}
      style={{
        height: HEAD_HEIGHT,
        gridTemplateColumns: tracksOf(columns),
        minWidth: rowWidth(columns)
      }}
    >
      {['name', ...columns].map(column => {
        const title = column === 'name' ? trans.__('Name') : titleOf(column, trans);
        const direction = directionOf(order, column);
        return (
          <span
            key={column}
            role="columnheader"
            aria-sort={direction ?? (isSortable(column) ? 'none' : undefined)}
            className={isNumeric(column) ? 'jp-mod-right' : undefined}
          >
            {isSortable(column) ? (
              <button
                type="button"
                title={trans.__('Sort by %1', column === 'name' ? title : column)}
                onClick={() => onSort(column)}
              >
                {title}
                {direction && (
                  <span aria-hidden="true"> {direction === 'ascending' ? '▲' : '▼'}</span>
                )}
              </button>
            ) : (
              title
            )}
          </span>
        );
      })}
    </div>
  );
}
