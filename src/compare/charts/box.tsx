/** Owns boxes by category: how a metric spreads in each group of runs. */
import * as React from 'react';

import { Choice, Switch } from '../../components/charts/fields';
import { ChartFrame } from '../../components/charts/frame';
import {
  axisOf,
  baseLayout,
  colorAt,
  escapeMarkup,
  translucent,
  type IChartTheme
} from '../../components/charts/palette';
import type { IFigure } from '../../components/charts/plot';
import { formatNumber } from '../../components/format';
import { useTrans } from '../../components/hooks';
import type { IAnalysisProps } from './analysis';
import { categoriesIn, categoriesOf, chosen, choicesOf, metricsOf } from './choices';
import { useChoice } from './keptChoices';
import { pointEvents } from './marking';
import type { IColumnOfRuns, IRunTable } from './runTable';
import { EmptyChart } from './states';
import { boxCode } from './tableCode';

const PLAIN: { by: string; y: string; isLogY: boolean } = { by: '', y: '', isLogY: false };

export function BoxPanel(props: IAnalysisProps): React.JSX.Element {
  const trans = useTrans();
  const { table, primary } = props;
  const [choice, choose] = useChoice('box', PLAIN);
  const { isLogY } = choice;
  const categories = categoriesOf(table);
  const metrics = [
    ...metricsOf(table, primary),
    ...table.columns.filter(({ key }) => key === 'duration')
  ];
  const by = chosen(categories, choice.by);
  const y = chosen(metrics, choice.y);
  if (!by || !y) {
    return (
      <EmptyChart
        title={trans.__('No groups to compare')}
        text={trans.__(
          'A box is drawn for each value of a param. No param has between 2 and 40 values in these runs, or no metric differs.'
        )}
      />
    );
  }
  return (
    <>
      <div className="jp-MlopsLab-chart-bar">
        <Choice
          label={trans.__('By')}
          value={by.key}
          choices={choicesOf(categories, trans)}
          onChange={key => choose({ by: key })}
        />
        <Choice
          label={trans.__('Up')}
          value={y.key}
          choices={choicesOf(metrics, trans)}
          onChange={key => choose({ y: key })}
        />
        <Switch
          label={trans.__('Log y')}
          checked={isLogY}
          onChange={isOn => choose({ isLogY: isOn })}
        />
      </div>
      <Boxes {...props} by={by} y={y} isLogY={isLogY} />
    </>
  );
}

function Boxes(
  props: IAnalysisProps & { by: IColumnOfRuns; y: IColumnOfRuns; isLogY: boolean }
): React.JSX.Element {
  const trans = useTrans();
  const { table, source, onSelect, onOpen, onCode, by, y, isLogY } = props;
  const groups = React.useMemo(() => groupsOf(table, by, y), [table, by, y]);
  const figure = React.useMemo(
    () => boxFigure(groups, { by: by.name, y: y.name, isLogY }),
    [groups, by.name, y.name, isLogY]
  );
  const title = trans.__('%1 by %2', y.name, by.name);
  const medians = groups.map(({ name, rows }) =>
    trans.__('%1: median %2 of %3 runs', name, formatNumber(median(rows)), rows.length)
  );
  return (
    <ChartFrame
      title={title}
      className="jp-mod-tall"
      figure={figure}
      label={trans.__('%1. %2', title, medians.join('; '))}
      events={pointEvents(onSelect, onOpen)}
      table={() => ({
        columns: [trans.__('Run'), by.name, y.name],
        rows: groups.flatMap(({ name, rows }) =>
          rows.map(({ label, value }) => [label, name, value])
        )
      })}
      code={() => boxCode(source, { by, y, isLogY })}
      onCode={onCode}
      note={trans.__(
        'The line is the median, the box the middle half, each point a run. Drag to mark runs; click a point to open its run.'
      )}
    />
  );
}

interface IGroup {
  name: string;
  rows: { id: string; label: string; value: number }[];
}

/** The runs of each category that have a value. */
export function groupsOf(table: IRunTable, by: IColumnOfRuns, y: IColumnOfRuns): IGroup[] {
  return categoriesIn(by)
    .map(name => ({
      name,
      rows: table.ids.flatMap((id, index) => {
        const value = y.values[index];
        return String(by.values[index]) === name && typeof value === 'number'
          ? [{ id, label: table.labels[index] ?? id, value }]
          : [];
      })
    }))
    .filter(({ rows }) => rows.length > 0);
}

function median(rows: IGroup['rows']): number {
  const sorted = rows.map(({ value }) => value).sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? NaN;
  return (low + (sorted[Math.floor(middle)] ?? low)) / 2;
}

function boxFigure(
  groups: readonly IGroup[],
  words: { by: string; y: string; isLogY: boolean }
): (theme: IChartTheme) => IFigure {
  return theme => ({
    data: groups.map(({ name, rows }, index) => {
      const color = colorAt(theme, index);
      return {
        type: 'box',
        name: escapeMarkup(`${name} (${rows.length})`),
        y: rows.map(({ value }) => value),
        customdata: rows.map(({ id }) => id),
        text: rows.map(({ label }) => escapeMarkup(label)),
        hovertemplate: '<b>%{text}</b><br>%{y:.5g}<extra></extra>',
        boxpoints: 'all',
        jitter: 0.4,
        pointpos: 0,
        fillcolor: translucent(color, 0.2),
        line: { color, width: 1.5 },
        marker: { color, size: 5, opacity: 0.8 }
      };
    }),
    layout: {
      ...baseLayout(theme),
      dragmode: 'select',
      hovermode: 'closest',
      xaxis: axisOf(theme, words.by, { type: 'category' }),
      yaxis: axisOf(theme, words.y, { type: words.isLogY ? 'log' : 'linear' })
    }
  });
}
