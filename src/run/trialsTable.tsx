/** Owns the table of a run's children: what differs between them, and their scores. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { RunSummary } from '../api/types';
import { CommandIds } from '../commands';
import { Button, ErrorPanel, Skeleton } from '../components/feedback';
import { formatCount, formatDuration, formatNumber } from '../components/format';
import { useTrans } from '../components/hooks';
import { LongTable, type IColumn } from '../components/longTable';
import { StatusIcon } from '../components/status';
import type { RunModel } from './model';
import type { ITrials } from './trials';

/** Children that are compared at once. */
const MAX_COMPARED = 20;

export function TrialsTable(props: {
  model: RunModel;
  direction: RunSummary['direction'];
  commands: CommandRegistry;
}): React.JSX.Element {
  const trans = useTrans();
  const { model, direction, commands } = props;
  const { trials } = model;
  const columns = React.useMemo(() => {
    const open = (runId: string): void => void commands.execute(CommandIds.openRun, { runId });
    return columnsOf(trials, trans, open);
  }, [trials, trans, commands]);
  const score = columns[1]?.name ?? '';
  const best = bestFirst(trials.runs, direction).slice(0, MAX_COMPARED);
  const rest = trials.total - trials.runs.length;
  if (trials.runs.length === 0) {
    return trials.error ? <Problem model={model} /> : <Skeleton rows={3} height={28} />;
  }
  return (
    <>
      <Problem model={model} />
      <LongTable
        label={trans.__('Child runs')}
        columns={columns}
        rows={trials.runs}
        keyOf={run => run.id}
        sorting={direction ? { column: score, isDescending: direction === 'max' } : undefined}
        tools={
          best.length > 1 && (
            <Button
              className="jp-mod-small"
              onClick={() =>
                void commands.execute(CommandIds.compareRuns, { runIds: best.map(run => run.id) })
              }
            >
              {rest > 0 || trials.runs.length > MAX_COMPARED
                ? trans.__('Compare the best %1', best.length)
                : trans.__('Compare all')}
            </Button>
          )
        }
      />
      {rest > 0 && (
        <Button onClick={() => void model.showMoreTrials()}>
          {trans.__('Load more of the other %1', formatCount(rest))}
        </Button>
      )}
    </>
  );
}

/** Why some of the children, or what differs between them, could not be had. */
function Problem({ model }: { model: RunModel }): React.JSX.Element | null {
  const { error } = model.trials;
  return error && <ErrorPanel error={error} onRetry={() => void model.refresh()} />;
}

function scoreOf(run: RunSummary): number | null {
  const value = run.primary_metric?.last;
  return typeof value === 'number' ? value : null;
}

function bestFirst(
  runs: readonly RunSummary[],
  direction: RunSummary['direction']
): readonly RunSummary[] {
  const sign = direction === 'max' ? -1 : 1;
  const rank = (run: RunSummary): number => {
    const score = scoreOf(run);
    return score === null ? Infinity : sign * score;
  };
  return direction ? [...runs].sort((one, other) => rank(one) - rank(other)) : runs;
}

function columnsOf(
  trials: ITrials,
  trans: TranslationBundle,
  open: (runId: string) => void
): IColumn<RunSummary>[] {
  const metric = trials.runs.find(run => run.primary_metric)?.primary_metric?.name;
  return [
    {
      name: trans.__('Run'),
      share: 2,
      value: run => run.name,
      draw: run => (
        <span className="jp-MlopsLab-withMark">
          <StatusIcon status={run.status} />
          <button type="button" className="jp-MlopsLab-link" onClick={() => open(run.id)}>
            {run.name}
          </button>
        </span>
      )
    },
    {
      name: metric ?? trans.__('Score'),
      kind: 'number',
      value: scoreOf,
      draw: run =>
        run.primary_metric ? formatNumber(run.primary_metric.last) : (run.error_name ?? '')
    },
    ...trials.names.map((name): IColumn<RunSummary> => ({
      name,
      kind: 'code',
      value: run => valueOf(trials.values.get(run.id)?.get(name))
    })),
    {
      name: trans.__('Duration'),
      kind: 'number',
      value: run => run.duration_ms,
      draw: run => (run.duration_ms === null ? '' : formatDuration(run.duration_ms, trans))
    }
  ];
}

/** Numbers sort as numbers; they are stored as Python literals. */
function valueOf(text: string | undefined): string | number | null {
  if (text === undefined) {
    return null;
  }
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) && String(number) === text ? number : text;
}
