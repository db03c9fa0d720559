/** Owns the commands of the active cell: track it, and compare its runs. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { ILab } from '../api/tokens';
import { CommandIds } from '../commands';
import { compareIcon, trackIcon } from '../icons';
import type { ICellRuns } from './notebookRuns';
import { isTracked } from './trackLine';

export interface ICellPlace {
  app: JupyterFrontEnd;
  lab: ILab;
  notebooks: INotebookTracker;
  /** The runs of a cell of an open notebook, as far as they are known. */
  runsOf: (panel: NotebookPanel, cell: Cell) => ICellRuns | undefined;
}

const NO_ARGS = { args: { type: 'object', properties: {} } } as const;

/** A button in a toolbar shows its icon alone. */
function labelFor(args: ReadonlyPartialJSONObject, label: string): string {
  return args['toolbar'] ? '' : label;
}

/** The active cell, if it is code of a notebook in Python. */
function activeCode({ notebooks }: ICellPlace): { panel: NotebookPanel; cell: Cell } | null {
  const { currentWidget: panel, activeCell: cell } = notebooks;
  if (!panel || cell?.model.type !== 'code') {
    return null;
  }
  const { language_info: info } = panel.content.model?.sharedModel.metadata ?? {};
  // A notebook that never had a kernel does not say its language.
  return (info?.name || 'python') === 'python' ? { panel, cell } : null;
}

export function addTrack(place: ICellPlace): void {
  const { app, lab } = place;
  const { trans } = lab;
  const source = (): string => activeCode(place)?.cell.model.sharedModel.getSource() ?? '';
  app.commands.addCommand(CommandIds.trackCell, {
    label: args => labelFor(args, trans.__('Track This Cell')),
    caption: () =>
      isTracked(source())
        ? trans.__('Take out the line %%track, so that this cell is no longer tracked')
        : trans.__('Begin this cell with %%track, so that each of its executions is a run'),
    icon: trackIcon,
    describedBy: NO_ARGS,
    isVisible: () => activeCode(place) !== null,
    isEnabled: () =>
      activeCode(place)?.panel.content.model?.readOnly === false &&
      activeCode(place)?.cell.model.getMetadata('editable') !== false,
    isToggled: () => isTracked(source()),
    execute: async () => {
      const active = activeCode(place);
      if (active) {
        const { toggleTracking } = await import('./cellTracking');
        await toggleTracking(active.panel, active.cell, trans);
      }
    }
  });
}

export function addComparePrevious(place: ICellPlace): void {
  const { app, lab } = place;
  const { trans } = lab;
  const runIds = (): string[] => {
    const active = activeCode(place);
    const runs = active && place.runsOf(active.panel, active.cell);
    return runs?.previous ? [runs.previous.id, runs.run.id] : [];
  };
  app.commands.addCommand(CommandIds.comparePrevious, {
    label: args => labelFor(args, trans.__('Compare with Previous Run')),
    caption: () =>
      runIds().length > 0
        ? trans.__('Compare the last run of this cell with the one before it')
        : trans.__('Compare the last run of this cell with the one before it; it has no two yet'),
    icon: compareIcon,
    describedBy: NO_ARGS,
    isVisible: () => activeCode(place) !== null,
    isEnabled: () => runIds().length > 0,
    execute: () => app.commands.execute(CommandIds.compareRuns, { runIds: runIds() })
  });
}

/** Tell toolbars and menus when the active cell, its first line or its runs have moved. */
export function followActiveCell({ app, notebooks }: ICellPlace): { tell: () => void } {
  let followed: Cell | null = null;
  let wasTracked = false;
  const tell = (): void => {
    app.commands.notifyCommandChanged(CommandIds.trackCell);
    app.commands.notifyCommandChanged(CommandIds.comparePrevious);
  };
  const onEdit = (): void => {
    const isNow = isTracked(followed?.model.sharedModel.getSource() ?? '');
    if (isNow !== wasTracked) {
      wasTracked = isNow;
      tell();
    }
  };
  notebooks.activeCellChanged.connect((_, cell) => {
    if (followed && !followed.isDisposed) {
      followed.model.contentChanged.disconnect(onEdit);
    }
    followed = cell;
    wasTracked = isTracked(cell?.model.sharedModel.getSource() ?? '');
    cell?.model.contentChanged.connect(onEdit);
    tell();
  }, notebooks);
  return { tell };
}
