/** Owns how series become the traces of a chart of curves; pure. */
import type { MetricSeries } from '../../api/types';
import { bandOf, type IBand, type ITrace, type Spread } from './grouping';
import { axisOf, baseLayout, colorAt, dashOf, escapeMarkup, translucent } from './palette';
import type { IChartTheme } from './palette';
import type { IFigure } from './plot';
import type { IChartTable } from './saving';
import { smooth } from './smoothing';

/** Up to so many points each is marked. */
const MARKED_POINTS = 60;

/** Up to so many lines are told at the pointer all at once. */
const UNIFIED_LINES = 8;

/** What curves run along: steps, seconds since the run began, or the clock. */
export type Along = 'step' | 'time' | 'clock';

export interface ILine {
  name: string;
  /** Place in the palette. */
  index: number;
  series: MetricSeries;
  /** When the run began, in milliseconds; without it, when the first point came. */
  startedAt?: number;
  /** What the line is averaged with. */
  group?: string;
}

export interface ICurveOptions {
  along: Along;
  /** Between 0 and 1. */
  smoothing: number;
  isLogX: boolean;
  isLogY: boolean;
  /** Draw the mean of each group, with this spread. */
  spread: Spread | null;
  /** The part that is shown, in the units of the points. */
  zoom: readonly [number, number] | null;
  stepName: string;
  hasLegend: boolean;
  /** Whether lines are thin and without dashes, as they must be where many are to be drawn soon. */
  isPlain?: boolean;
}

/** A line of the chart: a run, or the mean of several. */
interface IDrawn extends ITrace {
  name: string;
  index: number;
  raw?: ITrace;
  band?: IBand;
}

/** The points of a line as numbers, by growing place. */
export function traceOf(line: ILine, along: Along): ITrace {
  const { points } = line.series;
  const start = line.startedAt ?? points[0]?.time ?? 0;
  const place = (point: (typeof points)[number]): number => {
    if (along === 'step') {
      return point.step;
    }
    return along === 'time' ? (point.time - start) / 1000 : localTime(point.time);
  };
  const placed = points.map(point => ({ x: place(point), y: numberOf(point.value) }));
  if (along !== 'step') {
    placed.sort((one, other) => one.x - other.x);
  }
  return { x: placed.map(({ x }) => x), y: placed.map(({ y }) => y) };
}

/** Plotly writes all times as UTC; so moved, it writes the reader's. */
function localTime(at: number): number {
  return at - new Date(at).getTimezoneOffset() * 60_000;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

/** What is drawn of the lines. */
export function drawnOf(lines: readonly ILine[], options: ICurveOptions): IDrawn[] {
  const { along, smoothing, spread } = options;
  const smoothed = lines.map(line => {
    const raw = traceOf(line, along);
    return smoothing > 0
      ? { line, trace: { x: raw.x, y: smooth(raw.y, smoothing) }, raw }
      : { line, trace: raw, raw: undefined };
  });
  if (spread === null) {
    return smoothed.map(({ line, trace, raw }) => ({
      ...trace,
      name: line.name,
      index: line.index,
      raw
    }));
  }
  const groups = new Map<string, { index: number; traces: ITrace[] }>();
  for (const { line, trace } of smoothed) {
    const group = line.group ?? line.name;
    const known = groups.get(group) ?? { index: line.index, traces: [] };
    known.traces.push(trace);
    groups.set(group, known);
  }
  return [...groups].map(([name, { index, traces }]) => {
    const band = bandOf(traces, spread);
    return { x: band.x, y: band.mean, name, index, band };
  });
}

/** The figure of the lines. */
export function curveFigure(
  lines: readonly ILine[],
  options: ICurveOptions,
  words: { along: string }
): (theme: IChartTheme) => IFigure {
  const drawn = drawnOf(lines, options);
  return theme => ({
    data: drawn.flatMap(item => tracesOf(item, theme, options.isPlain)),
    layout: layoutOf(drawn, options, { theme, title: words.along })
  });
}

function tracesOf(item: IDrawn, theme: IChartTheme, isPlain = false): object[] {
  const color = colorAt(theme, item.index);
  const line = { color, dash: isPlain ? 'solid' : dashOf(item.index), width: isPlain ? 1 : 2 };
  const quiet = { type: 'scatter', mode: 'lines', hoverinfo: 'skip', showlegend: false };
  const under: object[] = [];
  if (item.band) {
    const edge = { ...quiet, x: item.band.x, line: { width: 0 } };
    under.push({ ...edge, y: item.band.low });
    under.push({
      ...edge,
      y: item.band.high,
      fill: 'tonexty',
      fillcolor: translucent(color, 0.16)
    });
  }
  if (item.raw) {
    under.push({ ...quiet, ...item.raw, line: { ...line, width: 1 }, opacity: 0.3 });
  }
  const main = {
    x: item.x,
    y: item.y,
    name: escapeMarkup(item.name),
    type: 'scatter',
    mode: item.x.length > MARKED_POINTS || item.raw ? 'lines' : 'lines+markers',
    marker: { size: 4 },
    line,
    hovertemplate: '%{y:.5g}'
  };
  return [...under, main];
}

function layoutOf(
  drawn: readonly IDrawn[],
  options: ICurveOptions,
  { theme, title }: { theme: IChartTheme; title: string }
): object {
  const { along, isLogX, isLogY, zoom, hasLegend } = options;
  const x = axisOf(theme, title, {
    type: along === 'clock' ? 'date' : isLogX ? 'log' : 'linear',
    spikecolor: theme.faint,
    spikedash: 'dot',
    spikethickness: 1,
    ...rangeOf(zoom, isLogX && along !== 'clock')
  });
  const y = axisOf(theme, '', {
    type: isLogY ? 'log' : 'linear',
    fixedrange: true,
    ...rangeOf(zoom && heights(drawn, zoom, isLogY), isLogY)
  });
  return {
    ...baseLayout(theme),
    hovermode: drawn.length > UNIFIED_LINES ? 'closest' : 'x unified',
    legend: { orientation: 'h', y: -0.2 },
    showlegend: hasLegend && drawn.length > 1,
    xaxis: x,
    yaxis: y
  };
}

function rangeOf(
  range: readonly [number, number] | null,
  isLog: boolean
): { range: number[] } | { autorange: true } {
  if (!range || (isLog && range[1] <= 0)) {
    return { autorange: true };
  }
  const [low, high] = range;
  return {
    range: isLog ? [Math.log10(low > 0 ? low : high / 1e4), Math.log10(high)] : [low, high]
  };
}

/** From the lowest to the highest value that the zoom shows, with a little room. */
function heights(
  drawn: readonly IDrawn[],
  [from, to]: readonly [number, number],
  isLog: boolean
): [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const { x, y, raw, band } of drawn) {
    for (const values of [y, raw?.y ?? [], band?.low ?? [], band?.high ?? []]) {
      values.forEach((value, index) => {
        const at = x[index] ?? NaN;
        if (value !== null && at >= from && at <= to && !(isLog && value <= 0)) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
      });
    }
  }
  if (low > high) {
    return null;
  }
  if (isLog) {
    return [low / 1.1, high * 1.1];
  }
  const room = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
  return [low - room, high + room];
}

/** The points behind the chart, as they were logged. */
export function curveTable(
  lines: readonly ILine[],
  words: { run: string; step: string; time: string; value: string }
): IChartTable {
  return {
    columns: [words.run, words.step, words.time, words.value],
    rows: lines.flatMap(({ name, series }) =>
      series.points.map(({ step, time, value }) => [
        name,
        step,
        new Date(time).toISOString(),
        value
      ])
    )
  };
}
