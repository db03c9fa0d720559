/** Owns the chip under a tracked cell: how its run goes, where it stands, and what is odd about it. */
import * as React from 'react';

import type { Experiment, MetricSummary, RunSummary } from '../api/types';
import { Button } from '../components/feedback';
import { formatDuration, formatNumber, shortId } from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { Sparkline } from '../components/sparkline';
import { StandingMark, standingOf } from '../components/standing';
import { StatusIcon } from '../components/status';
import { isSystem } from '../components/system';
import type { ILiveOrder } from './liveOrder';
import type { ChipModel } from './model';

/** After this time code that goes on may be interrupted once more, in milliseconds. */
const STOP_MS = 5000;

export interface IChipActions {
  open: (runId: string, section?: string) => void;
  compare: (runIds: readonly string[]) => void;
  restore: (runId: string) => void;
  /** Interrupts the kernel; null where there is none that works. */
  stop: (() => void) | null;
}

export interface IChipProps {
  model: ChipModel;
  /** The run as the list had it, until the model has its own. */
  listed: RunSummary;
  previous: RunSummary | null;
  experiment: Experiment | null;
  order: ILiveOrder;
  /** The cell was executed after this run, and no run came of it. */
  isEarlier?: boolean;
  actions: IChipActions;
}

export function Chip(props: IChipProps): React.JSX.Element {
  const trans = useTrans();
  const { model, listed, actions, isEarlier = false } = props;
  const run = model.run?.summary ?? listed;
  const isRunning = run.status === 'running';
  return (
    <div
      className={`jp-MlopsLab-chip-body ${isEarlier ? 'jp-mod-earlier' : `jp-mod-${run.status}`}`}
      role="group"
      aria-label={isEarlier ? trans.__('Earlier run %1', run.name) : trans.__('Run %1', run.name)}
      data-lm-suppress-shortcuts="true"
      data-run-id={run.id}
    >
      <span className="jp-MlopsLab-chip-main">
        {isEarlier && (
          <span
            className="jp-MlopsLab-badge"
            title={trans.__('The cell was executed after this run, and that made no run')}
          >
            {trans.__('earlier run')}
          </span>
        )}
        <StatusIcon status={run.status} />
        <button
          type="button"
          className="jp-MlopsLab-link jp-MlopsLab-chip-name"
          title={trans.__('Open this run')}
          onClick={() => actions.open(run.id)}
        >
          {run.name}
        </button>
        {isRunning ? <Progress {...props} run={run} /> : <Result {...props} run={run} />}
      </span>
      <Marks {...props} run={run} />
      <Links {...props} run={run} />
    </div>
  );
}

type Drawn = IChipProps & { run: RunSummary };

/** What a run that goes on shows: time, the last values, and the newest curve. */
function Progress({ run, model, previous }: Drawn): React.JSX.Element {
  const trans = useTrans();
  const now = useNow(1000);
  const elapsed = Math.max(0, now - run.started_at);
  const expected = previous?.status === 'finished' ? previous.duration_ms : null;
  const last = lastValue(model);
  return (
    <>
      <span className="jp-MlopsLab-number" role="timer">
        {formatDuration(Math.floor(elapsed / 1000) * 1000 || elapsed, trans)}
      </span>
      {expected !== null && expected > 2000 && (
        <progress
          max={expected}
          value={Math.min(elapsed, expected)}
          aria-label={trans.__('Time, beside that of the previous run')}
          title={trans.__('The previous run took %1', formatDuration(expected, trans))}
        />
      )}
      {last && (
        <span className="jp-MlopsLab-chip-metric">
          <span className="jp-MlopsLab-note">{last.name}</span>{' '}
          <span className="jp-MlopsLab-number">{formatNumber(last.last)}</span>
          {last.count > 1 && (
            <span className="jp-MlopsLab-note"> {trans.__('step %1', last.step)}</span>
          )}
        </span>
      )}
      {model.series && model.series.points.length > 1 && <Sparkline series={model.series} />}
    </>
  );
}

/** The metric whose curve is drawn; otherwise the one that came last. */
function lastValue({ run, series }: ChipModel): MetricSummary | null {
  const metrics = (run?.metrics ?? []).filter(metric => !isSystem(metric.name));
  return metrics.find(metric => metric.name === series?.name) ?? metrics.at(-1) ?? null;
}

/** What a run that has ended shows. */
function Result({ run, model, experiment }: Drawn): React.JSX.Element {
  const trans = useTrans();
  const metric = run.primary_metric;
  const standing = standingOf(run, experiment);
  return (
    <>
      {metric && (
        <span className="jp-MlopsLab-chip-metric" title={`${metric.name} = ${metric.last}`}>
          <span className="jp-MlopsLab-note">{metric.name}</span>{' '}
          <span className="jp-MlopsLab-number">{formatNumber(metric.last)}</span>
        </span>
      )}
      {standing && <StandingMark standing={standing} />}
      {run.error_name && <span className="jp-MlopsLab-chip-error">{run.error_name}</span>}
      {run.duration_ms !== null && (
        <span className="jp-MlopsLab-note">{formatDuration(run.duration_ms, trans)}</span>
      )}
      {model.series && model.series.points.length > 1 && <Sparkline series={model.series} />}
    </>
  );
}

function Marks({ run, order, actions }: Drawn): React.JSX.Element | null {
  const trans = useTrans();
  const { same_as: same } = run;
  const known = oddWords(order, trans);
  const ranOdd = { words: trans.__('⚠ cells ran out of order'), title: '' };
  const problems = known.length === 0 && run.has_order_problems ? [ranOdd] : known;
  return (
    <span className="jp-MlopsLab-chip-marks">
      {order.isEdited && (
        <span
          className="jp-MlopsLab-badge"
          title={trans.__('The cell has other code now than this run had')}
        >
          {trans.__('✎ edited since this run')}
        </span>
      )}
      {problems.map(({ words, title }) => (
        <button
          key={words}
          type="button"
          className="jp-MlopsLab-badge jp-mod-warn"
          title={title || undefined}
          onClick={() => actions.open(run.id, 'order')}
        >
          {words}
        </button>
      ))}
      {same && (
        <button
          type="button"
          className="jp-MlopsLab-badge"
          title={trans.__('Same code, data and parameters; press to open run %1', shortId(same))}
          onClick={() => actions.open(same)}
        >
          {trans.__('= repeats an earlier run')}
        </button>
      )}
    </span>
  );
}

function oddWords(
  { deleted, edited, misplaced }: ILiveOrder,
  trans: ReturnType<typeof useTrans>
): { words: string; title: string }[] {
  const names = (items: ILiveOrder['deleted']): string =>
    trans.__('Names from there: %1', items.flatMap(item => item.names).join(', '));
  return [
    { items: deleted, words: trans.__('⚠ depends on a deleted cell') },
    { items: edited, words: trans.__('⚠ depends on an edited cell') },
    { items: misplaced, words: trans.__('⚠ depends on a cell below') }
  ]
    .filter(({ items }) => items.length > 0)
    .map(({ items, words }) => ({ words, title: names(items) }));
}

function StopButton({ stop }: { stop: () => void }): React.JSX.Element {
  const trans = useTrans();
  const [isStopping, setIsStopping] = React.useState(false);
  React.useEffect(() => {
    const timer = isStopping ? window.setTimeout(() => setIsStopping(false), STOP_MS) : 0;
    return () => window.clearTimeout(timer);
  }, [isStopping]);
  return (
    <Button
      className="jp-mod-small"
      disabled={isStopping}
      title={trans.__('Interrupt the kernel')}
      onClick={() => {
        setIsStopping(true);
        stop();
      }}
    >
      {isStopping ? trans.__('Stopping…') : trans.__('■ Stop')}
    </Button>
  );
}

function Links({ run, previous, order, actions }: Drawn): React.JSX.Element {
  const trans = useTrans();
  if (run.status === 'running') {
    const { stop } = actions;
    return <span className="jp-MlopsLab-chip-links">{stop && <StopButton stop={stop} />}</span>;
  }
  return (
    <span className="jp-MlopsLab-chip-links">
      {order.isEdited && (
        <button
          type="button"
          className="jp-MlopsLab-link"
          title={trans.__('Put the code of this run into a new cell below')}
          onClick={() => actions.restore(run.id)}
        >
          {trans.__('Restore code')}
        </button>
      )}
      {previous && (
        <button
          type="button"
          className="jp-MlopsLab-link"
          title={trans.__('Compare with the previous run of this cell, %1', previous.name)}
          onClick={() => actions.compare([previous.id, run.id])}
        >
          {trans.__('Compare with previous')}
        </button>
      )}
    </span>
  );
}
