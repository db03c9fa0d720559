/** Owns the charts over runs: of these runs, or of all runs of their experiments. */
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { RunSummary } from '../../api/types';
import { CommandIds } from '../../commands';
import { Switch } from '../../components/charts/fields';
import { Button, ErrorPanel } from '../../components/feedback';
import { formatCount } from '../../components/format';
import { useTrans } from '../../components/hooks';
import { MOST_COMPARED, primaryNames } from '../order';
import { loadAllRuns, MOST_RUNS, type IManyRuns } from './allRuns';
import type { IAnalysisProps } from './analysis';
import { BoxPanel } from './box';
import type { ChartKind } from './chartsLayout';
import { ContourPanel } from './contour';
import type { ChartClient } from './curveSource';
import { ImportancePanel } from './importance';
import { useLoaded, type ILoaded } from './loading';
import { ParallelPanel } from './parallel';
import type { IRunTable } from './runTable';
import { ScatterPanel } from './scatter';
import { WaitingCharts } from './states';
import type { RunsOfChart } from './tableCode';

type AnalysisKind = Exclude<ChartKind, 'curves'>;

const PANELS: Record<AnalysisKind, (props: IAnalysisProps) => React.JSX.Element> = {
  scatter: ScatterPanel,
  parallel: ParallelPanel,
  importance: ImportancePanel,
  contour: ContourPanel,
  box: BoxPanel
};

export interface IAnalysisPanelProps {
  kind: AnalysisKind;
  client: ChartClient;
  commands: CommandRegistry;
  runs: readonly RunSummary[];
  table: IRunTable;
  baselineId: string;
  isAll: boolean;
  onAll: (isAll: boolean) => void;
  onSelect: (runIds: readonly string[]) => void;
  onCode: (code: string) => void;
}

export function AnalysisPanel(props: IAnalysisPanelProps): React.JSX.Element {
  const trans = useTrans();
  const { kind, commands, runs, baselineId, isAll, onAll, onCode } = props;
  const all = useAllRuns(props);
  const table = isAll ? all.value?.table : props.table;
  const primary = React.useMemo(() => primaryNames(runs), [runs]);
  const [selected, mark] = useMarks(props, table?.ids);
  const onOpen = (runId: string): void => void commands.execute(CommandIds.openRun, { runId });
  const source = sourceOf(props);
  const Panel = PANELS[kind];
  return (
    <>
      <div className="jp-MlopsLab-chart-bar">
        <Switch
          label={trans._n(
            'All runs of the experiment',
            'All runs of these %1 experiments',
            experimentsOf(runs).length,
            experimentsOf(runs).length
          )}
          checked={isAll}
          onChange={onAll}
        />
        {isAll && all.value && <HowMany found={all.value} />}
        <Marked ids={selected} commands={commands} onClear={() => mark([])} />
      </div>
      {isAll && all.error && <ErrorPanel error={all.error} onRetry={all.retry} />}
      {!table && !all.error && <WaitingCharts count={1} />}
      {table && (
        <Panel
          {...{ table, primary, baselineId, source, selected, onOpen, onCode }}
          onSelect={mark}
        />
      )}
    </>
  );
}

/** The runs that are marked, and what marks others. */
function useMarks(
  { kind, isAll, onSelect }: IAnalysisPanelProps,
  ids: readonly string[] | undefined
): [ReadonlySet<string>, (ids: readonly string[]) => void] {
  const [selected, setSelected] = React.useState<ReadonlySet<string>>(new Set());
  const mark = React.useCallback(
    (marked: readonly string[]) => {
      setSelected(new Set(marked));
      onSelect(marked);
    },
    [onSelect]
  );
  // What is marked stays while values come in; runs that are there no more cannot stay marked.
  React.useEffect(() => mark([]), [kind, isAll, mark]);
  React.useEffect(() => {
    const left = [...selected].filter(id => ids?.includes(id) ?? true);
    if (left.length < selected.size) {
      mark(left);
    }
  }, [ids, mark, selected]);
  return [selected, mark];
}

function experimentsOf(runs: readonly RunSummary[]): string[] {
  return [...new Set(runs.map(run => run.experiment))];
}

function sourceOf({ isAll, runs, table }: IAnalysisPanelProps): RunsOfChart {
  return isAll ? { experiments: experimentsOf(runs), most: MOST_RUNS } : { ids: table.ids };
}

function useAllRuns(props: IAnalysisPanelProps): ILoaded<IManyRuns> {
  const { client, runs, table, isAll } = props;
  return useLoaded(
    React.useMemo(() => {
      const names = (kind: string): string[] =>
        table.columns.filter(column => column.kind === kind).map(({ name }) => name);
      return isAll
        ? (signal: AbortSignal) =>
            loadAllRuns(client, {
              experiments: experimentsOf(runs),
              params: names('param'),
              metrics: names('metric'),
              signal
            })
        : null;
    }, [client, runs, table, isAll])
  );
}

function HowMany({ found }: { found: IManyRuns }): React.JSX.Element {
  const trans = useTrans();
  const count = found.table.ids.length;
  return (
    <span className="jp-MlopsLab-note" role="status">
      {count < found.total
        ? trans.__('The newest %1 of %2 runs', formatCount(count), formatCount(found.total))
        : trans._n('%2 run', '%2 runs', count, formatCount(count))}
    </span>
  );
}

/** How many runs are marked, and what can be done with them. */
function Marked(props: {
  ids: ReadonlySet<string>;
  commands: CommandRegistry;
  onClear: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { ids, commands, onClear } = props;
  return (
    <span className="jp-MlopsLab-marked">
      <span role="status">
        {ids.size > 0 && trans._n('%1 run marked', '%1 runs marked', ids.size, ids.size)}
      </span>
      {ids.size > 1 && ids.size <= MOST_COMPARED && (
        <Button
          className="jp-mod-small"
          onClick={() => void commands.execute(CommandIds.compareRuns, { runIds: [...ids] })}
        >
          {trans.__('Compare them')}
        </Button>
      )}
      {ids.size > 0 && (
        <Button className="jp-mod-small" onClick={onClear}>
          {trans.__('Clear')}
        </Button>
      )}
    </span>
  );
}
