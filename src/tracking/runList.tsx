/** Owns the windowed list of runs: drawing what is in sight, as lines or as a table, and its keys. */
import { useVirtualizer, type VirtualItem, type Virtualizer } from '@tanstack/react-virtual';
import * as React from 'react';

import { formatCount } from '../components/format';
import { useNow, useTrans } from '../components/hooks';
import { DEFAULT_COLUMNS, heightBelow, rowWidth, valuesBelow } from './columns';
import type { Desk } from './desk';
import { watchDrag } from './drag';
import { Editor } from './editors';
import { takeFocus } from './focus';
import { GROUP_HEIGHT, GroupRow, WaitRow } from './groupRow';
import { useKeys } from './keys';
import type { IRow, Layout } from './layout';
import { nextOrder } from './listView';
import type { RunsModel } from './model';
import type { Density, Preferences } from './preferences';
import { ROW_HEIGHTS, rowId, RunRow } from './runRow';
import { Sign } from './signs';
import type { IRowActions } from './rowProps';
import { HEAD_HEIGHT, TABLE_HEIGHTS, TableHead, TableRow } from './tableRow';
import { Walker } from './walk';
import type { IRunTools } from './runTools';

const AGE_INTERVAL_MS = 20_000;

/** Width in pixels from which the list is a table, and from which it can be one of chosen columns. */
const WIDE = 640;
const ROOM_FOR_COLUMNS = 300;

const NONE: readonly string[] = [];

export interface IListProps {
  model: RunsModel;
  desk: Desk;
  preferences: Preferences;
  tools: IRunTools;
}

/** How the rows are drawn now. */
interface IForm {
  /** Columns of the table; null for the list. */
  columns: readonly string[] | null;
  /** Columns of which the rows of the list show the values. */
  below: readonly string[];
  density: Density;
  height: number;
}

export function RunList(props: IListProps): React.JSX.Element {
  const { model, desk, preferences } = props;
  const trans = useTrans();
  const scroller = React.useRef<HTMLDivElement>(null);
  const form = useForm(scroller, preferences);
  const { layout } = model;
  useCalls(desk, scroller);
  const rows = useWindow(layout, form, scroller);
  const walker = React.useMemo(() => new Walker(model), [model]);
  const reveal = (index: number): void => rows.scrollToIndex(index, { align: 'auto' });
  const keys = useKeys({ ...props, walker, reveal, page: pageOf(scroller.current, form.height) });
  useSight(model, rows.range, scroller.current, form.height);
  const active = walker.index;
  const items = rows.getVirtualItems();
  const isInRow = isRenamed(layout.rowAt(active), desk);
  React.useEffect(() => {
    if (isInRow) {
      rows.scrollToIndex(active, { align: 'auto' });
    }
  }, [rows, isInRow, active]);
  return (
    <div className="jp-MlopsLab-runListFrame">
      <NewAbove model={model} onClick={() => scroller.current?.scrollTo({ top: 0 })} />
      <div
        ref={scroller}
        className="jp-MlopsLab-runList"
        role={form.columns ? 'treegrid' : 'tree'}
        tabIndex={0}
        aria-multiselectable="true"
        aria-label={trans.__('Runs')}
        aria-rowcount={form.columns ? layout.length + 1 : undefined}
        aria-activedescendant={
          items.some(item => item.index === active) ? rowId(active) : undefined
        }
        onKeyDown={keys}
      >
        <Sheet {...props} {...{ items, form, walker, active }} height={rows.getTotalSize()} />
      </div>
      <Editor
        {...props}
        isInRow={isInRow}
        top={topOf(items, active, form.height) - (scroller.current?.scrollTop ?? 0)}
        onEnd={() => {
          desk.edit(null);
          scroller.current?.focus();
        }}
      />
    </div>
  );
}

/** All rows, of which those in sight are drawn, with the headings of a table. */
function Sheet(props: IRowsProps & { height: number }): React.JSX.Element {
  const { preferences, tools, form } = props;
  return (
    <div
      role="presentation"
      className="jp-MlopsLab-runList-rows"
      style={{
        height: props.height,
        minWidth: form.columns ? rowWidth(form.columns) : undefined
      }}
    >
      {form.columns && (
        <TableHead
          columns={form.columns}
          order={preferences.list.order}
          onSort={column => tools.sort(nextOrder(preferences.list.order, column))}
        />
      )}
      <Rows {...props} />
    </div>
  );
}

/** The list takes the focus when it is called. */
function useCalls(desk: Desk, scroller: React.RefObject<HTMLDivElement | null>): void {
  React.useEffect(() => {
    if (desk.takeListCall()) {
      takeFocus(scroller.current);
    }
  }, [desk, scroller, desk.version]);
}

/** Which rows are in sight. */
function useWindow(
  layout: Layout,
  form: IForm,
  scroller: React.RefObject<HTMLDivElement | null>
): Virtualizer<HTMLDivElement, Element> {
  const head = form.columns ? HEAD_HEIGHT : 0;
  const rows = useVirtualizer({
    count: layout.length,
    estimateSize: index => (layout.heads.has(index) ? GROUP_HEIGHT : form.height),
    getScrollElement: () => scroller.current,
    paddingStart: head,
    scrollPaddingStart: head,
    overscan: 8
  });
  const heads = [...layout.heads].join();
  React.useLayoutEffect(() => rows.measure(), [rows, form.height, heads]);
  return rows;
}

/** Whether the name that stands in this row is being changed. */
function isRenamed(row: IRow | undefined, { editing }: Desk): boolean {
  return row?.kind === 'run' && editing?.kind === 'name' && editing.ids[0] === row.run.id;
}

/** Where an editor stands: below the active row, or below the first one in sight. */
function topOf(items: readonly VirtualItem[], active: number, height: number): number {
  const item = items.find(({ index }) => index === active) ?? items[0];
  return (item?.start ?? 0) + height;
}

function pageOf(scroller: HTMLElement | null, height: number): number {
  return Math.max(1, Math.floor((scroller?.clientHeight ?? 0) / height) - 1);
}

/** A wide list is a table, as is one whose columns were chosen. */
function useForm(
  scroller: React.RefObject<HTMLDivElement | null>,
  preferences: Preferences
): IForm {
  const [width, setWidth] = React.useState(ROOM_FOR_COLUMNS);
  React.useLayoutEffect(() => {
    const node = scroller.current;
    if (!node || typeof ResizeObserver === 'undefined') {
      return undefined;
    }
    const observer = new ResizeObserver(() => setWidth(node.clientWidth));
    observer.observe(node);
    return () => observer.disconnect();
  }, [scroller]);
  const { density } = preferences.list;
  const chosen = preferences.columns;
  const isNarrow = width < ROOM_FOR_COLUMNS;
  const below = React.useMemo(() => (isNarrow ? valuesBelow(chosen) : NONE), [isNarrow, chosen]);
  if (width >= WIDE || (chosen.length > 0 && !isNarrow)) {
    const columns = chosen.length > 0 ? chosen : DEFAULT_COLUMNS;
    return { columns, below: NONE, density, height: TABLE_HEIGHTS[density] };
  }
  return { columns: null, below, density, height: ROW_HEIGHTS[density] + heightBelow(below) };
}

/** Tells the model what is in sight, and keeps it there when rows come in above it. */
function useSight(
  model: RunsModel,
  range: { startIndex: number; endIndex: number } | null,
  scroller: HTMLDivElement | null,
  height: number
): void {
  React.useLayoutEffect(() => {
    const shift = model.takeShift();
    if (shift !== 0 && scroller) {
      scroller.scrollTop += shift * height;
    }
  });
  const first = range?.startIndex ?? 0;
  const last = range?.endIndex ?? 0;
  React.useEffect(() => model.look(first, last), [model, first, last]);
}

function NewAbove(props: { model: RunsModel; onClick: () => void }): React.JSX.Element | null {
  const trans = useTrans();
  const count = props.model.newAbove;
  return count === 0 ? null : (
    <button type="button" className="jp-MlopsLab-newAbove" onClick={props.onClick}>
      <Sign name="up" />
      {trans._n('%2 new run', '%2 new runs', count, formatCount(count))}
    </button>
  );
}

interface IRowsProps extends IListProps {
  items: readonly VirtualItem[];
  form: IForm;
  walker: Walker;
  active: number;
}

function Rows(props: IRowsProps): React.JSX.Element {
  const { model, desk, preferences, items, form, active } = props;
  const now = useNow(AGE_INTERVAL_MS);
  const actions = useActions(props);
  const { layout, selection, glances } = model;
  const selected = new Set(selection.ids);
  const pinned = new Set(preferences.pins);
  const drawOther = (row: IRow | undefined, index: number, top: number): React.JSX.Element =>
    row?.kind === 'group' ? (
      <GroupRow
        key={index}
        {...{ row, index, top }}
        isTable={form.columns !== null}
        isActive={index === active}
        experiment={model.shown.shelf === 'runs' ? glances.experiment(row.group.value ?? '') : null}
        onFold={(group, isOpen) => model.foldGroup(group, isOpen)}
        onStand={at => void props.walker.reach(at, 'only')}
      />
    ) : (
      <WaitRow key={index} {...{ index, top }} height={form.height} />
    );
  const draw = ({ index, start: top }: VirtualItem): React.JSX.Element => {
    const row = layout.rowAt(index);
    if (row?.kind !== 'run') {
      return drawOther(row, index, top);
    }
    const { run, values, depth, isOpen } = row;
    const shared = { run, values, depth, isOpen, index, top, now, actions };
    const of = {
      ...shared,
      total: layout.length,
      density: form.density,
      isSelected: selected.has(run.id),
      isActive: index === active,
      isPinned: pinned.has(run.id),
      isRenaming: index === active && isRenamed(row, desk),
      glance: glances.of(run.id),
      experiment: glances.experiment(run.experiment)
    };
    const { columns } = form;
    return columns ? (
      <TableRow key={index} {...of} columns={columns} />
    ) : (
      <RunRow key={index} {...of} below={form.below} height={form.height} />
    );
  };
  return <>{items.map(draw)}</>;
}

/** What rows call; the same functions for as long as the list is open. */
function useActions({ model, desk, walker, tools }: IRowsProps): IRowActions {
  return React.useMemo(
    () => ({
      pick: (index, how) => void walker.reach(index, how),
      open: tools.open,
      fold: (id, isOpen) => model.fold(id, isOpen),
      rename: (id, name, isByKey) => {
        desk.edit(null);
        if (isByKey) {
          desk.callList();
        }
        if (name !== null) {
          tools.rename(id, name);
        }
      },
      showNote: id => desk.edit({ kind: 'note', ids: [id] }),
      unpin: id => tools.pin([id], false),
      // At once: a press may be over before anything else is loaded.
      drag: (run, { nativeEvent }) => watchDrag(tools.client, run, nativeEvent)
    }),
    [model, desk, walker, tools]
  );
}
