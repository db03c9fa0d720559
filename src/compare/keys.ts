/** Owns what keys do in the table of a comparison: on headings of runs, on those of rows, on values. */
import type * as React from 'react';

import type { RunSummary } from '../api/types';
import type { IRunActions } from './cells';
import type { IRow, Line } from './rows';

/** All that can be done in the table. */
export interface ITableActions extends IRunActions {
  sort: (key: string) => void;
  toggle: (line: Exclude<Line, { kind: 'row' }>) => void;
  /** Put a run so many places further. */
  move: (runId: string, steps: number) => void;
  remove: (runId: string) => void;
  copy: (row: IRow, place: number) => void;
}

export function isEnter({ key }: React.KeyboardEvent): boolean {
  return key === 'Enter' || key === ' ';
}

/**
 * Do what a key means where `row` and `run` cross; one of them is missing on a heading.
 *
 * Returns whether the key meant something.
 */
export function onCellKey(
  event: React.KeyboardEvent,
  actions: ITableActions,
  row: IRow | null,
  run: RunSummary | undefined,
  place: number
): boolean {
  if (run && row) {
    return onValueKey(event, actions, row, run, place);
  }
  if (run) {
    return onRunKey(event, actions, run);
  }
  if (row && isEnter(event)) {
    actions.sort(row.key);
    return true;
  }
  return false;
}

function onValueKey(
  event: React.KeyboardEvent,
  actions: ITableActions,
  row: IRow,
  run: RunSummary,
  place: number
): boolean {
  if (isEnter(event)) {
    actions.open(run.id);
    return true;
  }
  const isCopy = event.key.toLowerCase() === 'c' && (event.ctrlKey || event.metaKey);
  if (isCopy) {
    actions.copy(row, place);
  }
  return isCopy;
}

function onRunKey(event: React.KeyboardEvent, actions: ITableActions, run: RunSummary): boolean {
  const { key, altKey } = event;
  if (isEnter(event) || key === 'ContextMenu') {
    const element = event.currentTarget.querySelector('.jp-mod-active') ?? event.currentTarget;
    actions.showMenu(run, element);
  } else if (key === 'b') {
    actions.setBaseline(run.id);
  } else if (key === 'h') {
    actions.toggleHidden(run.id);
  } else if (key === 'Delete' || key === 'Backspace') {
    actions.remove(run.id);
  } else if (altKey && (key === 'ArrowLeft' || key === 'ArrowUp')) {
    actions.move(run.id, -1);
  } else if (altKey && (key === 'ArrowRight' || key === 'ArrowDown')) {
    actions.move(run.id, 1);
  } else {
    return false;
  }
  return true;
}
