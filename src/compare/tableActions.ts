/** Owns what is done with runs and rows from the table of a comparison. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { RunSummary } from '../api/types';
import { CommandIds } from '../commands';
import { useTrans } from '../components/hooks';
import type { IComparedRun } from './cells';
import { copy } from './exports';
import type { ITableActions } from './keys';
import { toggled } from './layout';
import { runEntries, showMenu } from './menus';
import type { CompareModel } from './model';
import { wordsOf } from './values';

/** How long a run that was taken out can be put back at once. */
const UNDO_MS = 8000;

export function useTableActions(
  model: CompareModel,
  runs: readonly IComparedRun[],
  commands: CommandRegistry
): ITableActions {
  const trans = useTrans();
  return React.useMemo(
    () => actionsOf(model, runs, commands, trans),
    [model, runs, commands, trans]
  );
}

function actionsOf(
  model: CompareModel,
  runs: readonly IComparedRun[],
  commands: CommandRegistry,
  trans: TranslationBundle
): ITableActions {
  const labelOf = (runId: string): string =>
    runs.find(({ run }) => run.summary.id === runId)?.label ?? '';
  const open = (runId: string): void => void commands.execute(CommandIds.openRun, { runId });
  const setBaseline = (runId: string): void => model.setBaseline(runId);
  const toggleHidden = (runId: string): void =>
    model.arrange({ hidden: toggled(model.layout.hidden, runId) });
  const move = (runId: string, steps: number): void => moveShown(model, runs, runId, steps);
  const remove = (runId: string): void => removeRun(model, runId, labelOf(runId), trans);
  const menu = (run: RunSummary, element: Element): void => {
    const place = runs.findIndex(item => item.run.summary.id === run.id);
    const base = model.baseline?.summary.id ?? run.id;
    const entries = runEntries(
      {
        runId: run.id,
        isBaseline: base === run.id,
        isHidden: model.layout.hidden.includes(run.id),
        toggleHidden: () => toggleHidden(run.id),
        place,
        count: runs.length,
        open: () => open(run.id),
        setBaseline: () => setBaseline(run.id),
        explain: () => model.explain(base, run.id),
        move: steps => move(run.id, steps),
        remove: () => remove(run.id)
      },
      trans
    );
    showMenu(element, entries);
  };
  return {
    open,
    setBaseline,
    toggleHidden,
    move,
    remove,
    showMenu: menu,
    sort: key => sortBy(model, key),
    toggle: line => toggleLine(model, line),
    copy: (row, place) => void copy(wordsOf(row.form, row.values[place] ?? null, trans), trans)
  };
}

/** Take a run out, which can be undone for a while. */
function removeRun(
  model: CompareModel,
  runId: string,
  label: string,
  trans: TranslationBundle
): void {
  const place = model.runIds.indexOf(runId);
  model.remove(runId);
  const undo = { label: trans.__('Undo'), callback: () => model.putBack(runId, place) };
  const words = trans.__('%1 is no longer compared.', label);
  Notification.info(words, { autoClose: UNDO_MS, actions: [undo] });
}

function toggleLine(model: CompareModel, line: Parameters<ITableActions['toggle']>[0]): void {
  const { closed, unfolded } = model.layout;
  const { kind, group, isOpen } = line;
  if (kind === 'fold') {
    model.arrange({ unfolded: toggled(unfolded, group) });
    return;
  }
  const isAllEqual = line.equal > 0;
  model.arrange({
    closed: isOpen && !isAllEqual ? [...closed, group] : closed.filter(item => item !== group),
    unfolded: isAllEqual
      ? unfolded.filter(item => item !== group).concat(isOpen ? [] : [group])
      : unfolded
  });
  if (group === 'files' && !isOpen) {
    void model.capture();
  }
}

/** The best first, then the other way, then as they were put. */
function sortBy(model: CompareModel, key: string): void {
  const { sorting } = model.layout;
  const isFirstDescending = model.directions.get(key.replace(/^metrics::/, '')) === 'max';
  if (sorting?.key !== key) {
    model.arrange({ sorting: { key, isDescending: isFirstDescending } });
  } else if (sorting.isDescending === isFirstDescending) {
    model.arrange({ sorting: { key, isDescending: !isFirstDescending } });
  } else {
    model.arrange({ sorting: null });
  }
}

/** Runs are moved as they are seen; an order that a row gave becomes theirs. */
function moveShown(
  model: CompareModel,
  runs: readonly IComparedRun[],
  runId: string,
  steps: number
): void {
  model.reorder(runs.map(({ run }) => run.summary.id));
  model.arrange({ sorting: null });
  model.move(runId, steps);
}
