/** Owns how the cells of a comparison are drawn: headings of runs and rows, values with their distance. */
import type { TranslationBundle as Trans } from '@jupyterlab/translation';
import * as React from 'react';

import type { Run, RunSummary } from '../api/types';
import { colorVariable } from '../components/charts/palette';
import { useTrans } from '../components/hooks';
import { PrimaryMark, StatusIcon } from '../components/status';
import { leftOutIcon, shownIcon } from '../icons';
import type { IRow, Line } from './rows';
import { distanceOf, distanceWords, isBetter, wordsOf, type Value } from './values';

/** A run as the comparison knows it. */
export interface IComparedRun {
  run: Run;
  label: string;
  /** Its place in the palette of charts. */
  color: number;
  isBaseline: boolean;
  /** Whether it is marked in a chart. */
  isMarked: boolean;
  /** Whether charts leave it out. */
  isHidden: boolean;
}

/** What can be done with a run from its heading. */
export interface IRunActions {
  open: (runId: string) => void;
  setBaseline: (runId: string) => void;
  /** Leave a run out of the charts, or draw it again. */
  toggleHidden: (runId: string) => void;
  /** Show what else can be done, below the element. */
  showMenu: (run: RunSummary, element: Element) => void;
}

/** The name of a run with its status, and what can be done with it. Keys do the same on the cell. */
export function RunHead(props: IComparedRun & { actions: IRunActions }): React.JSX.Element {
  const trans = useTrans();
  const { run, label, color, isMarked, isHidden, actions } = props;
  const { id, status } = run.summary;
  const classes = [
    'jp-MlopsLab-runHead',
    isMarked && 'jp-mod-marked',
    isHidden && 'jp-mod-outOfCharts'
  ];
  return (
    <div className={classes.filter(Boolean).join(' ')}>
      <span className="jp-MlopsLab-runHead-name">
        <span
          className="jp-MlopsLab-swatch"
          style={{ background: `var(${colorVariable(color)})` }}
          aria-hidden="true"
        />
        <StatusIcon status={status} />
        <button
          type="button"
          tabIndex={-1}
          className="jp-MlopsLab-link"
          title={trans.__('Open %1', label)}
          onClick={() => actions.open(id)}
        >
          {label}
        </button>
        {isMarked && (
          <span className="jp-MlopsLab-badge" title={trans.__('Marked in a chart')}>
            {trans.__('marked')}
          </span>
        )}
      </span>
      <RunTools {...props} />
    </div>
  );
}

function RunTools(props: IComparedRun & { actions: IRunActions }): React.JSX.Element {
  const trans = useTrans();
  const { run, label, isBaseline, isHidden, actions } = props;
  const { id } = run.summary;
  const Eye = isHidden ? leftOutIcon : shownIcon;
  return (
    <span className="jp-MlopsLab-runHead-tools">
      <button
        type="button"
        tabIndex={-1}
        className="jp-MlopsLab-baseline"
        aria-pressed={isBaseline}
        title={
          isBaseline
            ? trans.__('The others are held against this run')
            : trans.__('Hold the others against this run')
        }
        onClick={() => actions.setBaseline(id)}
      >
        <span aria-hidden="true">{isBaseline ? '◉' : '○'}</span> {trans.__('baseline')}
      </button>
      <button
        type="button"
        tabIndex={-1}
        className="jp-MlopsLab-more jp-MlopsLab-eye"
        aria-pressed={isHidden}
        aria-label={trans.__('Leave %1 out of the charts', label)}
        title={
          isHidden ? trans.__('Show it in the charts') : trans.__('Leave it out of the charts')
        }
        onClick={() => actions.toggleHidden(id)}
      >
        <Eye.react tag="span" />
      </button>
      <button
        type="button"
        tabIndex={-1}
        className="jp-MlopsLab-more"
        aria-label={trans.__('More about %1', label)}
        aria-haspopup="menu"
        onClick={event => actions.showMenu(run.summary, event.currentTarget)}
      >
        ⋯
      </button>
    </span>
  );
}

/** What a row compares, which way it is better, and the order that it gives to the runs. */
export function RowHead(props: {
  row: IRow;
  group?: string;
  sorting: 'ascending' | 'descending' | undefined;
  onSort: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { row, group, sorting } = props;
  const marks = { ascending: '▲', descending: '▼' };
  const words = [row.name, row.note, row.hint].filter(Boolean).join(' · ');
  return (
    <div className="jp-MlopsLab-rowHead" title={words}>
      {group && (
        <span className="jp-MlopsLab-rowHead-group">
          {group}
          {row.isPrimary && ` · ${trans.__('primary')}`}
        </span>
      )}
      <span className="jp-MlopsLab-rowHead-line">
        <span className="jp-MlopsLab-rowHead-name">{row.name}</span>
        <DirectionMark row={row} />
        {row.isPrimary && !group && <PrimaryMark />}
        {row.note && <span className="jp-MlopsLab-note">{row.note}</span>}
        <button
          type="button"
          tabIndex={-1}
          className="jp-MlopsLab-sort"
          title={trans.__('Sort the runs by %1', row.name)}
          aria-label={trans.__('Sort the runs by %1', row.name)}
          onClick={props.onSort}
        >
          <span aria-hidden="true">{sorting ? marks[sorting] : '⇅'}</span>
        </button>
      </span>
    </div>
  );
}

function DirectionMark({ row }: { row: IRow }): React.JSX.Element | null {
  const trans = useTrans();
  if (!row.direction || row.group !== 'metrics') {
    return null;
  }
  const isHigh = row.direction === 'max';
  const words = isHigh ? trans.__('higher is better') : trans.__('lower is better');
  return (
    <span className="jp-MlopsLab-direction" title={words}>
      <span aria-hidden="true">{isHigh ? '↗' : '↘'}</span>
      <span className="jp-MlopsLab-hiddenText">{words}</span>
    </span>
  );
}

/** A value, marked where it is the best, with its distance from the baseline's. */
export function ValueCell(props: {
  row: IRow;
  place: number;
  /** The baseline's place; its own value has no distance. */
  base: number;
  isBest: boolean;
}): React.JSX.Element {
  const trans = useTrans();
  const { row, place, base, isBest } = props;
  const value = row.values[place] ?? null;
  if (value === null) {
    return (
      <span className="jp-MlopsLab-none" title={trans.__('This run has none')}>
        –
      </span>
    );
  }
  const words = wordsOf(row.form, value, trans);
  const isAmount = typeof value === 'number' || row.form === 'number';
  const isCode = row.form === 'param' || row.form === 'code';
  const classes = [
    'jp-MlopsLab-value',
    isAmount && 'jp-MlopsLab-number',
    isCode && 'jp-mod-code',
    isBest && 'jp-mod-best',
    isUnlike(row, place, base) && 'jp-mod-unlike'
  ];
  const title = row.titles?.[place] ?? (row.form === 'number' ? String(value) : words);
  return (
    <span className={classes.filter(Boolean).join(' ')} title={title.slice(0, 2000)}>
      <span className="jp-MlopsLab-value-words">
        <Words row={row} value={value} words={words} />
        {isBest && <BestMark />}
      </span>
      {place !== base && <Distance row={row} value={value} base={row.values[base] ?? null} />}
    </span>
  );
}

function Words(props: { row: IRow; value: Value; words: string }): React.JSX.Element {
  const trans = useTrans();
  const { row, value, words } = props;
  if (row.form === 'tag' && value === '') {
    return (
      <span title={trans.__('This run has the tag %1', row.name)}>
        <span aria-hidden="true">{words}</span>
        <span className="jp-MlopsLab-hiddenText">{trans.__('yes')}</span>
      </span>
    );
  }
  return (
    <>
      {row.form === 'status' && <StatusIcon status={value as RunSummary['status']} />}
      {words.slice(0, 300)}
    </>
  );
}

/** Whether a word is another than the baseline's; of amounts the distance says it. */
function isUnlike({ form, values }: IRow, place: number, base: number): boolean {
  return (form === 'param' || form === 'code') && place !== base && values[place] !== values[base];
}

function BestMark(): React.JSX.Element {
  const trans = useTrans();
  return (
    <span className="jp-MlopsLab-best" title={trans.__('The best of the row')}>
      <span aria-hidden="true">★</span>
      <span className="jp-MlopsLab-hiddenText">{trans.__('best')}</span>
    </span>
  );
}

/** Not arrows: beside a negative distance an arrow up for better would say the contrary. */
export const WAY_MARKS = { odd: '', better: '✓', worse: '✗' } as const;

function Distance(props: { row: IRow; value: Value; base: Value }): React.JSX.Element | null {
  const trans = useTrans();
  const { row, value, base } = props;
  const distance = distanceOf(row.form, value, base);
  if (!distance) {
    return null;
  }
  const { amount, share } = distanceWords(row.form, distance, trans);
  const better = isBetter(distance, row.direction);
  const kind = better === null ? 'odd' : better ? 'better' : 'worse';
  const words = {
    odd: trans.__('%1 against the baseline', amount),
    better: trans.__('better than the baseline'),
    worse: trans.__('worse than the baseline')
  };
  return (
    <span className={`jp-MlopsLab-distance jp-mod-${kind}`} title={words[kind]}>
      {better !== null && (
        <>
          <span aria-hidden="true">{WAY_MARKS[kind]}</span>
          <span className="jp-MlopsLab-hiddenText">{words[kind]}</span>
        </>
      )}
      <span>{amount}</span>
      {share && <span>{share}</span>}
    </span>
  );
}

type BandLine = Exclude<Line, { kind: 'row' }>;

/** The heading of a group, or the line that unfolds its equal rows. */
export function BandHead(props: {
  line: BandLine;
  title: string;
  /** Stands beside the title in place of how many rows differ. */
  note?: string;
  onToggle: () => void;
}): React.JSX.Element {
  const trans = useTrans();
  const { line, title, onToggle } = props;
  const { isOpen } = line;
  const hint = isOpen ? trans.__('Hide these rows') : trans.__('Show these rows');
  return (
    <>
      <button
        type="button"
        tabIndex={-1}
        className={line.kind === 'group' ? 'jp-MlopsLab-groupHead' : 'jp-MlopsLab-fold'}
        aria-expanded={isOpen}
        title={hint}
        onClick={onToggle}
      >
        <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {title}
      </button>
      {line.kind === 'group' && (
        <span className="jp-MlopsLab-note">{props.note ?? groupNote(line, trans)}</span>
      )}
    </>
  );
}

function groupNote({ count, equal }: BandLine & { kind: 'group' }, trans: Trans): string {
  if (equal > 0) {
    return trans._n('%1 row, equal', '%1 rows, all equal', equal, equal);
  }
  return count > 0 ? trans._n('%1 differs', '%1 differ', count, count) : '';
}
