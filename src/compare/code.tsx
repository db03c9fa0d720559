/** Owns how the code of runs is shown to differ: by cells, values, names and lines. */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { CellDiff, CellsDiff } from '../api/types';
import { useTrans } from '../components/hooks';
import type { IComparedRun } from './cells';
import { Change } from './change';
import { CodeLines } from './codeLines';
import { PairList, useNames } from './pairs';
import { useWidth } from './width';

/** From this width on two columns of code can be read. */
const WIDE = 760;

export function CodeDifferences(props: {
  diffs: readonly CellsDiff[];
  runs: readonly IComparedRun[];
}): React.JSX.Element {
  const trans = useTrans();
  const names = useNames();
  const { diffs, runs } = props;
  const [element, width] = useWidth();
  const base = runs.find(run => run.isBaseline)?.label ?? '';
  const diffOf = new Map(diffs.map(diff => [diff.run_id, diff]));
  const others = runs.filter(run => !run.isBaseline);
  const shown = (run: IComparedRun): readonly CellDiff[] =>
    unrepeated(diffOf.get(run.run.summary.id)?.cells ?? []).filter(isTold);
  const same = others.filter(run => shown(run).length === 0);
  const items = others
    .filter(run => shown(run).length > 0)
    .map(run => ({
      run,
      summary: summaryOf(shown(run), trans),
      draw: () => (
        <CellDifferences
          cells={diffOf.get(run.run.summary.id)?.cells ?? []}
          label={trans.__('Code changes from %1 to %2', base, run.label)}
          isWide={width >= WIDE}
        />
      )
    }));
  return (
    <div ref={element}>
      <PairList
        items={items}
        same={same.length > 0 ? trans.__('%1 ran the same code as %2.', names(same), base) : ''}
      />
    </div>
  );
}

/** Without the cells that came or went with the very source of another one: it ran several times. */
function unrepeated(cells: readonly CellDiff[]): readonly CellDiff[] {
  const seen = new Set<string>();
  return cells.filter(({ change, lines }) => {
    if (change !== 'added' && change !== 'removed') {
      return true;
    }
    const source = [change, ...lines.map(line => line.text)].join('\n');
    const isNew = lines.length === 0 || !seen.has(source);
    seen.add(source);
    return isNew;
  });
}

function isTold({ change, moved }: CellDiff): boolean {
  return change !== 'same' || moved;
}

/** How many cells were changed, added and removed, and what is behind it. */
function summaryOf(cells: readonly CellDiff[], trans: TranslationBundle): string {
  const count = (check: (cell: CellDiff) => boolean): number => cells.filter(check).length;
  const values = cells.reduce((sum, cell) => sum + cell.literals.length, 0);
  const cosmetic = count(cell => cell.cosmetic);
  const changed = count(cell => cell.change === 'changed' && !cell.cosmetic);
  const added = count(cell => cell.change === 'added');
  const removed = count(cell => cell.change === 'removed');
  const moved = count(cell => cell.moved);
  return [
    changed > 0 && trans._n('%1 cell changed', '%1 cells changed', changed, changed),
    values > 0 && trans._n('%1 value', '%1 values', values, values),
    added > 0 && trans._n('%1 cell added', '%1 cells added', added, added),
    removed > 0 && trans._n('%1 cell removed', '%1 cells removed', removed, removed),
    moved > 0 && trans._n('%1 cell moved', '%1 cells moved', moved, moved),
    cosmetic > 0 &&
      trans._n(
        '%1 cell only in comments or formatting',
        '%1 cells only in comments or formatting',
        cosmetic,
        cosmetic
      )
  ]
    .filter(Boolean)
    .join(' · ');
}

function CellDifferences(props: {
  cells: readonly CellDiff[];
  label: string;
  isWide: boolean;
}): React.JSX.Element {
  const trans = useTrans();
  const told = unrepeated(props.cells).filter(isTold);
  const same = props.cells.filter(cell => !isTold(cell)).length;
  return (
    <div className="jp-MlopsLab-cellDiffs">
      {told.map((cell, index) => (
        <OneCell key={index} {...props} cell={cell} />
      ))}
      {same > 0 && (
        <p className="jp-MlopsLab-note">
          {trans._n('%1 more cell is the same.', '%1 more cells are the same.', same, same)}
        </p>
      )}
    </div>
  );
}

function OneCell(props: { cell: CellDiff; label: string; isWide: boolean }): React.JSX.Element {
  const trans = useTrans();
  const { cell, label, isWide } = props;
  const place = cell.places[1] ?? cell.places[0] ?? 0;
  return (
    <section className={`jp-MlopsLab-cellDiff jp-mod-${cell.change}`}>
      <h3>
        {trans.__('Cell %1', place + 1)}
        <span className="jp-MlopsLab-note">{changeWords(cell, trans)}</span>
      </h3>
      <Values cell={cell} />
      {cell.lines.some(isLine) && <CodeLines lines={cell.lines} label={label} isWide={isWide} />}
    </section>
  );
}

/** Whether it tells more than how many lines are left out. */
function isLine({ kind }: CellDiff['lines'][number]): boolean {
  return kind === 'added' || kind === 'removed';
}

function changeWords(cell: CellDiff, trans: TranslationBundle): string {
  const [before, after] = cell.places;
  const words = {
    same: '',
    changed: cell.cosmetic ? trans.__('only comments or formatting') : trans.__('changed'),
    added: trans.__('added'),
    removed: trans.__('removed')
  };
  const isShifted = before !== null && after !== null && before !== after;
  const moved =
    cell.moved &&
    (isShifted && before !== undefined && after !== undefined
      ? trans.__('moved from place %1 to %2', before + 1, after + 1)
      : trans.__('moved'));
  const unread = !cell.understood && trans.__('not read as Python: compared by lines');
  return [words[cell.change], moved, unread].filter(Boolean).join(' · ');
}

/** Values and names that changed, told as such rather than as lines. */
function Values({ cell }: { cell: CellDiff }): React.JSX.Element | null {
  const trans = useTrans();
  const { literals, renames } = cell;
  if (literals.length + renames.length === 0) {
    return null;
  }
  return (
    <ul className="jp-MlopsLab-changes">
      {literals.map((literal, index) => (
        <li key={index}>
          <code className="jp-MlopsLab-changes-name">
            {literal.name || trans.__('line %1', literal.line)}
          </code>
          <Change before={literal.before} after={literal.after} />
          {literal.of && <span className="jp-MlopsLab-note">{trans.__('of %1', literal.of)}</span>}
        </li>
      ))}
      {renames.map((rename, index) => (
        <li key={`rename ${index}`}>
          <span className="jp-MlopsLab-note">{trans.__('renamed')}</span>
          <Change before={rename.before} after={rename.after} />
        </li>
      ))}
    </ul>
  );
}
