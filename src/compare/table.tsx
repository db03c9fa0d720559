/** Owns the table of a comparison: what is compared beside the runs, either way round. */
import * as React from 'react';

import { useTrans } from '../components/hooks';
import {
  BandHead,
  RowHead,
  RunHead,
  ValueCell,
  type IComparedRun,
  type IRunActions
} from './cells';
import { useFoldWords, useGroupWords } from './groupWords';
import type { ITableActions } from './keys';
import { isEnter, onCellKey } from './keys';
import { Matrix, type IMatrix } from './matrix';
import type { ILayout } from './layout';
import type { CompareModel } from './model';
import type { IPlace } from './place';
import type { IRow, Line } from './rows';
import { bestOf, distanceOf, numberOf } from './values';
import { useWidth } from './width';

/** What the table shows, worked out of the model by the page. */
export interface ITable {
  layout: ILayout;
  fileNote: string | undefined;
  /** In the order in which they are shown. */
  runs: readonly IComparedRun[];
  /** Values are in the order of `runs`. */
  rows: readonly IRow[];
  lines: readonly Line[];
  actions: ITableActions;
  /** The row that something outside wants to be seen; `at` makes each wish a new one. */
  wish: { key: string; at: number } | null;
}

const LINE = 26;
const TALL_LINE = 40;
const HEAD = 52;
const GROUP = 34;

const runHeight = (): number => HEAD;

/** Columns from this width on have room for value and distance in one line. */
const WIDE = 230;

const START: IPlace = { line: -1, column: 0 };

/** Drawn anew only when something that it shows has moved. */
export const ComparisonTable = React.memo(function ComparisonTable(
  props: ITable
): React.JSX.Element {
  const { layout, runs, lines, wish } = props;
  const { isTransposed } = layout;
  const [frame, width] = useWidth();
  const [active, setActive] = React.useState(START);
  const all = lines.flatMap(line => (line.kind === 'row' ? line.row : []));
  const bests = React.useMemo(() => bestsOf(props.rows, runs), [props.rows, runs]);
  const sizes = sizesOf(width, isTransposed ? all.length : runs.length);
  const matrix = { ...props, ...sizes, rowsInSight: all, bests };
  const goal = React.useMemo(
    () =>
      wish && {
        line: isTransposed ? -1 : lines.findIndex(line => line.key === wish.key),
        at: wish.at
      },
    // The wish is for the lines as they were when it was made.
    [wish]
  );
  React.useEffect(() => {
    if (goal && goal.line >= 0) {
      setActive({ line: goal.line, column: -1 });
    }
  }, [goal]);
  return (
    <div ref={frame} className={sizes.isWide ? 'jp-mod-wide' : 'jp-mod-narrow'}>
      {isTransposed ? (
        <RunsAsRows {...matrix} active={active} onActive={setActive} />
      ) : (
        <RunsAsColumns {...matrix} active={active} onActive={setActive} goal={goal} />
      )}
    </div>
  );
});

/** The places of the best of each row; what failed or was killed is never the best. */
function bestsOf(
  rows: readonly IRow[],
  runs: readonly IComparedRun[]
): ReadonlyMap<string, ReadonlySet<number>> {
  const cut = new Set(
    runs.flatMap(({ run }, place) =>
      run.summary.status === 'failed' || run.summary.status === 'killed' ? place : []
    )
  );
  return new Map(rows.map(row => [row.key, bestOf(row.values, row.direction, cut)]));
}

interface ISizes {
  headWidth: number;
  columnWidth: number;
  isWide: boolean;
}

/** Few columns share the room; many have the least width and are scrolled. */
function sizesOf(width: number, count: number): ISizes {
  const room = width || 900;
  const headWidth = Math.round(Math.max(130, Math.min(room * 0.26, 260)));
  const share = Math.floor((room - headWidth - 2) / Math.max(count, 1));
  const columnWidth = Math.max(136, Math.min(share, 340));
  return { headWidth, columnWidth, isWide: columnWidth >= WIDE };
}

interface IPartProps extends ITable, ISizes {
  rowsInSight: readonly IRow[];
  bests: ReadonlyMap<string, ReadonlySet<number>>;
  active: IPlace;
  onActive: (place: IPlace) => void;
}

function RunsAsColumns(
  props: IPartProps & { goal: { line: number; at: number } | null }
): React.JSX.Element {
  const trans = useTrans();
  const { runs, lines, actions, layout } = props;
  const base = runs.findIndex(run => run.isBaseline);
  const heightOf = useHeights(lines, props.isWide, base);
  const rowAt = (index: number): IRow | null => {
    const line = lines[index];
    return line?.kind === 'row' ? line.row : null;
  };
  const drawLine = (index: number): React.ReactNode => {
    const line = lines[index];
    return line?.kind === 'row' ? (
      <SortedHead row={line.row} layout={layout} onSort={actions.sort} />
    ) : (
      line && <Band line={line} fileNote={props.fileNote} onToggle={() => actions.toggle(line)} />
    );
  };
  const matrix: IMatrix = {
    ...headings(props),
    label: trans.__('Comparison: what is compared as rows, runs as columns'),
    lines: lines.length,
    columns: runs.length,
    heightOf,
    isBand: index => rowAt(index) === null,
    keyOf: index => lines[index]?.key ?? '',
    classOf: index =>
      [classOf(lines[index], props.wish?.key), heightOf(index) === TALL_LINE && 'jp-mod-tall']
        .filter(Boolean)
        .join(' '),
    drawCorner: () => <Corner />,
    drawColumn: index => drawRun(runs[index], actions),
    drawLine,
    drawCell: (index, column) => drawValue(rowAt(index), column, base, props.bests),
    cellClassOf: (_, column) => runClass(runs[column]),
    sortOf: ({ line, column }) => (column < 0 ? sortOf(rowAt(line), layout) : undefined),
    onKey: ({ line, column }, event) => {
      const item = lines[line];
      if (item && item.kind !== 'row') {
        if (isEnter(event)) {
          actions.toggle(item);
        }
        return isEnter(event);
      }
      return onCellKey(event, actions, rowAt(line), runs[column]?.run.summary, column);
    }
  };
  return <Matrix {...matrix} active={props.active} onActive={props.onActive} goal={props.goal} />;
}

function Band(props: {
  line: Exclude<Line, { kind: 'row' }>;
  fileNote: string | undefined;
  onToggle: () => void;
}): React.JSX.Element {
  const groups = useGroupWords();
  const foldWords = useFoldWords();
  const { line, fileNote, onToggle } = props;
  const { kind, group, count } = line;
  const title = kind === 'group' ? groups[group] : foldWords(group, count);
  const note = kind === 'group' && group === 'files' ? fileNote : undefined;
  return <BandHead line={line} title={title} note={note} onToggle={onToggle} />;
}

function RunsAsRows(props: IPartProps): React.JSX.Element {
  const trans = useTrans();
  const groups = useGroupWords();
  const { runs, rowsInSight: rows, actions, layout } = props;
  const base = runs.findIndex(run => run.isBaseline);
  const matrix: IMatrix = {
    ...headings(props),
    label: trans.__('Comparison: runs as rows, what is compared as columns'),
    lines: runs.length,
    columns: rows.length,
    heightOf: runHeight,
    isBand: () => false,
    keyOf: index => runs[index]?.run.summary.id ?? '',
    classOf: () => 'jp-mod-row',
    drawCorner: () => <Corner />,
    drawColumn: index => {
      const row = rows[index];
      const group = row && groups[row.group];
      return row && <SortedHead row={row} group={group} layout={layout} onSort={actions.sort} />;
    },
    drawLine: index => drawRun(runs[index], actions),
    drawCell: (index, column) => drawValue(rows[column] ?? null, index, base, props.bests),
    cellClassOf: index => runClass(runs[index]),
    sortOf: ({ line, column }) => (line < 0 ? sortOf(rows[column] ?? null, layout) : undefined),
    onKey: ({ line, column }, event) =>
      onCellKey(event, actions, rows[column] ?? null, runs[line]?.run.summary, line)
  };
  return <Matrix {...matrix} active={props.active} onActive={props.onActive} goal={null} />;
}

/** Says what keys do, to those who cannot see it and to those who look. */
function Corner(): React.JSX.Element {
  const trans = useTrans();
  const hint = trans.__(
    'Arrow keys walk. On a run: Enter shows a menu, B makes it the baseline, H leaves it out of the charts, Alt with an arrow key moves it, Delete takes it out. On a row: Enter sorts the runs.'
  );
  return (
    <span className="jp-MlopsLab-note" title={hint}>
      {trans.__('Name')}
      <span className="jp-MlopsLab-hiddenText">{hint}</span>
    </span>
  );
}

function headings({
  headWidth,
  columnWidth
}: IPartProps): Pick<IMatrix, 'headHeight' | 'headWidth' | 'columnWidth'> {
  return { headHeight: HEAD, headWidth, columnWidth };
}

function SortedHead(props: {
  row: IRow;
  group?: string;
  layout: ILayout;
  onSort: (key: string) => void;
}): React.JSX.Element {
  const { row, group, layout, onSort } = props;
  return (
    <RowHead row={row} group={group} sorting={sortOf(row, layout)} onSort={() => onSort(row.key)} />
  );
}

function sortOf(row: IRow | null, layout: ILayout): 'ascending' | 'descending' | undefined {
  const { sorting } = layout;
  if (row === null || sorting?.key !== row.key) {
    return undefined;
  }
  return sorting.isDescending ? 'descending' : 'ascending';
}

function drawRun(run: IComparedRun | undefined, actions: IRunActions): React.ReactNode {
  return run && <RunHead {...run} actions={actions} />;
}

function runClass(run: IComparedRun | undefined): string {
  return run?.isHidden ? 'jp-mod-outOfCharts' : '';
}

function drawValue(
  row: IRow | null,
  place: number,
  base: number,
  bests: IPartProps['bests']
): React.ReactNode {
  const isBest = row !== null && bests.get(row.key)?.has(place) === true;
  return row && <ValueCell row={row} place={place} base={base} isBest={isBest} />;
}

function useHeights(
  lines: readonly Line[],
  isWide: boolean,
  base: number
): (index: number) => number {
  const heights = React.useMemo(
    () => lines.map(line => lineHeight(line, isWide, base)),
    [base, isWide, lines]
  );
  return React.useCallback(index => heights[index] ?? LINE, [heights]);
}

/** A row has a second line where distances find no room in the first. */
function lineHeight(line: Line, isWide: boolean, base: number): number {
  if (line.kind !== 'row') {
    return line.kind === 'group' ? GROUP : LINE;
  }
  const { form, values } = line.row;
  const first = values[base] ?? null;
  const isTall =
    !isWide &&
    numberOf(first) !== null &&
    values.some(value => distanceOf(form, value, first) !== null);
  return isTall ? TALL_LINE : LINE;
}

function classOf(line: Line | undefined, wanted: string | undefined): string {
  if (line?.kind !== 'row') {
    return `jp-mod-${line?.kind ?? 'row'}`;
  }
  const { isEqual, key } = line.row;
  return ['jp-mod-row', isEqual && 'jp-mod-equal', key === wanted && 'jp-mod-wanted']
    .filter(Boolean)
    .join(' ');
}

/** How the reading of files stands, where that is to be said. */
export function useFileNote(model: CompareModel): string | undefined {
  const trans = useTrans();
  const { capturing, captures } = model;
  if (capturing.error) {
    return capturing.error.message;
  }
  const read = model.runs.filter(run => captures.has(run.summary.id)).length;
  if (capturing.isLoading && read < model.runs.length) {
    return trans.__('%1 of %2 runs read', read, model.runs.length);
  }
  const hasFiles = [...captures.values()].some(capture => capture.artifacts.length > 0);
  return capturing.wasAsked && !hasFiles ? trans.__('none') : undefined;
}
