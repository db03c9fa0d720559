/** Owns one row of the list of runs: one to three lines that stay readable at 300 pixels. */
import * as React from 'react';

import type { RunSummary } from '../api/types';
import { baseName, formatNumber, formatTime } from '../components/format';
import { useTrans } from '../components/hooks';
import { Sparkline } from '../components/sparkline';
import { StatusIcon } from '../components/status';
import { cellOf, heightBelow, titleOf } from './columns';
import type { Density } from './preferences';
import type { IRowProps } from './rowProps';
import { Flags, Gap, Odd, RunAge, RunName, TagList } from './rowParts';
import { Sign } from './signs';

/** Height of every row in pixels; the list is windowed, so that it must be known. */
export const ROW_HEIGHTS: Record<Density, number> = { compact: 26, normal: 46, roomy: 70 };

/** The id of the element of a row, by which the list names its active one. */
export function rowId(index: number): string {
  return `jp-MlopsLab-row-${index}`;
}

/** Pixels by which a child stands further in; deeper ones stand no further than this often. */
const INDENT = 14;
const MAX_DEPTH = 4;

interface IRunRowProps extends IRowProps {
  /** Columns of which the values stand below what every row says. */
  below: readonly string[];
  height: number;
}

export const RunRow = React.memo(function RunRow(props: IRunRowProps): React.JSX.Element {
  const { run, density, depth, top, below, height } = props;
  return (
    <div
      {...frameOf(props, 'treeitem')}
      className={`${classOf(props)} jp-mod-list jp-mod-${density}`}
      style={{
        transform: `translateY(${top}px)`,
        height,
        paddingLeft: 8 + INDENT * Math.min(depth, MAX_DEPTH)
      }}
    >
      <Mark {...props} />
      <span className="jp-MlopsLab-runRow-first">
        <RunName {...props} />
        <Flags {...props} />
        <Metric {...props} />
        {density === 'compact' && <RunAge run={run} now={props.now} />}
      </span>
      {density !== 'compact' && <Second {...props} />}
      {density === 'roomy' && <Third {...props} />}
      {below.length > 0 && <Below {...props} />}
    </div>
  );
});

/** What every row has, whatever it looks like. */
export function frameOf(
  props: IRowProps,
  role: 'treeitem' | 'row'
): React.HTMLAttributes<HTMLDivElement> & { 'data-run-id': string } {
  const { run, index, actions, isSelected, isOpen, depth } = props;
  return {
    id: rowId(index),
    role,
    'aria-selected': isSelected,
    'aria-level': depth + 1,
    'aria-expanded': isOpen ?? undefined,
    ...(role === 'row'
      ? { 'aria-rowindex': index + 2 }
      : { 'aria-posinset': index + 1, 'aria-setsize': props.total }),
    'data-run-id': run.id,
    onClick: event => {
      const isToggle = event.ctrlKey || event.metaKey;
      actions.pick(index, event.shiftKey ? 'extend' : isToggle ? 'toggle' : 'only');
    },
    onDoubleClick: () => actions.open(run.id),
    onContextMenu: () => isSelected || actions.pick(index, 'only'),
    onPointerDown: event => actions.drag(run, event)
  };
}

export function classOf({ isSelected, isActive, run }: IRowProps): string {
  const classes = [
    'jp-MlopsLab-runRow',
    isSelected && 'jp-mod-selected',
    isActive && 'jp-mod-active',
    run.archived && 'jp-mod-archived'
  ];
  return classes.filter(Boolean).join(' ');
}

/** The status; a check box in its place where the row is selected or pointed at. */
export function Mark({ run, index, isSelected, actions }: IRowProps): React.JSX.Element {
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
          actions.pick(index, event.shiftKey ? 'extend' : 'toggle');
        }}
        onDoubleClick={event => event.stopPropagation()}
      />
    </span>
  );
}

/** The primary metric with its name, or why there is none. */
export function Metric({ run, density, experiment }: IRowProps): React.JSX.Element {
  const metric = run.primary_metric;
  if (metric) {
    return (
      <span className="jp-MlopsLab-runRow-metric" title={`${metric.name} = ${metric.last}`}>
        <span className="jp-MlopsLab-runRow-metricName">{metric.name}</span>
        <span className="jp-MlopsLab-number">{formatNumber(metric.last)}</span>
        {density === 'compact' && <Gap run={run} experiment={experiment} isShort />}
      </span>
    );
  }
  return (
    <span className="jp-MlopsLab-runRow-metric jp-mod-error" title={run.error_name ?? undefined}>
      {run.error_name}
    </span>
  );
}

function Second(props: IRowProps): React.JSX.Element {
  const { run, glance, density, experiment, now } = props;
  const hasTags = density === 'normal' && run.job === null && (glance?.tags.length ?? 0) > 0;
  return (
    <span className="jp-MlopsLab-runRow-second">
      <span className="jp-MlopsLab-runRow-place">
        <Children {...props} />
        <Odd run={run} />
        {(run.notebook_path !== null || !hasTags) && <Place run={run} />}
        {density === 'normal' && (
          <TagList tags={glance?.tags ?? []} most={run.notebook_path === null ? 2 : 1} isShort />
        )}
      </span>
      <Gap
        run={run}
        experiment={experiment}
        isShort={density === 'normal' || props.isOpen !== null}
      />
      {density === 'normal' && glance?.sparkline && <Sparkline series={glance.sparkline} />}
      <RunAge run={run} now={now} />
    </span>
  );
}

function Third({ glance, run }: IRowProps): React.JSX.Element {
  const trans = useTrans();
  const tags = glance?.tags ?? [];
  return (
    <span className="jp-MlopsLab-runRow-third">
      {tags.length > 0 ? (
        <TagList tags={tags} most={8} />
      ) : (
        <span className="jp-MlopsLab-runRow-place" title={formatTime(run.started_at)}>
          {trans.__('%1 by %2', run.experiment, run.user)}
        </span>
      )}
      {glance?.sparkline && <Sparkline series={glance.sparkline} />}
    </span>
  );
}

/** The values of the chosen columns, each whole; those for which there is no room are left out. */
function Below({ run, values, below }: IRunRowProps): React.JSX.Element {
  const trans = useTrans();
  const shown = below.map(column => ({
    column,
    name: titleOf(column, trans),
    ...cellOf(run, values, column, trans)
  }));
  return (
    <span className="jp-MlopsLab-runRow-below" style={{ height: heightBelow(below) - 3 }}>
      {shown
        .filter(({ text }) => text !== '')
        .map(({ column, name, text, title }) => (
          <span key={column} title={`${name}: ${title}`}>
            <span className="jp-MlopsLab-runRow-metricName">{name}</span>
            <span className="jp-MlopsLab-number">{text}</span>
          </span>
        ))}
    </span>
  );
}

/** How many children there are, and the way to see them. */
export function Children(props: IRowProps & { isShort?: boolean }): React.JSX.Element | null {
  const { run, isOpen, actions, isShort } = props;
  const trans = useTrans();
  const words = trans._n('%1 child', '%1 children', run.children, run.children);
  return isOpen === null ? null : (
    <button
      type="button"
      tabIndex={-1}
      className="jp-MlopsLab-badge jp-MlopsLab-runRow-children"
      aria-expanded={isOpen}
      aria-label={words}
      title={isOpen ? trans.__('Hide the child runs') : trans.__('Show the child runs')}
      onClick={event => {
        event.stopPropagation();
        actions.fold(run.id, !isOpen);
      }}
      onDoubleClick={event => event.stopPropagation()}
    >
      <Sign name={isOpen ? 'unfolded' : 'folded'} />
      {isShort ? run.children : words}
    </button>
  );
}

export function Place({ run }: { run: RunSummary }): React.JSX.Element {
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
