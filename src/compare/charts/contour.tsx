/** Owns the contour of a metric over two params, drawn only where runs are near. */
import * as React from 'react';

import { Choice, Switch } from '../../components/charts/fields';
import { ChartFrame } from '../../components/charts/frame';
import {
  axisOf,
  baseLayout,
  escapeMarkup,
  type IChartTheme
} from '../../components/charts/palette';
import type { IFigure } from '../../components/charts/plot';
import { formatNumber } from '../../components/format';
import { useTrans } from '../../components/hooks';
import type { IAnalysisProps } from './analysis';
import { chosen, choicesOf, metricsOf, paramsOf } from './choices';
import { useChoice } from './keptChoices';
import { pointEvents } from './marking';
import { wantsLog, type IColumnOfRuns, type IRunTable } from './runTable';
import { EmptyChart } from './states';
import { surfaceOf, type IPoint3, type ISurface } from './surface';
import { contourCode } from './tableCode';

/** With fewer runs there are markers only. */
const FEWEST_POINTS = 4;

interface IContour {
  x: IColumnOfRuns;
  y: IColumnOfRuns;
  z: IColumnOfRuns;
  isLogX: boolean;
  isLogY: boolean;
  hasSurface: boolean;
}

/** A log axis follows from its values until it is chosen. */
interface IFlags {
  isLogX?: boolean;
  isLogY?: boolean;
  hasSurface: boolean;
}

export function ContourPanel(props: IAnalysisProps): React.JSX.Element {
  const trans = useTrans();
  const { table, primary } = props;
  const [keys, setKeys] = useChoice('contour', { x: '', y: '', z: '' });
  const [flags, setFlags] = React.useState<IFlags>({ hasSurface: true });
  const params = paramsOf(table).filter(column => column.isNumeric);
  const metrics = metricsOf(table, primary);
  const x = chosen(params, keys.x);
  const others = params.filter(column => column !== x);
  const y = chosen(others, keys.y);
  const z = chosen(metrics, keys.z);
  if (!x || !y || !z) {
    return (
      <EmptyChart
        title={trans.__('No plane to draw on')}
        text={trans.__(
          'Two params that are numbers and differ between runs are needed, and a metric.'
        )}
      />
    );
  }
  const { isLogX = wantsLog(x), isLogY = wantsLog(y), hasSurface } = flags;
  return (
    <>
      <ContourFields
        {...{ params, others, metrics, x, y, z, isLogX, isLogY, hasSurface }}
        onKeys={setKeys}
        onFlags={more => setFlags(known => ({ ...known, ...more }))}
      />
      <Contour {...props} {...{ x, y, z, isLogX, isLogY, hasSurface }} />
    </>
  );
}

/** The columns of the three directions, and how they are drawn. */
function ContourFields(
  props: IContour & {
    params: readonly IColumnOfRuns[];
    others: readonly IColumnOfRuns[];
    metrics: readonly IColumnOfRuns[];
    onKeys: (keys: { x?: string; y?: string; z?: string }) => void;
    onFlags: (flags: Partial<IFlags>) => void;
  }
): React.JSX.Element {
  const trans = useTrans();
  const { params, others, metrics, x, y, z, isLogX, isLogY, hasSurface, onKeys, onFlags } = props;
  return (
    <div className="jp-MlopsLab-chart-bar">
      <Choice
        label={trans.__('Across')}
        value={x.key}
        choices={choicesOf(params, trans)}
        onChange={key => {
          onKeys({ x: key });
          onFlags({ isLogX: undefined });
        }}
      />
      <Choice
        label={trans.__('Up')}
        value={y.key}
        choices={choicesOf(others, trans)}
        onChange={key => {
          onKeys({ y: key });
          onFlags({ isLogY: undefined });
        }}
      />
      <Choice
        label={trans.__('Metric')}
        value={z.key}
        choices={choicesOf(metrics, trans)}
        onChange={key => onKeys({ z: key })}
      />
      <Switch label={trans.__('Log x')} checked={isLogX} onChange={on => onFlags({ isLogX: on })} />
      <Switch label={trans.__('Log y')} checked={isLogY} onChange={on => onFlags({ isLogY: on })} />
      <Switch
        label={trans.__('Surface')}
        checked={hasSurface}
        onChange={on => onFlags({ hasSurface: on })}
      />
    </div>
  );
}

function Contour(props: IAnalysisProps & IContour): React.JSX.Element {
  const trans = useTrans();
  const { table, source, onSelect, onOpen, onCode, x, y, z, isLogX, isLogY, hasSurface } = props;
  const points = React.useMemo(
    () => pointsOf(table, { x, y, z, isLogX, isLogY }),
    [table, x, y, z, isLogX, isLogY]
  );
  const figure = React.useMemo(
    () => contourFigure(points, { x, y, z, isLogX, isLogY, hasSurface }),
    [points, x, y, z, isLogX, isLogY, hasSurface]
  );
  const title = trans.__('%1 over %2 and %3', z.name, x.name, y.name);
  const best = points.map(point => point.z);
  return (
    <ChartFrame
      title={title}
      className="jp-mod-tall"
      figure={figure}
      label={trans.__(
        '%1. %2 runs, from %3 to %4.',
        title,
        points.length,
        formatNumber(Math.min(...best)),
        formatNumber(Math.max(...best))
      )}
      events={pointEvents(onSelect, onOpen)}
      table={() => ({
        columns: [trans.__('Run'), x.name, y.name, z.name],
        rows: points.map(point => [point.label, point.x, point.y, point.z])
      })}
      code={() => contourCode(source, { x, y, z, isLogX, isLogY })}
      onCode={onCode}
      note={<Known count={points.length} all={table.ids.length} />}
    />
  );
}

/** On how many runs the surface rests. */
function Known({ count, all }: { count: number; all: number }): React.JSX.Element {
  const trans = useTrans();
  return (
    <>
      {count < FEWEST_POINTS
        ? trans._n(
            '%1 run has all three values; a surface needs %2.',
            '%1 runs have all three values; a surface needs %2.',
            count,
            FEWEST_POINTS
          )
        : trans._n(
            '%1 of %2 runs has all three values. Between them the surface is a guess from the nearest runs; where none is near it has a gap.',
            '%1 of %2 runs have all three values. Between them the surface is a guess from the nearest runs; where none is near it has a gap.',
            count,
            all
          )}
    </>
  );
}

type INamedPoint = IPoint3 & { id: string; label: string };

/** The runs that have all three; on a log axis those above zero. */
export function pointsOf(
  table: IRunTable,
  { x, y, z, isLogX, isLogY }: Omit<IContour, 'hasSurface'>
): INamedPoint[] {
  return table.ids.flatMap((id, index) => {
    const [across, up, value] = [x.values[index], y.values[index], z.values[index]];
    const isWhole =
      typeof across === 'number' && typeof up === 'number' && typeof value === 'number';
    const isDrawn = isWhole && !(isLogX && across <= 0) && !(isLogY && up <= 0);
    return isDrawn ? [{ id, label: table.labels[index] ?? id, x: across, y: up, z: value }] : [];
  });
}

function contourFigure(
  points: readonly INamedPoint[],
  chart: IContour
): (theme: IChartTheme) => IFigure {
  const { x, y, isLogX, isLogY, hasSurface } = chart;
  const hasContour = hasSurface && points.length >= FEWEST_POINTS;
  const surface = hasContour ? surfaceOf(points, { isLogX, isLogY }) : null;
  return theme => ({
    data: [
      ...(surface ? [surfaceTrace(surface, points, theme)] : []),
      markerTrace(points, { title: chart.z.name, theme })
    ],
    layout: {
      ...baseLayout(theme),
      dragmode: 'select',
      hovermode: 'closest',
      xaxis: axisOf(theme, x.name, { type: isLogX ? 'log' : 'linear', zeroline: false }),
      yaxis: axisOf(theme, y.name, { type: isLogY ? 'log' : 'linear', zeroline: false })
    }
  });
}

function surfaceTrace(
  surface: ISurface,
  points: readonly INamedPoint[],
  theme: IChartTheme
): object {
  const values = points.map(point => point.z);
  return {
    type: 'contour',
    ...surface,
    zmin: Math.min(...values),
    zmax: Math.max(...values),
    colorscale: theme.scale,
    showscale: false,
    connectgaps: false,
    hoverinfo: 'skip',
    line: { width: 0.5, color: theme.ground }
  };
}

function markerTrace(
  points: readonly INamedPoint[],
  { title, theme }: { title: string; theme: IChartTheme }
): object {
  const values = points.map(point => point.z);
  return {
    type: 'scatter',
    mode: 'markers',
    x: points.map(point => point.x),
    y: points.map(point => point.y),
    customdata: points.map(point => point.id),
    text: points.map(point => `<b>${escapeMarkup(point.label)}</b><br>${formatNumber(point.z)}`),
    hovertemplate: '%{text}<br>%{x:.5g}, %{y:.5g}<extra></extra>',
    selectedpoints: null,
    marker: {
      size: 9,
      color: values,
      cmin: Math.min(...values),
      cmax: Math.max(...values),
      colorscale: theme.scale,
      showscale: true,
      colorbar: { title: { text: escapeMarkup(title) }, thickness: 10, outlinewidth: 0 },
      line: { width: 1.5, color: theme.ground }
    }
  };
}
