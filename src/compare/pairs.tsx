/** Owns the list of runs that differ from the baseline in something, each with what differs. */
import * as React from 'react';

import { useTrans } from '../components/hooks';
import type { IComparedRun } from './cells';

/** Runs that are listed at once. */
const STEP = 20;

/** Runs whose differences are shown open when there are no more than these. */
const OPEN = 3;

export interface IPairItem {
  run: IComparedRun;
  /** What differs, in short. */
  summary: string;
  draw: () => React.ReactNode;
}

/** A folded part for each run that differs; the runs that do not differ are told in one line. */
export function PairList(props: {
  items: readonly IPairItem[];
  /** Says that nothing differs, in these runs. */
  same: string;
}): React.JSX.Element {
  const trans = useTrans();
  const { items, same } = props;
  const [limit, setLimit] = React.useState(STEP);
  return (
    <>
      {items.slice(0, limit).map(item => (
        <Pair key={item.run.run.summary.id} item={item} isOpen={items.length <= OPEN} />
      ))}
      {items.length > limit && (
        <button type="button" className="jp-MlopsLab-link" onClick={() => setLimit(limit + STEP)}>
          {trans.__('Show more of %1 runs', items.length)}
        </button>
      )}
      {same && <p className="jp-MlopsLab-note">{same}</p>}
    </>
  );
}

function Pair({ item, isOpen }: { item: IPairItem; isOpen: boolean }): React.JSX.Element {
  const [wasOpen, setWasOpen] = React.useState(isOpen);
  return (
    <details
      className="jp-MlopsLab-pair"
      open={isOpen}
      onToggle={event => event.currentTarget.open && setWasOpen(true)}
    >
      <summary>
        <strong>{item.run.label}</strong>
        <span className="jp-MlopsLab-note">{item.summary}</span>
      </summary>
      {wasOpen && item.draw()}
    </details>
  );
}

/** The names of some runs; of many, the first and how many more. */
export function useNames(): (runs: readonly IComparedRun[]) => string {
  const trans = useTrans();
  return runs => {
    const names = runs.slice(0, 5).map(run => run.label);
    const more = runs.length - names.length;
    return more > 0 ? trans.__('%1 and %2 more', names.join(', '), more) : names.join(', ');
  };
}
