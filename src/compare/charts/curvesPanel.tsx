/** Owns the panel of curves: a chart for each metric, with what they share. */
import * as React from 'react';

import type { RunSummary } from '../../api/types';
import { ChartLink } from '../../components/charts/link';
import { ErrorPanel } from '../../components/feedback';
import { useTrans } from '../../components/hooks';
import { isSystem } from '../../components/system';
import { primaryNames } from '../order';
import type { ICurveSettings } from './chartsLayout';
import { CurveControls, MetricChooser } from './curveControls';
import { FirstAlone, tagNames, type ChartClient } from './curveSource';
import { groupingChoices, useGroups } from './groups';
import { Legend, type ILegendItem } from './legend';
import { useLoaded } from './loading';
import { MetricChart, type ISharedCurves } from './metricChart';
import { EmptyChart } from './states';
import type { IRunTable } from './runTable';

/** So many metrics have a chart unless they are chosen. */
const FIRST_CHARTS = 24;

export interface ICurvesPanelProps {
  client: ChartClient;
  runs: readonly RunSummary[];
  /** The metrics that some run logged more than once. */
  curves: readonly string[];
  table: IRunTable;
  hidden: ReadonlySet<string>;
  onHide: (hidden: ReadonlySet<string>) => void;
  settings: ICurveSettings;
  onSettings: (settings: ICurveSettings) => void;
  onCode: (code: string) => void;
}

export function CurvesPanel(props: ICurvesPanelProps): React.JSX.Element {
  const trans = useTrans();
  return props.curves.length > 0 ? (
    <Curves {...props} />
  ) : (
    <EmptyChart
      title={trans.__('No curves yet')}
      text={trans.__(
        'A metric becomes a curve when a run logs it more than once, such as once an epoch:'
      )}
      code="lab.log_metric('loss', loss, step=epoch)"
    />
  );
}

function Curves(props: ICurvesPanelProps): React.JSX.Element {
  const trans = useTrans();
  const { client, runs, table, curves, settings } = props;
  const names = React.useMemo(() => orderOf(curves, runs), [curves, runs]);
  const [picked, setPicked] = React.useState<ReadonlySet<string> | null>(null);
  const chosen = React.useMemo(
    () => picked ?? new Set(names.filter(name => !isSystem(name)).slice(0, FIRST_CHARTS)),
    [picked, names]
  );
  const tags = useLoaded(
    React.useCallback((signal: AbortSignal) => tagNames(client, signal), [client])
  );
  const none = trans.__('(none)');
  const groups = useGroups(client, { runs, table, groupBy: settings.groupBy, none });
  const { shared, legend } = useShared(props, groups.value);
  const shown = names.filter(name => chosen.has(name));
  return (
    <>
      <CurveControls
        settings={settings}
        groupings={groupingChoices(table, tags.value ?? [], trans)}
        onChange={props.onSettings}
      >
        <MetricChooser names={names} chosen={chosen} onChange={setPicked} />
      </CurveControls>
      {groups.error && <ErrorPanel error={groups.error} onRetry={groups.retry} />}
      {legend}
      {shown.length === 0 && <p className="jp-MlopsLab-note">{trans.__('No metric is chosen.')}</p>}
      <div className="jp-MlopsLab-charts">
        {shown.map(name => (
          <MetricChart key={name} name={name} shared={shared} />
        ))}
      </div>
      <p className="jp-MlopsLab-note">
        {trans.__('Drag across a chart to zoom all of them, double-click to see all again.')}
      </p>
    </>
  );
}

/** The primary metrics first, those of the machine last. */
function orderOf(curves: readonly string[], runs: readonly RunSummary[]): string[] {
  const primary = primaryNames(runs);
  const rank = (name: string): number => (primary.has(name) ? 0 : isSystem(name) ? 2 : 1);
  return [...curves].sort((one, other) => rank(one) - rank(other));
}

/** What all charts are drawn by, and the legend that changes it. */
function useShared(
  props: ICurvesPanelProps,
  groups: ReadonlyMap<string, string> | null
): { shared: ISharedCurves; legend: React.JSX.Element } {
  const { client, runs, table, hidden, onHide, settings, onCode } = props;
  const { labels } = table;
  const turns = React.useMemo(() => new FirstAlone(), [client, runs]);
  const [link] = React.useState(() => new ChartLink());
  const [zoom, setZoom] = React.useState<ISharedCurves['zoom']>({ range: null, by: '' });
  const [hiddenGroups, setHiddenGroups] = React.useState<ReadonlySet<string>>(new Set());
  const { along, groupBy } = settings;
  React.useEffect(() => setZoom({ range: null, by: '' }), [along]);
  React.useEffect(() => setHiddenGroups(new Set()), [groupBy]);
  const items = React.useMemo(
    () => (groups ? groupItems(groups) : runItems(runs, labels)),
    [groups, runs, labels]
  );
  const shared = React.useMemo((): ISharedCurves => {
    const shownGroups = new Map(
      items.filter(({ id }) => !hiddenGroups.has(id)).map(({ id, index }) => [id, index])
    );
    const common = { client, runs, labels, hidden, settings, link, onCode, turns };
    return { ...common, groups, shownGroups, zoom, onZoom: setZoom };
  }, [
    client,
    runs,
    labels,
    hidden,
    groups,
    items,
    hiddenGroups,
    settings,
    link,
    zoom,
    onCode,
    turns
  ]);
  const legend = groups ? (
    <Legend items={items} hidden={hiddenGroups} onHide={setHiddenGroups} />
  ) : (
    <Legend items={items} hidden={hidden} onHide={onHide} />
  );
  return { shared, legend };
}

function runItems(runs: readonly RunSummary[], labels: readonly string[]): ILegendItem[] {
  return runs.map((run, index) => ({ id: run.id, label: labels[index] ?? run.name, index }));
}

function groupItems(groups: ReadonlyMap<string, string>): ILegendItem[] {
  const counts = new Map<string, number>();
  for (const group of groups.values()) {
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([one], [other]) =>
    one.localeCompare(other, undefined, { numeric: true })
  );
  return sorted.map(([group, count], index) => ({
    id: group,
    label: group,
    index,
    note: String(count)
  }));
}
