/** Owns the matrix: lines and columns of any number, windowed both ways, walked through by arrow keys. */
import * as React from 'react';

import { step, type IPlace } from './place';
import { align, seeLine } from './seeing';
import { useSpan, type ISpan } from './span';

/** What is drawn for each place; line and column -1 are the headings. */
export interface IMatrix {
  label: string;
  lines: number;
  columns: number;
  headWidth: number;
  headHeight: number;
  columnWidth: number;
  heightOf: (line: number) => number;
  /** Lines that have one cell across all columns. */
  isBand: (line: number) => boolean;
  keyOf: (line: number) => string;
  classOf: (line: number) => string;
  drawCorner: () => React.ReactNode;
  drawColumn: (column: number) => React.ReactNode;
  drawLine: (line: number) => React.ReactNode;
  drawCell: (line: number, column: number) => React.ReactNode;
  /** How the cell looks besides; said of every cell of a run alike. */
  cellClassOf: (line: number, column: number) => string;
  /** Which way the runs or rows stand sorted by this heading. */
  sortOf: (place: IPlace) => 'ascending' | 'descending' | undefined;
  /** A key was pressed at a place; tells whether it meant something there. */
  onKey: (place: IPlace, event: React.KeyboardEvent) => boolean;
}

interface IMatrixProps extends IMatrix {
  active: IPlace;
  onActive: (place: IPlace) => void;
  /** What is walked to with each change of this. */
  goal: { line: number; at: number } | null;
}

/** Up to so many lines are drawn whole, and the page scrolls them; more have a room that scrolls. */
const MOST_WHOLE = 80;

/** What a bar for scrolling up and down may take of the width of the lines, in pixels. */
const BAR = 20;

/** A grid that reads as one: the container has the focus and names the active cell. */
export function Matrix(props: IMatrixProps): React.JSX.Element {
  const { columnWidth, goal, headWidth, onActive } = props;
  const widthOf = React.useCallback(() => columnWidth, [columnWidth]);
  const scroller = React.useRef<HTMLDivElement>(null);
  const id = React.useId();
  const isWhole = props.lines <= MOST_WHOLE;
  const lines = useSpan({ count: props.lines, few: MOST_WHOLE, sizeOf: props.heightOf, scroller });
  const columns = useSpan({
    count: props.columns,
    sizeOf: widthOf,
    padding: headWidth,
    isHorizontal: true,
    scroller
  });
  const show = (line: number): void => {
    lines.scrollTo(Math.max(line, 0));
    seeLine(scroller.current, line);
  };
  useGoal(goal, show);
  const walk = (to: IPlace): void => {
    onActive(to);
    show(to.line);
    columns.scrollTo(Math.max(to.column, 0));
  };
  const drawn = { matrix: props, id, active: drawnPlace(props), columns };
  return (
    <div
      className="jp-MlopsLab-matrix"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={props.lines + 1}
      aria-colcount={props.columns + 1}
      aria-activedescendant={
        isInSight(drawn.active, lines, columns) ? idOf(id, drawn.active) : undefined
      }
      data-lm-suppress-shortcuts="true"
      onKeyDown={event => onKeyDown(event, props, walk)}
      onMouseDown={event => {
        const place = placeOf(event.target as HTMLElement);
        if (place) {
          onActive(place);
        }
      }}
    >
      <Rooms {...drawn} lines={lines} isWhole={isWhole} scroller={scroller} />
    </div>
  );
}

/** Whether the cell is in the document: headings always are. */
function isInSight({ line, column }: IPlace, lines: ISpan, columns: ISpan): boolean {
  const has = ({ pieces }: ISpan, at: number): boolean => pieces.some(({ index }) => index === at);
  return (line < 0 || has(lines, line)) && (column < 0 || has(columns, column));
}

/** The headings, and below them the lines; both are scrolled sideways together. */
function Rooms(
  props: IAround & { lines: ISpan; isWhole: boolean; scroller: React.RefObject<HTMLDivElement> }
): React.JSX.Element {
  const { columns, isWhole, scroller } = props;
  const heads = React.useRef<HTMLDivElement>(null);
  return (
    <>
      <div
        ref={heads}
        role="presentation"
        className="jp-MlopsLab-matrix-top"
        onScroll={() => align(heads.current, scroller.current)}
      >
        <HeadLine {...props} width={columns.total + (isWhole ? 0 : BAR)} />
      </div>
      <div
        ref={scroller}
        role="presentation"
        className={`jp-MlopsLab-matrix-body ${isWhole ? '' : 'jp-mod-windowed'}`}
        onScroll={() => align(scroller.current, heads.current)}
      >
        <Inner {...props} />
      </div>
    </>
  );
}

/** A band has one cell, in whichever column one walks through it. */
function drawnPlace({ active, isBand, lines, columns }: IMatrixProps): IPlace {
  const line = Math.min(active.line, lines - 1);
  const isOne = line >= 0 && isBand(line);
  return { line, column: isOne ? -1 : Math.min(active.column, columns - 1) };
}

/** A line as it is drawn; the same as before while its columns in sight stay the same. */
interface IDrawn {
  matrix: IMatrix;
  id: string;
  /** The first column in sight, and the one behind the last. */
  from: number;
  to: number;
  /** The column of the active cell, if it is in this line. */
  active: number | null;
}

interface IAround {
  matrix: IMatrixProps;
  id: string;
  active: IPlace;
  columns: ISpan;
}

function drawnIn({ matrix, id, columns }: IAround): Omit<IDrawn, 'active'> {
  const from = columns.pieces[0]?.index ?? 0;
  const to = (columns.pieces.at(-1)?.index ?? -1) + 1;
  return { matrix, id, from, to };
}

function HeadLine(props: IAround & { width: number }): React.JSX.Element {
  const { active, width } = props;
  return (
    <div role="presentation" style={{ width }}>
      <Heads {...drawnIn(props)} active={active.line === -1 ? active.column : null} />
    </div>
  );
}

function Inner(props: IAround & { lines: ISpan }): React.JSX.Element {
  const { matrix, active, lines, columns } = props;
  const drawn = drawnIn(props);
  return (
    <div
      role="presentation"
      className="jp-MlopsLab-matrix-inner"
      style={{ width: columns.total, height: lines.total }}
    >
      {lines.pieces.map(({ index, start, size }) => (
        <OneLine
          key={matrix.keyOf(index)}
          {...drawn}
          line={index}
          start={start}
          size={size}
          active={active.line === index ? active.column : null}
        />
      ))}
    </div>
  );
}

/** The headings of the columns, which stay in sight. */
const Heads = React.memo(function Heads(props: IDrawn): React.JSX.Element {
  const { matrix } = props;
  const cell = { ...props, line: -1, role: 'columnheader' } as const;
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="jp-MlopsLab-matrix-heads"
      style={{ height: matrix.headHeight }}
    >
      <Cell {...cell} column={-1} width={matrix.headWidth}>
        {matrix.drawCorner()}
      </Cell>
      <Room {...props} />
      {columnsOf(props).map(column => (
        <Cell {...cell} key={column} column={column} width={matrix.columnWidth}>
          {matrix.drawColumn(column)}
        </Cell>
      ))}
    </div>
  );
});

/** Scrolling draws only the lines that come into sight. */
const OneLine = React.memo(function OneLine(
  props: IDrawn & { line: number; start: number; size: number }
): React.JSX.Element {
  const { matrix, line, start, size } = props;
  const isBand = matrix.isBand(line);
  return (
    <div
      role="row"
      aria-rowindex={line + 2}
      className={`jp-MlopsLab-matrix-line ${matrix.classOf(line)}`}
      style={{ top: start, height: size }}
    >
      <Cell {...props} role="rowheader" column={-1} width={matrix.headWidth} isWhole={isBand}>
        {matrix.drawLine(line)}
      </Cell>
      {!isBand && <Room {...props} />}
      {!isBand &&
        columnsOf(props).map(column => (
          <ValuePlace
            key={column}
            matrix={matrix}
            id={props.id}
            line={line}
            column={column}
            isActive={props.active === column}
          />
        ))}
    </div>
  );
});

/** Scrolling sideways draws only the cells that come into sight. */
const ValuePlace = React.memo(function ValuePlace(props: {
  matrix: IMatrix;
  id: string;
  line: number;
  column: number;
  isActive: boolean;
}): React.JSX.Element {
  const { matrix, line, column, isActive } = props;
  const cell = { ...props, from: 0, to: 0, active: isActive ? column : null };
  return (
    <Cell {...cell} role="gridcell" width={matrix.columnWidth}>
      {matrix.drawCell(line, column)}
    </Cell>
  );
});

function columnsOf({ from, to }: IDrawn): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** The width of the columns that are out of sight on the left. */
function Room({ from, matrix }: IDrawn): React.JSX.Element | null {
  const width = from * matrix.columnWidth;
  return width > 0 ? <div role="presentation" style={{ flex: 'none', width }} /> : null;
}

function Cell(
  props: IDrawn & {
    role: 'columnheader' | 'rowheader' | 'gridcell';
    line: number;
    column: number;
    width: number;
    /** Whether it is the only cell of its line. */
    isWhole?: boolean;
    children: React.ReactNode;
  }
): React.JSX.Element {
  const { active, line, column, id, role, isWhole, matrix } = props;
  const isActive = active === column;
  const classes = [
    'jp-MlopsLab-matrix-cell',
    column < 0 && 'jp-mod-head',
    isWhole && 'jp-mod-band',
    isActive && 'jp-mod-active',
    role === 'gridcell' && matrix.cellClassOf(line, column)
  ];
  return (
    <div
      id={idOf(id, { line, column })}
      role={role}
      aria-colindex={column + 2}
      aria-colspan={isWhole ? matrix.columns + 1 : undefined}
      aria-sort={role === 'gridcell' ? undefined : matrix.sortOf({ line, column })}
      className={classes.filter(Boolean).join(' ')}
      data-place={`${line} ${column}`}
      style={isWhole ? undefined : { width: props.width }}
    >
      {props.children}
    </div>
  );
}

function idOf(id: string, { line, column }: IPlace): string {
  return `${id}${line}:${column}`;
}

/** The place of the cell that holds the element. */
function placeOf(element: HTMLElement): IPlace | null {
  const words = element.closest<HTMLElement>('[data-place]')?.dataset['place'];
  const [line, column] = (words ?? '').split(' ').map(Number);
  return line === undefined || column === undefined ? null : { line, column };
}

function onKeyDown(
  event: React.KeyboardEvent,
  props: IMatrixProps,
  walk: (to: IPlace) => void
): void {
  const to = step(event, props.active, props);
  if (to) {
    walk(to);
  }
  if (to || props.onKey(drawnPlace(props), event)) {
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Bring the line into view that something outside wants to be seen. */
function useGoal(goal: IMatrixProps['goal'], show: (line: number) => void): void {
  const latest = React.useRef(show);
  React.useEffect(() => {
    latest.current = show;
  });
  React.useEffect(() => {
    if (goal && goal.line >= 0) {
      latest.current(goal.line);
    }
  }, [goal]);
}
