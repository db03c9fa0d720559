/** Owns the windowed list of runs: drawing what is in sight, and selecting by mouse and keyboard. */
import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import * as React from 'react';

import { useNow, useTrans } from '../components/hooks';
import type { RunsModel } from './model';
import { ROW_HEIGHT, rowId, RunRow } from './runRow';
import { extend, move, NOTHING, only, toggle } from './selection';

const AGE_INTERVAL_MS = 20_000;

/** Rows from the end at which the next page is asked for. */
const LOOK_AHEAD = 25;

/** Steps of the keys that move through the list; the ends are further than any list is long. */
const STEPS: Record<string, number> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity
};

interface IListProps {
  model: RunsModel;
  onOpen: (id: string) => void;
}

export function RunList(props: IListProps): React.JSX.Element {
  const { model, onOpen } = props;
  const trans = useTrans();
  const scroller = React.useRef<HTMLDivElement>(null);
  const { rows: all, selection } = model;
  const rows = useVirtualizer({
    count: all.length,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: index => all[index]?.run.id ?? index,
    getScrollElement: () => scroller.current,
    overscan: 12
  });
  const items = rows.getVirtualItems();
  usePaging(model, items.at(-1)?.index ?? 0);
  const isActiveDrawn = items.some(item => all[item.index]?.run.id === selection.active);
  return (
    <div
      ref={scroller}
      className="jp-MlopsLab-runList"
      role="listbox"
      tabIndex={0}
      aria-multiselectable="true"
      aria-label={trans.__('Runs')}
      aria-activedescendant={isActiveDrawn ? rowId(selection.active ?? '') : undefined}
      data-lm-suppress-shortcuts="true"
      onKeyDown={event =>
        onKey(event, model, onOpen, index => rows.scrollToIndex(index, { align: 'auto' }))
      }
    >
      <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
        <Rows {...props} items={items} />
      </div>
    </div>
  );
}

function Rows(props: IListProps & { items: readonly VirtualItem[] }): React.JSX.Element {
  const { model, items, onOpen } = props;
  const now = useNow(AGE_INTERVAL_MS);
  const pick = usePick(model);
  const { rows, selection } = model;
  const selected = new Set(selection.ids);
  const fold = React.useCallback(
    (id: string, isOpen: boolean) => void model.fold(id, isOpen),
    [model]
  );
  return (
    <>
      {items.map(({ index, start }) => {
        const row = rows[index];
        const run = row?.run;
        return (
          run && (
            <RunRow
              key={run.id}
              run={run}
              depth={row.depth}
              isOpen={row.isOpen}
              index={index}
              total={model.total + rows.length - model.runs.length}
              top={start}
              now={now}
              isSelected={selected.has(run.id)}
              isActive={selection.active === run.id}
              onPick={pick}
              onOpen={onOpen}
              onFold={fold}
            />
          )
        );
      })}
    </>
  );
}

/** Asks for the next page when the rows in sight come near the end. */
function usePaging(model: RunsModel, lastInSight: number): void {
  const { hasMore, rows } = model;
  React.useEffect(() => {
    if (hasMore && lastInSight >= rows.length - LOOK_AHEAD) {
      void model.loadMore();
    }
  }, [model, hasMore, lastInSight, rows.length]);
}

function usePick(model: RunsModel): (id: string, how: 'only' | 'toggle' | 'extend') => void {
  return React.useCallback(
    (id, how) => {
      const { selection } = model;
      const rules = {
        only: () => only(id),
        toggle: () => toggle(selection, id),
        extend: () => extend(selection, id, idsOf(model))
      };
      model.select(rules[how]());
    },
    [model]
  );
}

function onKey(
  event: React.KeyboardEvent,
  model: RunsModel,
  open: (id: string) => void,
  reveal: (index: number) => void
): void {
  const { selection } = model;
  const order = idsOf(model);
  const step = STEPS[event.key];
  const isCommand = event.ctrlKey || event.metaKey;
  if (step !== undefined) {
    const next = move(selection, step, order, event.shiftKey);
    model.select(next);
    reveal(Math.max(0, order.indexOf(next.active ?? '')));
  } else if (event.key === ' ' && selection.active !== null) {
    model.select(toggle(selection, selection.active));
  } else if (event.key === 'Enter' && selection.active !== null) {
    open(selection.active);
  } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
    onSideKey(model, event.key === 'ArrowRight', reveal);
  } else if (event.key === 'Escape') {
    model.select(NOTHING);
  } else if (event.key === 'a' && isCommand) {
    model.select({ ...selection, ids: order });
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function idsOf(model: RunsModel): string[] {
  return model.rows.map(({ run }) => run.id);
}

/** Right unfolds; left folds, or goes from a child to its parent. */
function onSideKey(model: RunsModel, isRight: boolean, reveal: (index: number) => void): void {
  const { rows, selection } = model;
  const at = rows.findIndex(({ run }) => run.id === selection.active);
  const row = rows[at];
  if (!row) {
    return;
  }
  if (row.isOpen !== null && row.isOpen !== isRight) {
    void model.fold(row.run.id, isRight);
  } else if (!isRight) {
    const parent = rows.findIndex(({ run }) => run.id === row.run.parent_run_id);
    const id = rows[parent]?.run.id;
    if (id !== undefined) {
      model.select(only(id));
      reveal(parent);
    }
  }
}
