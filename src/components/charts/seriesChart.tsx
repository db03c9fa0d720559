/** Owns the plain chart of series: one metric over its steps, a line for each run. */
import * as React from 'react';

import { useTrans } from '../hooks';
import { CurveChart, type ICurveChartProps, type Zoom } from './curveChart';
import type { ICurveOptions, ILine } from './curves';

/** One metric over its steps; a part of it when the reader zooms, all after a double click. */
export function SeriesChart(
  props: Omit<ICurveChartProps, 'options' | 'onZoom'> & {
    /** What the steps count. */
    stepName?: string;
    lines: readonly ILine[];
  }
): React.JSX.Element {
  const trans = useTrans();
  const { stepName = trans.__('step'), ...rest } = props;
  const [zoom, setZoom] = React.useState<Zoom>(null);
  const options = React.useMemo(
    (): ICurveOptions => ({ ...PLAIN, stepName, zoom }),
    [stepName, zoom]
  );
  return <CurveChart {...rest} options={options} onZoom={setZoom} />;
}

/** How such a chart is drawn. */
export const PLAIN: Omit<ICurveOptions, 'stepName' | 'zoom'> = {
  along: 'step',
  smoothing: 0,
  isLogX: false,
  isLogY: false,
  spread: null,
  hasLegend: true
};
