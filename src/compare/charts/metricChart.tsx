/** Owns the chart of one metric in a comparison: which lines it has, log scale, finer points on zoom. */
import * as React from 'react';

import type { MetricSeries, RunSummary } from '../../api/types';
import { CurveChart, type Zoom } from '../../components/charts/curveChart';
import { traceOf, type ICurveOptions, type ILine } from '../../components/charts/curves';
import { curveCode } from '../../components/charts/curveCode';
import { useDesk } from '../../components/charts/desk';
import type { ChartLink } from '../../components/charts/link';
import { Button, ErrorPanel } from '../../components/feedback';
import { useInSight } from '../../components/charts/plot';
import { useTrans } from '../../components/hooks';
import type { ICurveSettings } from './chartsLayout';
import { loadCurves, refine, REFINED_RUNS, type ChartClient } from './curveSource';
import { MOST_DASHED } from './legend';
import { useLoaded, type ILoaded } from './loading';
import { WaitingChart } from './states';

/** Finer points are asked for when less than this share is shown, once the hand rests. */
const COARSE_SHARE = 0.5;
const REST_MS = 300;

/** What all charts of a panel are drawn by. */
export interface ISharedCurves {
  client: ChartClient;
  runs: readonly RunSummary[];
  /** Names of the runs, in their order. */
  labels: readonly string[];
  hidden: ReadonlySet<string>;
  /** The group of each run, when they are grouped. */
  groups: ReadonlyMap<string, string> | null;
  /** The groups that are shown, with their places in the palette. */
  shownGroups: ReadonlyMap<string, number>;
  settings: ICurveSettings;
  link: ChartLink;
  zoom: { range: Zoom; by: string };
  onZoom: (zoom: { range: Zoom; by: string }) => void;
  onCode: (code: string) => void;
}

export const MetricChart = React.memo(function MetricChart(props: {
  name: string;
  shared: ISharedCurves;
}): React.JSX.Element {
  const trans = useTrans();
  const { name, shared } = props;
  const node = React.useRef<HTMLDivElement>(null);
  const isInSight = useInSight(node);
  const { runs, settings, onZoom, link, onCode } = shared;
  const [isLogY, setIsLogY] = React.useState(false);
  const asked = useSeries(name, isInSight, shared);
  const series = useFiner(name, asked.value ?? NONE, shared);
  const lines = React.useMemo(() => linesOf(series, shared), [series, shared]);
  const options = useOptions(shared, isLogY);
  const zoomTo = React.useCallback((range: Zoom) => onZoom({ range, by: name }), [onZoom, name]);
  if (asked.error && !asked.value) {
    return <ErrorPanel error={asked.error} onRetry={asked.retry} />;
  }
  if (!asked.value) {
    return (
      <div ref={node} className="jp-MlopsLab-chart">
        <WaitingChart title={name} />
      </div>
    );
  }
  return (
    <CurveChart
      title={name}
      lines={lines}
      options={options}
      link={link}
      onZoom={zoomTo}
      onCode={onCode}
      code={() =>
        curveCode({
          runIds: runs.map(run => run.id).filter(id => !shared.hidden.has(id)),
          metric: name,
          options,
          groupBy: shared.groups ? settings.groupBy : ''
        })
      }
      actions={
        <Button className="jp-mod-small" pressed={isLogY} onClick={() => setIsLogY(!isLogY)}>
          {trans.__('log y')}
        </Button>
      }
      note={lines.length === 0 && !asked.isLoading ? trans.__('All runs are hidden.') : undefined}
    />
  );
});

/** The series of the metric, asked for once the chart has been in sight. */
function useSeries(
  name: string,
  isInSight: boolean,
  { client, runs }: ISharedCurves
): ILoaded<readonly MetricSeries[]> {
  const desk = useDesk();
  const [wasSeen, setWasSeen] = React.useState(false);
  React.useEffect(() => {
    if (isInSight) {
      setWasSeen(true);
      // What draws comes while the points do; a failure is told where the chart is drawn.
      desk.plotly().catch(() => undefined);
    }
  }, [desk, isInSight]);
  const load = React.useMemo(() => {
    const runIds = runs.map(run => run.id);
    return wasSeen
      ? (signal: AbortSignal) => loadCurves(client, runIds, { metric: name, signal })
      : null;
  }, [client, runs, name, wasSeen]);
  return useLoaded(load);
}

function useOptions(shared: ISharedCurves, isLogY: boolean): ICurveOptions {
  const trans = useTrans();
  const { settings, groups, zoom } = shared;
  const isGrouped = groups !== null;
  const isPlain = (isGrouped ? shared.shownGroups.size : shared.runs.length) > MOST_DASHED;
  return React.useMemo(
    () => ({
      ...settings,
      isLogX: settings.isLogX && settings.along !== 'clock',
      isLogY,
      spread: isGrouped ? settings.spread : null,
      zoom: zoom.range,
      stepName: trans.__('step'),
      hasLegend: false,
      isPlain
    }),
    [settings, isLogY, isGrouped, isPlain, zoom.range, trans]
  );
}

const NONE: readonly MetricSeries[] = [];

/** The lines of the runs that are shown, in the order of the runs. */
function linesOf(series: readonly MetricSeries[], shared: ISharedCurves): ILine[] {
  const { runs, labels, hidden, groups, shownGroups } = shared;
  const byRun = new Map(series.map(item => [item.run_id, item]));
  return runs.flatMap((run, place) => {
    const item = byRun.get(run.id);
    const group = groups?.get(run.id);
    const index = group === undefined ? place : shownGroups.get(group);
    return !item || hidden.has(run.id) || index === undefined
      ? []
      : [
          { name: labels[place] ?? run.name, index, series: item, startedAt: run.started_at, group }
        ];
  });
}

/** The series with more points, where this chart was zoomed into so far that it shows too few. */
function useFiner(
  name: string,
  series: readonly MetricSeries[],
  shared: ISharedCurves
): readonly MetricSeries[] {
  const { client, zoom, hidden, settings } = shared;
  const range = zoom.by === name ? zoom.range : null;
  const [finer, setFiner] = React.useState<{ of: unknown; series: readonly MetricSeries[] }>();
  React.useEffect(() => {
    const shown = series.filter(item => !hidden.has(item.run_id));
    const share = range ? shareOf(shown, range, settings.along) : 1;
    const isThin = shown.some(item => item.count > item.points.length);
    if (share >= COARSE_SHARE || !isThin || shown.length > REFINED_RUNS) {
      return;
    }
    const abort = new AbortController();
    const timer = window.setTimeout(() => {
      refine(client, shown, { share, signal: abort.signal }).then(
        found => setFiner({ of: series, series: found }),
        (error: unknown) => abort.signal.aborted || console.warn('No finer points came.', error)
      );
    }, REST_MS);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [client, series, hidden, range, settings.along]);
  return React.useMemo(() => {
    if (finer?.of !== series) {
      return series;
    }
    const known = new Map(finer.series.map(item => [item.run_id, item]));
    return series.map(item => known.get(item.run_id) ?? item);
  }, [finer, series]);
}

/** How much of the whole lies in the range. */
function shareOf(
  series: readonly MetricSeries[],
  [from, to]: readonly [number, number],
  along: ICurveSettings['along']
): number {
  let low = Infinity;
  let high = -Infinity;
  for (const item of series) {
    const { x } = traceOf({ name: '', index: 0, series: item }, along);
    low = Math.min(low, x[0] ?? Infinity);
    high = Math.max(high, x.at(-1) ?? -Infinity);
  }
  return high > low ? Math.max(1e-4, (to - from) / (high - low)) : 1;
}
