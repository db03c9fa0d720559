/** Owns drawing with plotly: fetched on first use, in sight only, again when figure or theme move. */
import type { IPlotlyElement } from 'plotly.js/lib/core';
import * as React from 'react';

import { Button } from '../feedback';
import { useTrans } from '../hooks';
import { useDesk, type Plotly } from './desk';
import { themeAt, type IChartTheme } from './palette';

export interface IFigure {
  data: readonly object[];
  layout: object;
}

/** What plotly tells of, by its own names of events. */
export type PlotEvents = Record<string, (data: never) => void>;

export interface IPlotProps {
  /** Makes the figure; a new function is a new figure. */
  figure: (theme: IChartTheme) => IFigure;
  label: string;
  events?: PlotEvents;
  /** Called with the element whenever it has been drawn. */
  onDrawn?: (element: IPlotlyElement) => void;
  className?: string;
  children?: React.ReactNode;
}

/** A figure of plotly. */
export function Plot(props: IPlotProps): React.JSX.Element {
  const trans = useTrans();
  const { label, className = '', children } = props;
  const node = React.useRef<HTMLDivElement>(null);
  const { failure, isDrawn, retry } = useDrawing(node, props);
  return (
    <div className={`jp-MlopsLab-chart-plot ${className}`} aria-busy={!isDrawn && !failure}>
      {failure && (
        <div className="jp-MlopsLab-chart-failure" role="alert">
          <p>{trans.__('The chart could not be drawn: %1', failure)}</p>
          <Button onClick={retry}>{trans.__('Retry')}</Button>
        </div>
      )}
      {!isDrawn && !failure && <div className="jp-MlopsLab-chart-wait" aria-hidden="true" />}
      <div ref={node} className="jp-MlopsLab-chart-canvas" role="img" aria-label={label} />
      {children}
    </div>
  );
}

interface IDrawing {
  failure: string;
  isDrawn: boolean;
  retry: () => void;
}

function useDrawing(node: React.RefObject<HTMLDivElement>, props: IPlotProps): IDrawing {
  const { figure, events, onDrawn } = props;
  const [failure, setFailure] = React.useState('');
  const [isDrawn, setIsDrawn] = React.useState(false);
  const theme = useTheme();
  const isInSight = useInSight(node);
  const plotly = usePurge(node);
  const desk = useDesk();
  const shown = React.useRef<unknown[]>([]);
  const isHeard = React.useRef(false);
  const tell = React.useRef({ events, onDrawn });
  tell.current = { events, onDrawn };
  React.useEffect(() => {
    const element = node.current;
    const isSame = shown.current[0] === figure && shown.current[1] === theme;
    if (!element || !isInSight || isSame || failure) {
      return;
    }
    let isGone = false;
    const draw = async (): Promise<void> => {
      const module = await desk.plotly();
      await desk.turn();
      if (isGone) {
        return;
      }
      const { data, layout } = figure(themeAt(element));
      plotly.current = module;
      shown.current = [figure, theme];
      const chart = await module.react(element, data, layout, CONFIG);
      if (!isHeard.current) {
        isHeard.current = true;
        listen(chart, tell);
      }
      setIsDrawn(true);
      tell.current.onDrawn?.(chart);
    };
    draw().catch((error: unknown) => setFailure(String(error)));
    return () => {
      isGone = true;
    };
  }, [desk, failure, figure, isInSight, node, plotly, theme]);
  useResize(node, plotly, isDrawn);
  const retry = (): void => {
    shown.current = [];
    setFailure('');
  };
  return { failure, isDrawn, retry };
}

const CONFIG = {
  displaylogo: false,
  displayModeBar: false,
  doubleClick: false,
  plotlyServerURL: '',
  responsive: false,
  showSendToCloud: false,
  showTips: false
};

const EVENTS = [
  'plotly_click',
  'plotly_doubleclick',
  'plotly_hover',
  'plotly_relayout',
  'plotly_restyle',
  'plotly_selected',
  'plotly_unhover'
];

/** The listeners of the newest drawing are told, without being put on anew each time. */
function listen(
  element: IPlotlyElement,
  tell: React.MutableRefObject<{ events?: PlotEvents }>
): void {
  for (const name of EVENTS) {
    element.on(name, data => tell.current.events?.[name]?.(data));
  }
}

/** Whether the element is in sight: a chart that nobody looks at is not drawn. */
export function useInSight(node: React.RefObject<HTMLElement>): boolean {
  const [isInSight, setIsInSight] = React.useState(false);
  React.useEffect(() => {
    const element = node.current;
    if (!element) {
      return;
    }
    const observer = new IntersectionObserver(
      entries => setIsInSight(entries.at(-1)?.isIntersecting ?? false),
      { rootMargin: '120px' }
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [node]);
  return isInSight;
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

function useResize(
  node: React.RefObject<HTMLElement>,
  plotly: React.RefObject<Plotly | null>,
  isDrawn: boolean
): void {
  React.useEffect(() => {
    const element = node.current;
    if (!element || !isDrawn) {
      return;
    }
    let size = `${element.clientWidth} ${element.clientHeight}`;
    const observer = new ResizeObserver(() => {
      const now = `${element.clientWidth} ${element.clientHeight}`;
      if (now !== size && element.clientWidth > 0) {
        size = now;
        plotly.current?.Plots.resize(element);
      }
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isDrawn, node, plotly]);
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
