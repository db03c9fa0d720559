/** Owns the keys of the list of runs. */
import type * as React from 'react';

import { CommandIds } from '../commands';
import type { Desk } from './desk';
import { ignoreTold } from './edits';
import type { RunsModel } from './model';
import type { IRunTools } from './runTools';
import { NOTHING } from './selection';
import { STEPS, type Walker } from './walk';

interface IKeysOptions {
  model: RunsModel;
  desk: Desk;
  tools: IRunTools;
  walker: Walker;
  /** Rows that the list shows at once. */
  page: number;
  reveal: (index: number) => void;
}

/** What the list does on a key. */
export function useKeys(options: IKeysOptions): (event: React.KeyboardEvent) => void {
  return event => {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) {
      return;
    }
    if (onMove(event, options) || onUndo(event, options) || onKey(event, options)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
}

function onMove(event: React.KeyboardEvent, options: IKeysOptions): boolean {
  const { walker, page, reveal } = options;
  const pages: Record<string, number> = { PageDown: page, PageUp: -page };
  const step = STEPS[event.key] ?? pages[event.key];
  if (step === undefined) {
    return false;
  }
  const isMoveOnly = event.ctrlKey || event.metaKey;
  const how = event.shiftKey ? 'extend' : isMoveOnly ? 'stand' : 'only';
  void walker.step(step, how).then(reveal);
  return true;
}

function onUndo(event: React.KeyboardEvent, { tools }: IKeysOptions): boolean {
  // With Caps Lock the letter is a capital one.
  const isUndo =
    event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey;
  if (isUndo) {
    void tools.undo().catch(ignoreTold);
  }
  return isUndo;
}

function onKey(event: React.KeyboardEvent, options: IKeysOptions): boolean {
  const { model, desk, tools, walker } = options;
  const row = model.layout.rowAt(walker.index);
  switch (event.key) {
    case 'Enter':
      if (row?.kind === 'run') {
        tools.open(row.run.id);
      } else if (row?.kind === 'group') {
        model.foldGroup(row.group, !row.isOpen);
      }
      return true;
    case ' ':
      if (row?.kind === 'run') {
        walker.pick(row.run.id);
      } else if (row?.kind === 'group') {
        model.foldGroup(row.group, !row.isOpen);
      }
      return true;
    case 'ArrowRight':
    case 'ArrowLeft':
      onSide(event.key === 'ArrowRight', options);
      return true;
    case 'Escape':
      model.select(NOTHING);
      return true;
    case '/':
      desk.callFilter();
      return true;
    case 'F2':
      tools.run(CommandIds.renameRun);
      return true;
    case 'Delete':
      tools.run(CommandIds.trashRun);
      return true;
    case 'a':
    case 'A':
      if (event.ctrlKey || event.metaKey) {
        void walker.selectAll();
        return true;
      }
      return false;
    default:
      return false;
  }
}

/** Right unfolds; left folds, or goes from a child to its parent. */
function onSide(isRight: boolean, { model, walker, reveal }: IKeysOptions): void {
  const row = model.layout.rowAt(walker.index);
  if (row?.kind === 'group' && row.isOpen !== isRight) {
    model.foldGroup(row.group, isRight);
  }
  if (row?.kind !== 'run') {
    return;
  }
  if (row.isOpen !== null && row.isOpen !== isRight) {
    model.fold(row.run.id, isRight);
  } else if (!isRight && row.run.parent_run_id !== null) {
    const parent = model.layout.indexOf(row.run.parent_run_id);
    if (parent >= 0) {
      void walker.reach(parent, 'only').then(() => reveal(parent));
    }
  }
}
