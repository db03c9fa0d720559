/** Owns the chart of series: plotly, fetched on first use, in the colours of the theme. */
import type * as PlotlyModule from 'plotly.js/lib/core';
import * as React from 'react';

import type { MetricSeries } from '../api/types';
import { formatNumber } from './format';
import { useTrans } from './hooks';

/** Colours of the palette, which the style sheet holds for light and dark themes. */
const COLORS = 7;

const DASHES = ['solid', 'dash', 'dot'] as const;

/** The CSS variable of the line at `index`; past the end of the palette, dashes tell lines apart. */
export function colorVariable(index: number): string {
  return `--jp-mlops-lab-line${index % COLORS}`;
}

export interface ILine {
  name: string;
  /** Place in the palette. */
  index: number;
  series: MetricSeries;
}

type Plotly = typeof PlotlyModule;

/** One metric over its steps, a line for each run. */
export function SeriesChart(props: {
  title: string;
  lines: readonly ILine[];
  /** What the steps count. */
  stepName?: string;
}): React.JSX.Element {
  const trans = useTrans();
  const { title, lines, stepName = trans.__('step') } = props;
  const node = React.useRef<HTMLDivElement>(null);
  const [failure, setFailure] = React.useState('');
  const theme = useTheme();
  const wasSeen = useSeen(node);
  const drawn = usePurge(node);
  React.useEffect(() => {
    const element = node.current;
    if (!element || !wasSeen) {
      return;
    }
    let plotly: Plotly | null = null;
    let isGone = false;
    const observer = new ResizeObserver(() => plotly?.Plots.resize(element));
    const draw = async (): Promise<void> => {
      plotly = (await import('./plotly')).default;
      if (!isGone) {
        const read = reader(element);
        const place = layout(read, stepName, lines.length > 1);
        drawn.current = plotly;
        await plotly.react(element, traces(lines, read), place, CONFIG);
        observer.observe(element);
      }
    };
    draw().catch((error: unknown) => setFailure(String(error)));
    return () => {
      isGone = true;
      observer.disconnect();
    };
  }, [drawn, lines, stepName, theme, wasSeen]);
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

/** Whether the element has been in sight: a chart that nobody looks at is not drawn. */
function useSeen(node: React.RefObject<HTMLElement>): boolean {
  const [wasSeen, setWasSeen] = React.useState(false);
  React.useEffect(() => {
    const element = node.current;
    if (!element) {
      return;
    }
    const observer = new IntersectionObserver(entries => {
      if (entries.some(entry => entry.isIntersecting)) {
        setWasSeen(true);
        observer.disconnect();
      }
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [node]);
  return wasSeen;
}

/** Keeps plotly once it has drawn, and gives back what it holds for the element in the end. */
function usePurge(node: React.RefObject<HTMLElement>): React.MutableRefObject<Plotly | null> {
  const drawn = React.useRef<Plotly | null>(null);
  React.useEffect(() => {
    const element = node.current;
    return () => {
      if (element) {
        drawn.current?.purge(element);
      }
    };
  }, [node]);
  return drawn;
}

const CONFIG = {
  displaylogo: false,
  displayModeBar: false,
  plotlyServerURL: '',
  responsive: false,
  showSendToCloud: false
};

type ReadVariable = (name: string) => string;

function reader(element: HTMLElement): ReadVariable {
  const style = getComputedStyle(element);
  return name => style.getPropertyValue(name).trim();
}

function traces(lines: readonly ILine[], read: ReadVariable): object[] {
  return lines.map(({ name, index, series }) => ({
    x: series.points.map(point => point.step),
    y: series.points.map(point => (typeof point.value === 'number' ? point.value : null)),
    name,
    type: 'scatter',
    mode: series.points.length > 60 ? 'lines' : 'lines+markers',
    marker: { size: 4 },
    line: {
      color: read(colorVariable(index)),
      dash: DASHES[Math.floor(index / COLORS) % DASHES.length],
      width: 2
    },
    hovertemplate: '%{y:.5g}'
  }));
}

function layout(read: ReadVariable, stepName: string, hasLegend: boolean): object {
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
    xaxis: { ...axis, title: { text: stepName, standoff: 6 } },
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
    const observer = new MutationObserver(() => setTheme(document.body.dataset.jpThemeName ?? ''));
    observer.observe(document.body, { attributeFilter: ['data-jp-theme-name'] });
    return () => observer.disconnect();
  }, []);
  return theme;
}
