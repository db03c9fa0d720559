/** Owns the scatter of runs: two columns against each other, coloured by a third. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Choice, Switch } from '../../components/charts/fields';
import { ChartFrame } from '../../components/charts/frame';
import {
  axisOf,
  baseLayout,
  colorAt,
  escapeMarkup,
  type IChartTheme
} from '../../components/charts/palette';
import type { IFigure } from '../../components/charts/plot';
import { formatNumber } from '../../components/format';
import { useTrans } from '../../components/hooks';
import type { IAnalysisProps } from './analysis';
import { categoriesIn, chosen, choicesOf, metricsOf, paramsOf } from './choices';
import type { Cell } from './literals';
import { useChoice } from './keptChoices';
import { columnAt, varies, wantsLog, type IColumnOfRuns } from './runTable';
import { EmptyChart } from './states';
import { scatterCode } from './tableCode';
import { pointEvents } from './marking';

export interface IScatter {
  x: IColumnOfRuns;
  y: IColumnOfRuns;
  color?: IColumnOfRuns;
  isLogX: boolean;
  isLogY: boolean;
}

export function ScatterPanel(props: IAnalysisProps): React.JSX.Element {
  const trans = useTrans();
  const { table, primary } = props;
  const [keys, setKeys] = useChoice('scatter', { x: '', y: '', color: '' });
  const [logs, setLogs] = React.useState<Logs>({});
  const columns = table.columns.filter(varies);
  const x = chosen([...paramsOf(table), ...columns], columnAt(table, keys.x)?.key ?? '');
  const y = chosen([...metricsOf(table, primary), ...columns], keys.y);
  if (!x || !y) {
    return (
      <EmptyChart
        title={trans.__('Nothing to scatter')}
        text={trans.__('No param, metric or duration differs between these runs.')}
      />
    );
  }
  const color = columns.find(column => column.key === keys.color);
  const isLogX = x.isNumeric && (logs.isLogX ?? wantsLog(x));
  const isLogY = y.isNumeric && (logs.isLogY ?? wantsLog(y));
  return (
    <>
      <ScatterFields
        {...{ columns, x, y, color, isLogX, isLogY }}
        onKeys={setKeys}
        onLogs={more => setLogs(known => ({ ...known, ...more }))}
      />
      <Scatter {...props} {...{ x, y, color, isLogX, isLogY }} />
    </>
  );
}

type Logs = Partial<Pick<IScatter, 'isLogX' | 'isLogY'>>;

interface IScatterFields {
  columns: readonly IColumnOfRuns[];
  onKeys: (keys: { x?: string; y?: string; color?: string }) => void;
  onLogs: (logs: Logs) => void;
}

/** The columns of the chart; a log axis follows from its values until it is chosen. */
function ScatterFields(props: IScatter & IScatterFields): React.JSX.Element {
  const trans = useTrans();
  const { columns, x, y, color, isLogX, isLogY, onKeys, onLogs } = props;
  const choices = choicesOf(columns, trans);
  return (
    <div className="jp-MlopsLab-chart-bar">
      <Choice
        label={trans.__('Across')}
        value={x.key}
        choices={choices}
        onChange={key => {
          onKeys({ x: key });
          onLogs({ isLogX: undefined });
        }}
      />
      <Choice
        label={trans.__('Up')}
        value={y.key}
        choices={choices}
        onChange={key => {
          onKeys({ y: key });
          onLogs({ isLogY: undefined });
        }}
      />
      <Choice
        label={trans.__('Colour')}
        value={color?.key ?? ''}
        choices={[{ value: '', label: trans.__('none') }, ...choices]}
        onChange={next => onKeys({ color: next })}
      />
      <Switch
        label={trans.__('Log x')}
        checked={isLogX}
        disabled={!x.isNumeric}
        onChange={isOn => onLogs({ isLogX: isOn })}
      />
      <Switch
        label={trans.__('Log y')}
        checked={isLogY}
        disabled={!y.isNumeric}
        onChange={isOn => onLogs({ isLogY: isOn })}
      />
    </div>
  );
}

function Scatter(props: IAnalysisProps & IScatter): React.JSX.Element {
  const trans = useTrans();
  const { table, baselineId, source, selected, onSelect, onOpen, onCode } = props;
  const { x, y, color, isLogX, isLogY } = props;
  const figure = React.useMemo(
    () => scatterFigure({ table, baselineId, selected }, { x, y, color, isLogX, isLogY }),
    [table, baselineId, selected, x, y, color, isLogX, isLogY]
  );
  const rows = rowsOf(table.labels, [x, y, ...(color ? [color] : [])]);
  const title = trans.__('%1 over %2', y.name, x.name);
  return (
    <ChartFrame
      title={title}
      className="jp-mod-tall"
      figure={figure}
      label={describe(title, rows.length, table.ids.length, trans)}
      events={pointEvents(onSelect, onOpen)}
      table={() => ({
        columns: [trans.__('Run'), x.name, y.name, ...(color ? [color.name] : [])],
        rows
      })}
      code={() => scatterCode(source, { x, y, color, isLogX, isLogY })}
      onCode={onCode}
      note={trans._n(
        '%1 of %2 runs has both values. Drag to mark runs; click a point to open its run.',
        '%1 of %2 runs have both values. Drag to mark runs; click a point to open its run.',
        rows.length,
        table.ids.length
      )}
    />
  );
}

function rowsOf(labels: readonly string[], columns: readonly IColumnOfRuns[]): Cell[][] {
  return labels
    .map((label, index): Cell[] => [label, ...columns.map(({ values }) => values[index] ?? null)])
    .filter(([, x, y]) => x !== null && y !== null);
}

function describe(title: string, count: number, all: number, trans: TranslationBundle): string {
  return trans.__('%1. %2 of %3 runs are drawn as points.', title, count, all);
}

interface IPoint {
  id: string;
  label: string;
  x: Cell;
  y: Cell;
  color: Cell;
}

/** The figure of the points; runs that are not marked step back when some are. */
export function scatterFigure(
  runs: Pick<IAnalysisProps, 'table' | 'baselineId' | 'selected'>,
  chart: IScatter
): (theme: IChartTheme) => IFigure {
  const { x, y, color, isLogX, isLogY } = chart;
  const points = runs.table.ids
    .map((id, index): IPoint => ({
      id,
      label: runs.table.labels[index] ?? id,
      x: x.values[index] ?? null,
      y: y.values[index] ?? null,
      color: color?.values[index] ?? null
    }))
    .filter(point => point.x !== null && point.y !== null);
  const groups =
    color && !color.isNumeric
      ? categoriesIn(color).map(word => ({
          name: word,
          points: points.filter(point => String(point.color) === word)
        }))
      : [{ name: '', points }];
  return theme => ({
    data: groups.map(({ name, points: own }, index) => ({
      ...pointTrace(own, runs),
      name: escapeMarkup(name),
      marker: {
        ...markers(own, runs),
        ...(color?.isNumeric ? shades(own, color, theme) : { color: colorAt(theme, index) })
      },
      text: own.map(point => hoverText(point, chart))
    })),
    layout: {
      ...baseLayout(theme),
      dragmode: 'select',
      hovermode: 'closest',
      showlegend: groups.length > 1,
      legend: { orientation: 'h', y: -0.2 },
      xaxis: axisOf(theme, x.name, { type: typeOf(x, isLogX) }),
      yaxis: axisOf(theme, y.name, { type: typeOf(y, isLogY) })
    }
  });
}

function typeOf(column: IColumnOfRuns, isLog: boolean): string {
  return column.isNumeric ? (isLog ? 'log' : 'linear') : 'category';
}

function pointTrace(
  points: readonly IPoint[],
  { selected }: { selected: ReadonlySet<string> }
): object {
  return {
    type: 'scatter',
    mode: 'markers',
    x: points.map(point => point.x),
    y: points.map(point => point.y),
    customdata: points.map(point => point.id),
    hovertemplate: '%{text}<extra></extra>',
    // Plotly's own marks would outlive ours.
    selectedpoints: null,
    opacity: selected.size > 0 ? 1 : 0.85
  };
}

function markers(
  points: readonly IPoint[],
  { baselineId, selected }: Pick<IAnalysisProps, 'baselineId' | 'selected'>
): object {
  return {
    size: points.map(point => (point.id === baselineId ? 11 : 8)),
    symbol: points.map(point => (point.id === baselineId ? 'diamond' : 'circle')),
    opacity: points.map(point => (selected.size === 0 || selected.has(point.id) ? 1 : 0.2))
  };
}

function shades(points: readonly IPoint[], color: IColumnOfRuns, theme: IChartTheme): object {
  return {
    color: points.map(point => point.color),
    colorscale: theme.scale,
    showscale: true,
    colorbar: { title: { text: escapeMarkup(color.name) }, thickness: 10, outlinewidth: 0 }
  };
}

function hoverText(point: IPoint, { x, y, color }: IScatter): string {
  const line = (column: IColumnOfRuns, value: Cell): string =>
    `${escapeMarkup(column.name)}: ${shown(value)}`;
  return [
    `<b>${escapeMarkup(point.label)}</b>`,
    line(x, point.x),
    line(y, point.y),
    ...(color ? [line(color, point.color)] : [])
  ].join('<br>');
}

function shown(value: Cell): string {
  return value === null
    ? '–'
    : typeof value === 'number'
      ? formatNumber(value)
      : escapeMarkup(value);
}
