/** Owns the table of a preview: rows and columns as they come, numbers to the right. */
import * as React from 'react';

import { Button } from '../../components/feedback';
import { formatCount } from '../../components/format';
import { useTrans } from '../../components/hooks';

/** Columns that are drawn at first. */
const SHOWN_COLUMNS = 40;

/** Characters of a value that are drawn; the rest is in its title. */
const SHOWN_CHARS = 200;

export interface IGridColumn {
  name: string;
  /** What stands below the name, such as its type. */
  note?: string;
  isNumber: boolean;
}

export function Grid(props: {
  label: string;
  columns: readonly IGridColumn[];
  rows: readonly (readonly string[])[];
}): React.JSX.Element {
  const trans = useTrans();
  const { label, columns, rows } = props;
  const [isWhole, setIsWhole] = React.useState(columns.length <= SHOWN_COLUMNS);
  const shown = isWhole ? columns : columns.slice(0, SHOWN_COLUMNS);
  return (
    <>
      <div
        className="jp-MlopsLab-tableFrame jp-MlopsLab-grid"
        role="group"
        tabIndex={0}
        aria-label={label}
      >
        <table className="jp-MlopsLab-table" aria-label={label}>
          <thead>
            <tr>
              {shown.map(({ name, note, isNumber }, index) => (
                <th
                  key={index}
                  scope="col"
                  title={name}
                  className={isNumber ? 'jp-MlopsLab-number' : undefined}
                >
                  {name}
                  {note && <span className="jp-MlopsLab-note">{note}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <GridRow key={index} row={row} columns={shown} />
            ))}
          </tbody>
        </table>
      </div>
      {!isWhole && (
        <Button className="jp-mod-small" onClick={() => setIsWhole(true)}>
          {trans.__('Show all %1 columns', formatCount(columns.length))}
        </Button>
      )}
    </>
  );
}

const GridRow = React.memo(function GridRow(props: {
  row: readonly string[];
  columns: readonly IGridColumn[];
}): React.JSX.Element {
  const { row, columns } = props;
  return (
    <tr>
      {columns.map(({ isNumber }, index) => {
        const value = row[index] ?? '';
        return (
          <td
            key={index}
            className={isNumber ? 'jp-MlopsLab-number' : undefined}
            title={value.slice(0, 2000) || undefined}
          >
            {value.slice(0, SHOWN_CHARS)}
          </td>
        );
      })}
    </tr>
  );
});

/** Whether all values of a column that are there are numbers. */
export function isNumeric(rows: readonly (readonly string[])[], column: number): boolean {
  const values = rows.map(row => (row[column] ?? '').trim()).filter(Boolean);
  return values.length > 0 && values.every(value => Number.isFinite(Number(value)));
}
