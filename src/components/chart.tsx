/** Owns the chart of series: plotly, fetched on first use, in the colours of the theme. */
import * as React from 'react';

import type { MetricSeries } from '../api/types';
import { formatNumber } from './format';
import { useTrans } from './hooks';

/** Colours that people with any colour vision tell apart (Okabe and Ito), for both themes. */
export const PALETTE = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#d55e00', '#56b4e9', '#b8a800'];

const DASHES = ['solid', 'dash', 'dot'] as const;

/** The colour of the run at `index`; past the end of the palette, dashes tell lines apart. */
export function colorOf(index: number): string {
  return PALETTE[index % PALETTE.length] as string;
}

export interface ILine {
  name: string;
  /** Place in the palette. */
  index: number;
  series: MetricSeries;
}

type Plotly = typeof import('plotly.js-basic-dist-min');

/** One metric over its steps, a line for each run. */
export function SeriesChart(props: { title: string; lines: readonly ILine[] }): React.JSX.Element {
  const trans = useTrans();
  const { title, lines } = props;
  const node = React.useRef<HTMLDivElement>(null);
  const [failure, setFailure] = React.useState('');
  const theme = useTheme();
  React.useEffect(() => {
    const element = node.current;
    if (!element) {
      return;
    }
    let plotly: Plotly | null = null;
    let isGone = false;
    const observer = new ResizeObserver(() => plotly?.Plots.resize(element));
    const draw = async (): Promise<void> => {
      plotly = await import('plotly.js-basic-dist-min');
      if (!isGone) {
        await plotly.react(element, traces(lines), layout(element, lines.length > 1), CONFIG);
        observer.observe(element);
      }
    };
    draw().catch((error: unknown) => setFailure(String(error)));
    return () => {
      isGone = true;
      observer.disconnect();
    };
  }, [lines, theme]);
  React.useEffect(() => {
    const element = node.current;
    return () => {
      if (element) {
        void import('plotly.js-basic-dist-min').then(plotly => plotly.purge(element));
      }
    };
  }, []);
  return (
    <figure className="jp-MlopsLab-chart">
      <figcaption>{title}</figcaption>
      {failure && <p role="alert">{trans.__('The chart could not be drawn: %1', failure)}</p>}
      <div
        ref={node}
        className="jp-MlopsLab-chart-plot"
        role="img"
        aria-label={describe(title, lines)}
      />
    </figure>
  );
}

const CONFIG = {
  displaylogo: false,
  displayModeBar: false,
  plotlyServerURL: '',
  responsive: false,
  showSendToCloud: false
};

function traces(lines: readonly ILine[]): object[] {
  return lines.map(({ name, index, series }) => ({
    x: series.points.map(point => point.step),
    y: series.points.map(point => (typeof point.value === 'number' ? point.value : null)),
    name,
    type: 'scatter',
    mode: series.points.length > 60 ? 'lines' : 'lines+markers',
    marker: { size: 4 },
    line: {
      color: colorOf(index),
      dash: DASHES[Math.floor(index / PALETTE.length) % DASHES.length],
      width: 2
    },
    hovertemplate: '%{y:.5g}'
  }));
}

function layout(element: HTMLElement, hasLegend: boolean): object {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    gridcolor: read('--jp-border-color2'),
    linecolor: read('--jp-border-color1'),
    zerolinecolor: read('--jp-border-color1'),
    automargin: true
  };
  return {
    autosize: true,
    font: {
      color: read('--jp-ui-font-color1'),
      family: read('--jp-ui-font-family'),
      size: 11
    },
    hoverlabel: {
      bgcolor: read('--jp-layout-color2'),
      bordercolor: read('--jp-border-color1'),
      font: { color: read('--jp-ui-font-color1') }
    },
    hovermode: 'x unified',
    legend: { orientation: 'h', y: -0.2 },
    margin: { l: 44, r: 12, t: 8, b: 32 },
    paper_bgcolor: 'rgba(0, 0, 0, 0)',
    plot_bgcolor: 'rgba(0, 0, 0, 0)',
    showlegend: hasLegend,
    xaxis: { ...axis, title: { text: 'step', standoff: 6 } },
    yaxis: axis
  };
}

function describe(title: string, lines: readonly ILine[]): string {
  const ends = lines.map(({ name, series }) => {
    const last = series.points.at(-1);
    return last ? `${name}: ${formatNumber(last.value)}` : name;
  });
  return `${title}. ${ends.join('; ')}`;
}

/** The name of JupyterLab's theme, kept current, so that charts can take its colours. */
function useTheme(): string {
  const [theme, setTheme] = React.useState(document.body.dataset.jpThemeName ?? '');
  React.useEffect(() => {
    const observer = new MutationObserver(() =>
      setTheme(document.body.dataset.jpThemeName ?? '')
    );
    observer.observe(document.body, { attributeFilter: ['data-jp-theme-name'] });
    return () => observer.disconnect();
  }, []);
  return theme;
}
