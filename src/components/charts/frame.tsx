/** Owns the frame of every chart: title, saving, data as a table and as CSV, code, full width. */
import {
  codeIcon,
  ellipsesIcon,
  expandIcon,
  collapseIcon,
  tableRowsIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button } from '../feedback';
import { formatNumber } from '../format';
import { useTrans } from '../hooks';
import { useDesk } from './desk';
import { Plot, type IPlotProps } from './plot';
import { Popover } from './popover';
import { saveCsv, savePicture, type IChartTable } from './saving';

/** So many rows of the data are shown below a chart; the CSV has all. */
const SHOWN_ROWS = 200;

export interface IChartFrameProps extends IPlotProps {
  title: string;
  /** The data; asked for when it is wanted. */
  table: () => IChartTable;
  /** Python that draws the chart anew. */
  code?: () => string;
  onCode?: (code: string) => void;
  /** More buttons of this chart. */
  actions?: React.ReactNode;
  /** What is said below the chart. */
  note?: React.ReactNode;
}

/** A chart with its title and what one can do with it. */
export function ChartFrame(props: IChartFrameProps): React.JSX.Element {
  const { title, table, code, onCode, actions, note, ...plot } = props;
  const [isWide, setIsWide] = React.useState(false);
  const [hasTable, setHasTable] = React.useState(false);
  const host = React.useRef<HTMLElement>(null);
  const desk = useDesk();
  const [failure, setFailure] = React.useState('');
  const save = (format: 'png' | 'svg'): void => {
    if (host.current) {
      setFailure('');
      const picture = { title, figure: plot.figure, place: host.current, format };
      desk
        .plotly()
        .then(plotly => savePicture({ ...picture, plotly }))
        .catch((error: unknown) => setFailure(String(error)));
    }
  };
  return (
    <figure ref={host} className={`jp-MlopsLab-chart ${isWide ? 'jp-mod-wide' : ''}`}>
      <figcaption>
        <span className="jp-MlopsLab-chart-title" title={title}>
          {title}
        </span>
        {actions}
        <ChartActions
          {...{ title, table, code, onCode, isWide, hasTable, save }}
          onWide={() => setIsWide(!isWide)}
          onTable={() => setHasTable(!hasTable)}
        />
      </figcaption>
      <Plot {...plot} />
      {note && <div className="jp-MlopsLab-note">{note}</div>}
      <SaveFailure failure={failure} />
      {hasTable && <DataTable title={title} table={table()} />}
    </figure>
  );
}

function SaveFailure({ failure }: { failure: string }): React.JSX.Element | null {
  const trans = useTrans();
  return failure ? (
    <p role="alert">{trans.__('The picture could not be made: %1', failure)}</p>
  ) : null;
}

function ChartActions(props: {
  title: string;
  table: () => IChartTable;
  code?: () => string;
  onCode?: (code: string) => void;
  isWide: boolean;
  hasTable: boolean;
  save: (format: 'png' | 'svg') => void;
  onWide: () => void;
  onTable: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { title, table, code, onCode, isWide, hasTable, save, onWide, onTable } = props;
  const Wide = isWide ? collapseIcon : expandIcon;
  return (
    <span className="jp-MlopsLab-chart-actions">
      {code && onCode && (
        <IconButton label={trans.__('Open “%1” as code', title)} onClick={() => onCode(code())}>
          <codeIcon.react tag="span" />
        </IconButton>
      )}
      <IconButton
        label={trans.__('Data of “%1” as a table', title)}
        pressed={hasTable}
        onClick={onTable}
      >
        <tableRowsIcon.react tag="span" />
      </IconButton>
      <IconButton label={trans.__('Full width for “%1”', title)} pressed={isWide} onClick={onWide}>
        <Wide.react tag="span" />
      </IconButton>
      <SaveMenu {...{ title, table, save }} />
    </span>
  );
}

function SaveMenu(props: {
  title: string;
  table: () => IChartTable;
  save: (format: 'png' | 'svg') => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { title, table, save } = props;
  const items = [
    { text: trans.__('Save as PNG'), run: () => save('png') },
    { text: trans.__('Save as SVG'), run: () => save('svg') },
    { text: trans.__('Save data as CSV'), run: () => saveCsv(title, table()) }
  ];
  return (
    <Popover label={trans.__('Save “%1”', title)} face={<ellipsesIcon.react tag="span" />}>
      {close =>
        items.map(({ text, run }) => (
          <Button
            key={text}
            onClick={() => {
              close();
              run();
            }}
          >
            {text}
          </Button>
        ))
      }
    </Popover>
  );
}

/** A button that shows an icon only, and is called by a text. */
export function IconButton(props: {
  label: string;
  pressed?: boolean;
  onClick: () => void;
  children: React.ReactNode;
}): React.JSX.Element {
  const { label, pressed, onClick, children } = props;
  return (
    <button
      type="button"
      className="jp-MlopsLab-button jp-mod-small jp-mod-icon"
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

/** The data behind a chart, for those who would rather read it. */
function DataTable(props: { title: string; table: IChartTable }): React.JSX.Element {
  const trans = useTrans();
  const { title, table } = props;
  const { columns, rows } = table;
  return (
    <div
      className="jp-MlopsLab-chart-data"
      role="region"
      tabIndex={0}
      aria-label={trans.__('Data of “%1”', title)}
    >
      <table className="jp-MlopsLab-table">
        <thead>
          <tr>
            {columns.map(column => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN_ROWS).map((row, index) => (
            <tr key={index}>
              {row.map((value, at) => (
                <td key={at} className={typeof value === 'number' ? 'jp-MlopsLab-number' : ''}>
                  {typeof value === 'number' ? formatNumber(value) : value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN_ROWS && (
        <p className="jp-MlopsLab-note">
          {trans.__('The first %1 of %2 rows; the CSV has all.', SHOWN_ROWS, rows.length)}
        </p>
      )}
    </div>
  );
}
