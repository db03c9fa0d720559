/** Owns the rows of the list that are no runs: headings of groups, and runs that are on their way. */
import * as React from 'react';

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Experiment } from '../api/types';
import { baseName, formatCount, formatNumber } from '../components/format';
import { useTrans } from '../components/hooks';
import type { IGroup, IRow } from './layout';
import { rowId } from './runRow';
import { Sign } from './signs';

/** Height of the heading of a group in pixels. */
export const GROUP_HEIGHT = 28;

type GroupOfRow = Extract<IRow, { kind: 'group' }>;

interface IGroupProps {
  row: GroupOfRow;
  index: number;
  top: number;
  isActive: boolean;
  isTable: boolean;
  experiment: Experiment | null;
  onFold: (group: IGroup, isOpen: boolean) => void;
  onStand: (index: number) => void;
}

/** The words above a group. */
export function groupTitle({ kind, value }: IGroup, trans: TranslationBundle): string {
  switch (kind) {
    case 'pins':
      return trans.__('Pinned');
    case 'rest':
      return trans.__('All runs');
    case 'experiment':
      return value ?? trans.__('No experiment');
    case 'notebook':
      return value === null ? trans.__('No notebook') : baseName(value);
  }
}

export function GroupRow(props: IGroupProps): React.JSX.Element {
  const trans = useTrans();
  const { row, index, isActive, isTable, experiment } = props;
  const { group, isOpen } = row;
  const content = (
    <span className="jp-MlopsLab-groupRow-content" role={isTable ? 'rowheader' : undefined}>
      <Sign name={isOpen ? 'unfolded' : 'folded'} />
      <span className="jp-MlopsLab-groupRow-title" title={group.value ?? undefined}>
        {groupTitle(group, trans)}
      </span>
      <Count row={row} />
      {experiment?.primary_metric && experiment.best !== null && (
        <span className="jp-MlopsLab-groupRow-best jp-MlopsLab-number">
          {trans.__('best %1 %2', experiment.primary_metric, formatNumber(experiment.best))}
        </span>
      )}
    </span>
  );
  return (
    <div
      id={rowId(index)}
      role={isTable ? 'row' : 'treeitem'}
      aria-level={1}
      aria-expanded={isOpen}
      aria-selected={false}
      aria-rowindex={isTable ? index + 2 : undefined}
      className={`jp-MlopsLab-groupRow ${isActive ? 'jp-mod-active' : ''}`}
      data-group={group.key}
      style={{ transform: `translateY(${props.top}px)`, height: GROUP_HEIGHT }}
      onClick={() => {
        props.onStand(index);
        props.onFold(group, !isOpen);
      }}
    >
      {content}
    </div>
  );
}

function Count({ row }: { row: GroupOfRow }): React.JSX.Element | null {
  const trans = useTrans();
  const { count, isExact } = row;
  if (count === null) {
    return null;
  }
  const number = formatCount(count);
  return (
    <span className="jp-MlopsLab-badge" title={trans._n('%2 run', '%2 runs', count, number)}>
      {isExact ? number : trans.__('%1+', number)}
    </span>
  );
}

/** Room for a run that is on its way. */
export function WaitRow(props: { index: number; top: number; height: number }): React.JSX.Element {
  return (
    <div
      className="jp-MlopsLab-waitRow"
      aria-hidden="true"
      style={{ transform: `translateY(${props.top}px)`, height: props.height }}
    >
      <span />
      {props.height > 32 && <span />}
    </div>
  );
}
