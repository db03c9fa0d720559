/** Owns parallel coordinates: a line for each run across axes, on which ranges mark runs. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { Choice, Switch } from '../../components/charts/fields';
import { ChartFrame } from '../../components/charts/frame';
import { escapeMarkup, baseLayout, type IChartTheme } from '../../components/charts/palette';
import type { IFigure } from '../../components/charts/plot';
import type { IChartTable } from '../../components/charts/saving';
import { Popover } from '../../components/charts/popover';
import { formatNumber } from '../../components/format';
import { useTrans } from '../../components/hooks';
import type { IAnalysisProps } from './analysis';
import { chosen, choicesOf, metricsOf, MOST_CATEGORIES, paramsOf } from './choices';
import { useChoice } from './keptChoices';
import { RangeFields } from './rangeFields';
import {
  axisOfColumn,
  drawnPlace,
  idsWithin,
  logTicks,
  rangeChanges,
  valueAtPlace,
  wholeRows,
  type IAxis,
  type Ranges
} from './ranges';
import type { IColumnOfRuns } from './runTable';
import { EmptyChart } from './states';
import { parallelCode } from './tableCode';

/** So many params have an axis unless they are chosen. */
const FIRST_AXES = 5;

/** Some axes, and the first metric, until others are chosen. */
const PLAIN: { color: string; axes: readonly string[]; areChosen: boolean } = {
  color: '',
  axes: [],
  areChosen: false
};

export function ParallelPanel(props: IAnalysisProps): React.JSX.Element {
  const trans = useTrans();
  const { table, primary } = props;
  const [choice, choose] = useChoice('parallel', PLAIN);
  const { axes, areChosen } = choice;
  const { offered, columns, metrics } = React.useMemo(() => {
    const found = metricsOf(table, primary);
    const params = paramsOf(table).filter(
      column => column.isNumeric || new Set(column.values).size <= MOST_CATEGORIES
    );
    const all = [...params, ...found];
    const first = [...params.slice(0, FIRST_AXES), ...found.slice(0, 1)].map(({ key }) => key);
    const keys = new Set(areChosen ? axes : first);
    return { offered: all, columns: all.filter(({ key }) => keys.has(key)), metrics: found };
  }, [table, primary, axes, areChosen]);
  const color = chosen(metrics, choice.color);
  if (!color || offered.length < 2) {
    return (
      <EmptyChart
        title={trans.__('Nothing to lay side by side')}
        text={trans.__('Two params or metrics that differ between these runs are needed.')}
      />
    );
  }
  return (
    <>
      <div className="jp-MlopsLab-chart-bar">
        <Axes
          offered={offered}
          columns={columns}
          onChange={keys => choose({ axes: [...keys], areChosen: true })}
        />
        <Choice
          label={trans.__('Colour')}
          value={color.key}
          choices={choicesOf(metrics, trans)}
          onChange={color => choose({ color })}
        />
      </div>
      {columns.length < 2 ? (
        <p className="jp-MlopsLab-note">{trans.__('Choose two axes or more.')}</p>
      ) : (
        <Parallel {...props} columns={columns} color={color} />
      )}
    </>
  );
}

function Axes(props: {
  offered: readonly IColumnOfRuns[];
  columns: readonly IColumnOfRuns[];
  onChange: (keys: ReadonlySet<string>) => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { offered, columns, onChange } = props;
  const keys = new Set(columns.map(({ key }) => key));
  const toggle = (key: string): void => {
    const next = new Set(keys);
    if (!next.delete(key)) {
      next.add(key);
    }
    onChange(next);
  };
  return (
    <Popover
      label={trans.__('Choose axes')}
      face={trans.__('Axes: %1 of %2', columns.length, offered.length)}
    >
      {() => (
        <div className="jp-MlopsLab-chart-choose">
          {offered.map(({ key, name }) => (
            <Switch key={key} label={name} checked={keys.has(key)} onChange={() => toggle(key)} />
          ))}
        </div>
      )}
    </Popover>
  );
}

function Parallel(
  props: IAnalysisProps & { columns: readonly IColumnOfRuns[]; color: IColumnOfRuns }
): React.JSX.Element {
  const trans = useTrans();
  const { table, columns, color, source, onSelect, onCode } = props;
  const [ranges, setRanges] = React.useState<Ranges>({});
  const axes = React.useMemo(() => columns.map(axisOfColumn), [columns]);
  const rows = React.useMemo(
    () => wholeRows([...axes, axisOfColumn(color)], table),
    [axes, color, table]
  );
  const figure = React.useMemo(
    () => parallelFigure({ axes, color, rows, ranges }),
    [axes, color, rows, ranges]
  );
  const mark = (next: Ranges): void => {
    setRanges(next);
    onSelect(idsWithin(axes, next, { rows, table }));
  };
  const within = idsWithin(axes, ranges, { rows, table }).length;
  const counts = { within, drawn: rows.length };
  const brush = (data: unknown): void => {
    const changes = rangeChanges(data);
    if (changes.length > 0) {
      mark({ ...ranges, ...changedRanges(axes, changes) });
    }
  };
  const title = trans.__('%1 across %2 axes', color.name, axes.length);
  const left = table.ids.length - rows.length;
  return (
    <>
      <ChartFrame
        title={title}
        className="jp-mod-tall"
        figure={figure}
        label={trans.__('%1. %2 runs are drawn as lines.', title, rows.length)}
        events={{ plotly_restyle: brush }}
        table={() => linesTable({ table, columns, color, rows }, trans.__('Run'))}
        code={() => parallelCode(source, { columns, color })}
        onCode={onCode}
        note={noteOf(left, table.ids.length, trans)}
      />
      <RangeFields axes={axes} ranges={ranges} counts={counts} onChange={mark} />
    </>
  );
}

/** How runs are marked, and how many of them are not drawn. */
function noteOf(left: number, count: number, trans: TranslationBundle): string {
  return left === 0
    ? trans.__('Drag along an axis to mark runs, click it to clear.')
    : trans._n(
        'Drag along an axis to mark runs, click it to clear. %1 of %2 runs lacks one of the values and is not drawn.',
        'Drag along an axis to mark runs, click it to clear. %1 of %2 runs lack one of the values and are not drawn.',
        left,
        count
      );
}

function linesTable(
  chart: Pick<IAnalysisProps, 'table'> & {
    columns: readonly IColumnOfRuns[];
    color: IColumnOfRuns;
    rows: readonly number[];
  },
  run: string
): IChartTable {
  const { table, columns, color, rows } = chart;
  const shown = columns.includes(color) ? columns : [...columns, color];
  return {
    columns: [run, ...shown.map(({ name }) => name)],
    rows: rows.map(row => [
      table.labels[row] ?? '',
      ...shown.map(({ values }) => values[row] ?? null)
    ])
  };
}

/** The figure; a range of the axes is drawn where it is marked. */
export function parallelFigure(chart: {
  axes: readonly IAxis[];
  color: IColumnOfRuns;
  rows: readonly number[];
  ranges: Ranges;
}): (theme: IChartTheme) => IFigure {
  const { axes, color, rows, ranges } = chart;
  return theme => ({
    data: [
      {
        type: 'parcoords',
        line: {
          color: rows.map(row => color.values[row]),
          colorscale: theme.scale,
          showscale: true,
          colorbar: { title: { text: escapeMarkup(color.name) }, thickness: 10, outlinewidth: 0 }
        },
        unselected: { line: { color: theme.grid, opacity: 0.35 } },
        labelfont: { color: theme.text, size: 11 },
        tickfont: { color: theme.text, size: 10 },
        rangefont: { color: theme.faint, size: 9 },
        dimensions: axes.map(axis => dimensionOf(axis, rows, ranges))
      }
    ],
    layout: { ...baseLayout(theme), margin: { l: 56, r: 24, t: 44, b: 24 } }
  });
}

/** The ranges of axes as they were drawn, in values; a hair wider, as the drawing rounds. */
function changedRanges(
  axes: readonly IAxis[],
  changes: readonly { axis: number; range: [number, number] | undefined }[]
): Ranges {
  return Object.fromEntries(
    changes.flatMap(({ axis: place, range }) => {
      const axis = axes[place];
      if (!axis) {
        return [];
      }
      const hair = (drawnPlace(axis, axis.high) - drawnPlace(axis, axis.low)) * 1e-6;
      return [
        [
          axis.column.key,
          range && [valueAtPlace(axis, range[0] - hair), valueAtPlace(axis, range[1] + hair)]
        ]
      ];
    })
  );
}

function dimensionOf(axis: IAxis, rows: readonly number[], ranges: Ranges): object {
  const { column, places, low, high, words, isLog } = axis;
  const room = low === high ? 0.5 : 0;
  const range = ranges[column.key];
  const ticks = isLog ? logTicks(axis) : words.map((_, index) => index);
  return {
    label: escapeMarkup(column.name),
    values: rows.map(row => drawnPlace(axis, places[row] ?? 0)),
    range: [drawnPlace(axis, low) - room, drawnPlace(axis, high) + room],
    constraintrange: range ? range.map(value => drawnPlace(axis, value)) : null,
    ...(ticks.length
      ? {
          tickvals: ticks.map(tick => drawnPlace(axis, tick)),
          ticktext: isLog ? ticks.map(formatNumber) : words.map(escapeMarkup)
        }
      : {})
  };
}
