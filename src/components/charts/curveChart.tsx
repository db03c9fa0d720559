/** Owns the chart of curves: one metric of several runs, linked with its neighbours. */
import type { IPlotlyElement } from 'plotly.js/lib/core';
import * as React from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';

import { formatNumber } from '../format';
import { useTrans } from '../hooks';
import {
  curveFigure,
  curveTable,
  drawnOf,
  type Along,
  type ICurveOptions,
  type ILine
} from './curves';
import { ChartFrame } from './frame';
import type { ChartLink } from './link';
import type { PlotEvents } from './plot';

export type Zoom = readonly [number, number] | null;

/** So many lines are told one by one to those who do not see them. */
const TOLD_LINES = 12;

export interface ICurveChartProps {
  title: string;
  lines: readonly ILine[];
  options: ICurveOptions;
  link?: ChartLink;
  onZoom?: (zoom: Zoom) => void;
  code?: () => string;
  onCode?: (code: string) => void;
  actions?: React.ReactNode;
  note?: React.ReactNode;
}

/** The curves of one metric. */
export const CurveChart = React.memo(function CurveChart(
  props: ICurveChartProps
): React.JSX.Element {
  const trans = useTrans();
  const { title, lines, options, link, onZoom, ...frame } = props;
  const mark = React.useRef<HTMLDivElement>(null);
  const drawn = React.useRef<IPlotlyElement | null>(null);
  const along = alongName(options, trans);
  const figure = React.useMemo(
    () => curveFigure(lines, options, { along }),
    [lines, options, along]
  );
  useMark(mark, drawn, link);
  const words = {
    run: trans.__('Run'),
    step: trans.__('Step'),
    time: trans.__('Time'),
    value: trans.__('Value')
  };
  return (
    <ChartFrame
      {...frame}
      title={title}
      figure={figure}
      label={describe(title, lines, options, trans)}
      events={eventsOf(options, link, onZoom)}
      onDrawn={element => {
        drawn.current = element;
        // What was marked may stand elsewhere now; the next move of the pointer tells.
        if (mark.current) {
          mark.current.hidden = true;
        }
      }}
      table={() => curveTable(lines, words)}
    >
      {link && <div ref={mark} className="jp-MlopsLab-chart-mark" hidden aria-hidden="true" />}
    </ChartFrame>
  );
});

function alongName({ along, stepName }: ICurveOptions, trans: TranslationBundle): string {
  const names: Record<Along, string> = {
    step: stepName,
    time: trans.__('seconds since the start'),
    clock: trans.__('time')
  };
  return names[along];
}

/** Moves the line that marks where the pointer is in any of the linked charts. */
function useMark(
  mark: React.RefObject<HTMLDivElement>,
  drawn: React.RefObject<IPlotlyElement | null>,
  link: ChartLink | undefined
): void {
  React.useEffect(() => {
    const move = (_: ChartLink, at: number | null): void => {
      const axis = drawn.current?._fullLayout?.xaxis;
      if (!mark.current) {
        return;
      }
      const place = at === null || !axis ? NaN : axis.d2p(at);
      const isShown = axis !== undefined && place >= 0 && place <= axis._length;
      mark.current.hidden = !isShown;
      if (isShown) {
        mark.current.style.transform = `translateX(${axis._offset + place}px)`;
      }
    };
    link?.pointed.connect(move);
    return () => {
      link?.pointed.disconnect(move);
    };
  }, [mark, drawn, link]);
}

type RelayoutData = Record<string, unknown>;

function eventsOf(
  options: ICurveOptions,
  link: ChartLink | undefined,
  onZoom: ((zoom: Zoom) => void) | undefined
): PlotEvents {
  const { along, isLogX } = options;
  return {
    plotly_hover: (data: { points?: { x?: unknown }[] }) =>
      link?.point(placeOf(data.points?.[0]?.x)),
    plotly_unhover: () => link?.point(null),
    plotly_doubleclick: () => onZoom?.(null),
    plotly_relayout: (data: RelayoutData) => {
      const low = placeOf(data['xaxis.range[0]']);
      const high = placeOf(data['xaxis.range[1]']);
      if (low !== null && high !== null) {
        const isLog = isLogX && along !== 'clock';
        onZoom?.(isLog ? [10 ** low, 10 ** high] : [low, high]);
      }
    }
  };
}

/** A place along the charts as a number; plotly gives times as text, which it takes for UTC. */
function placeOf(value: unknown): number | null {
  if (typeof value === 'number') {
    return value;
  }
  const at =
    typeof value === 'string' ? Date.parse(`${value.replace(' ', 'T')}${zoneOf(value)}`) : NaN;
  return Number.isNaN(at) ? null : at;
}

function zoneOf(text: string): string {
  return text.includes(':') ? 'Z' : '';
}

function describe(
  title: string,
  lines: readonly ILine[],
  options: ICurveOptions,
  trans: TranslationBundle
): string {
  const told = drawnOf(lines.slice(0, options.spread ? undefined : TOLD_LINES), options)
    .slice(0, TOLD_LINES)
    .map(({ name, y }) => {
      const last = y.filter(value => value !== null).at(-1);
      return last === undefined ? name : trans.__('%1: %2', name, formatNumber(last));
    });
  const rest = options.spread ? 0 : lines.length - told.length;
  const more = rest > 0 ? [trans._n('%1 more line', '%1 more lines', rest, rest)] : [];
  return trans.__('%1. %2', title, [...told, ...more].join('; '));
}
