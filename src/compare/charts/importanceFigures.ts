/** Owns the figures of importance: bars of params, and a metric as one param moves; pure. */
import {
  axisOf,
  baseLayout,
  colorAt,
  escapeMarkup,
  type IChartTheme
} from '../../components/charts/palette';
import type { IFigure } from '../../components/charts/plot';
import { formatFixedPercent, formatNumber } from '../../components/format';
import type { IImportance } from './forest';
import type { IFeature, IForestData } from './forestData';

/** So many params have a bar. */
const MOST_BARS = 15;

/** Longer names are cut beside their bars. */
const MOST_CHARS = 24;

/** A share in whole percent. */
export function percent(share: number): string {
  return formatFixedPercent(share, 0);
}

export function importanceFigure(
  importances: readonly IImportance[],
  words: { title: string }
): (theme: IChartTheme) => IFigure {
  const shown = importances.slice(0, MOST_BARS).reverse();
  return theme => ({
    data: [
      {
        type: 'bar',
        orientation: 'h',
        x: shown.map(({ share }) => share),
        y: shown.map(({ feature }) => feature.param.key),
        customdata: shown.map(({ feature }) => feature.param.key),
        text: shown.map(({ share, correlation }) =>
          correlation === null
            ? percent(share)
            : `${percent(share)}  ρ ${formatNumber(Number(correlation.toFixed(2)))}`
        ),
        textposition: 'outside',
        cliponaxis: false,
        hovertemplate: '%{y}: %{x:.1%}<extra></extra>',
        marker: { color: colorAt(theme, 0) }
      }
    ],
    layout: {
      ...baseLayout(theme),
      margin: { l: 48, r: 84, t: 8, b: 36 },
      xaxis: axisOf(theme, words.title, {
        tickformat: '.0%',
        rangemode: 'tozero',
        fixedrange: true
      }),
      yaxis: axisOf(theme, '', {
        type: 'category',
        fixedrange: true,
        tickvals: shown.map(({ feature }) => feature.param.key),
        ticktext: shown.map(({ feature }) => escapeMarkup(cut(feature.param.name)))
      })
    }
  });
}

function cut(name: string): string {
  return name.length > MOST_CHARS ? `…${name.slice(1 - MOST_CHARS)}` : name;
}

export function dependenceFigure(
  points: readonly { at: number | string; value: number }[],
  chart: { data: IForestData; feature: IFeature; metric: string; isLogX: boolean }
): (theme: IChartTheme) => IFigure {
  const { data, feature, metric, isLogX } = chart;
  const isWords = feature.words.length > 0;
  const own = data.y.map((_, row) => feature.param.values[row] ?? null);
  return theme => ({
    data: [
      {
        type: 'scatter',
        mode: 'markers',
        x: own,
        y: data.y,
        marker: { color: theme.text, size: 6, opacity: 0.3 },
        hovertemplate: '%{x}: %{y:.5g}<extra></extra>'
      },
      {
        type: 'scatter',
        mode: isWords ? 'markers' : 'lines+markers',
        x: points.map(({ at }) => at),
        y: points.map(({ value }) => value),
        line: { color: colorAt(theme, 0), width: 2 },
        marker: {
          color: colorAt(theme, 0),
          size: isWords ? 11 : 5,
          symbol: isWords ? 'diamond' : 'circle'
        },
        hovertemplate: '%{x}: %{y:.5g}<extra></extra>'
      }
    ],
    layout: {
      ...baseLayout(theme),
      hovermode: 'closest',
      xaxis: axisOf(theme, feature.param.name, {
        type: isWords ? 'category' : isLogX ? 'log' : 'linear'
      }),
      yaxis: axisOf(theme, metric)
    }
  });
}
