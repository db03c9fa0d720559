/** Owns one row of the list of runs: two lines that stay readable at 300 pixels. */
import * as React from 'react';

import type { RunSummary } from '../api/types';
import { baseName, formatAge, formatNumber, formatTime } from '../components/format';
import { useTrans } from '../components/hooks';
import { StatusIcon } from '../components/status';

/** Height of a row in pixels; the list is windowed, so that it must be known. */
export const ROW_HEIGHT = 48;

/** The id of the element of a row, by which the list names its active one. */
export function rowId(runId: string): string {
  return `jp-MlopsLab-run-${runId}`;
}

export interface IRowProps {
  run: RunSummary;
  depth: number;
  /** Whether its children are shown; null where it has none. */
  isOpen: boolean | null;
  index: number;
  total: number;
  top: number;
  now: number;
  isSelected: boolean;
  isActive: boolean;
  onPick: (id: string, how: 'only' | 'toggle' | 'extend') => void;
  onOpen: (id: string) => void;
  onFold: (id: string, isOpen: boolean) => void;
}

/** Pixels by which a child stands further in; deeper ones stand no further than this often. */
const INDENT = 14;
const MAX_DEPTH = 4;

export const RunRow = React.memo(function RunRow(props: IRowProps): React.JSX.Element {
  const { run, isSelected, isActive } = props;
  const trans = useTrans();
  const pick = (event: React.MouseEvent): void => {
    if (event.shiftKey) {
      props.onPick(run.id, 'extend');
    } else {
      props.onPick(run.id, event.ctrlKey || event.metaKey ? 'toggle' : 'only');
    }
  };
  const classes = [
    'jp-MlopsLab-runRow',
    isSelected && 'jp-mod-selected',
    isActive && 'jp-mod-active'
  ];
  return (
    <div
      id={rowId(run.id)}
      className={classes.filter(Boolean).join(' ')}
      role="option"
      aria-selected={isSelected}
      aria-posinset={props.index + 1}
      aria-setsize={props.total}
      data-run-id={run.id}
      style={{
        transform: `translateY(${props.top}px)`,
        height: ROW_HEIGHT,
        paddingLeft: 8 + INDENT * Math.min(props.depth, MAX_DEPTH)
      }}
      onClick={pick}
      onDoubleClick={() => props.onOpen(run.id)}
      onContextMenu={() => isSelected || props.onPick(run.id, 'only')}
    >
      <Mark {...props} />
      <span className="jp-MlopsLab-runRow-name" title={run.name}>
        {run.name}
      </span>
      <Metric run={run} />
      <span className="jp-MlopsLab-runRow-place">
        <Children {...props} />
        <Oddities run={run} />
        <Place run={run} />
      </span>
      <span className="jp-MlopsLab-runRow-age" title={formatTime(run.started_at)}>
        {formatAge(run.started_at, props.now, trans)}
      </span>
    </div>
  );
});

/** The status; a check box in its place where the row is selected or pointed at. */
function Mark({ run, isSelected, onPick }: IRowProps): React.JSX.Element {
  const trans = useTrans();
  return (
    <span className="jp-MlopsLab-runRow-mark">
      <StatusIcon status={run.status} />
      <input
        type="checkbox"
        tabIndex={-1}
        checked={isSelected}
        readOnly
        aria-label={trans.__('Select %1', run.name)}
        onClick={event => {
          event.stopPropagation();
          onPick(run.id, event.shiftKey ? 'extend' : 'toggle');
        }}
      />
    </span>
  );
}

function Metric({ run }: { run: RunSummary }): React.JSX.Element {
  const metric = run.primary_metric;
  if (metric) {
    return (
      <span className="jp-MlopsLab-runRow-metric" title={`${metric.name} = ${metric.last}`}>
        <span className="jp-MlopsLab-runRow-metricName">{metric.name}</span>
        <span className="jp-MlopsLab-number">{formatNumber(metric.last)}</span>
      </span>
    );
  }
  return (
    <span className="jp-MlopsLab-runRow-metric jp-mod-error" title={run.error_name ?? undefined}>
      {run.error_name}
    </span>
  );
}

/** How many children there are, and the way to see them. */
function Children({ run, isOpen, onFold }: IRowProps): React.JSX.Element | null {
  const trans = useTrans();
  return isOpen === null ? null : (
    <button
      type="button"
      tabIndex={-1}
      className="jp-MlopsLab-badge"
      aria-expanded={isOpen}
      title={isOpen ? trans.__('Hide the child runs') : trans.__('Show the child runs')}
      onClick={event => {
        event.stopPropagation();
        onFold(run.id, !isOpen);
      }}
      onDoubleClick={event => event.stopPropagation()}
    >
      <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>{' '}
      {trans._n('%1 child', '%1 children', run.children, run.children)}
    </button>
  );
}

/** Signs of what is odd about a run; its page says more. */
function Oddities({ run }: { run: RunSummary }): React.JSX.Element {
  const trans = useTrans();
  const order = trans.__('The notebook run from top to bottom may not give this result');
  const same = trans.__('Same code, data and parameters as an earlier run');
  return (
    <>
      {run.has_order_problems && (
        <span className="jp-MlopsLab-runRow-odd" role="img" aria-label={order} title={order}>
          ⚠
        </span>
      )}
      {run.same_as && (
        <span className="jp-MlopsLab-runRow-odd" role="img" aria-label={same} title={same}>
          =
        </span>
      )}
    </>
  );
}

function Place({ run }: { run: RunSummary }): React.JSX.Element {
  const trans = useTrans();
  const path = run.notebook_path ?? '';
  if (run.job) {
    const { definition_name: name, revision } = run.job;
    return (
      <span title={trans.__('Run of the job %1', name)}>
        <span className="jp-MlopsLab-badge">{trans.__('job')}</span>
        {trans.__('%1, revision %2', name, revision)}
      </span>
    );
  }
  return <span title={path}>{path ? baseName(path) : trans.__('no notebook')}</span>;
}
