/** Owns the small curve: the points of one series as a line without axes. */
import * as React from 'react';

import type { MetricSeries } from '../api/types';
import { formatNumber } from './format';
import { useTrans } from './hooks';

const WIDTH = 120;
const HEIGHT = 24;
const EDGE = 2;

/** A line whose last point is marked; what it shows is said in words for those who do not see it. */
export function Sparkline({ series }: { series: MetricSeries }): React.JSX.Element | null {
  const trans = useTrans();
  const places = React.useMemo(() => placesOf(series), [series]);
  const last = places.at(-1);
  const newest = series.points.at(-1);
  if (!last || !newest) {
    return null;
  }
  const words = trans.__(
    '%1 is %2 at step %3',
    series.name,
    formatNumber(newest.value),
    newest.step
  );
  return (
    <svg
      className="jp-MlopsLab-sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      <polyline points={places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')} />
      <circle cx={last[0]} cy={last[1]} r="2" />
    </svg>
  );
}

/** The places of the finite points in the picture. */
function placesOf({ points }: MetricSeries): [number, number][] {
  const finite = points.flatMap(({ step, value }) =>
    typeof value === 'number' ? [[step, value] as const] : []
  );
  const steps = finite.map(([step]) => step);
  const values = finite.map(([, value]) => value);
  const [left, right] = [Math.min(...steps), Math.max(...steps)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return finite.map(([step, value]) => [
    EDGE + ((step - left) / (right - left || 1)) * (WIDTH - 2 * EDGE),
    HEIGHT - EDGE - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * EDGE)
  ]);
}
