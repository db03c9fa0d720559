/** Owns the commands that change runs or put them into a notebook. */
import { Notification } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { asApiError } from '../api/live';
import type { ILab } from '../api/tokens';
import { CommandIds, describeArgs, runIdArg, runIdsArg } from '../commands';
import type { Desk } from './desk';
import type { RunEdits } from './edits';
import type { RunsModel } from './model';
import type { IInserter } from './notebooks';
import type { Preferences } from './preferences';

interface IRunParts {
  lab: ILab;
  commands: CommandRegistry;
  model: RunsModel;
  desk: Desk;
  preferences: Preferences;
  inserter: IInserter | null;
  /** The edits, which are loaded when the first one is made. */
  edits: () => Promise<RunEdits>;
  /** Brings the list into sight. */
  reveal: () => void;
}

export const RUN_COMMANDS = [
  CommandIds.renameRun,
  CommandIds.tagRun,
  CommandIds.noteRun,
  CommandIds.pinRun,
  CommandIds.archiveRun,
  CommandIds.trashRun,
  CommandIds.restoreRun,
  CommandIds.insertRun,
  CommandIds.insertRunReference
];

export function addRunCommands(parts: IRunParts): void {
  addEditors(parts);
  addSheets(parts);
  addPin(parts);
  addShelves(parts);
  addInserts(parts);
  const { commands, model, preferences } = parts;
  const tell = (): void => RUN_COMMANDS.forEach(id => commands.notifyCommandChanged(id));
  model.selectionChanged.connect(tell, commands);
  preferences.changed.connect(tell, commands);
}

/** The runs that a command is about: those that it names, or those that are selected. */
function wanted({ model }: IRunParts, args: ReadonlyPartialJSONObject): readonly string[] {
  if (Array.isArray(args['runIds'])) {
    return args['runIds'].map(String);
  }
  return typeof args['runId'] === 'string' ? [args['runId']] : model.selection.ids;
}

/** The only run that a command is about. */
function single(parts: IRunParts, args: ReadonlyPartialJSONObject): string | null {
  const [id, another] = wanted(parts, args);
  return id !== undefined && another === undefined ? id : null;
}

/** Do it; what was refused was told already. */
async function edit({ edits }: IRunParts, act: (edits: RunEdits) => Promise<void>): Promise<void> {
  const { ignoreTold } = await import('./edits');
  await act(await edits()).catch(ignoreTold);
}

function addEditors(parts: IRunParts): void {
  const { lab, commands, desk, model, reveal } = parts;
  const { trans } = lab;
  commands.addCommand(CommandIds.renameRun, {
    label: trans.__('Rename Run'),
    caption: trans.__('Give the selected run another name (F2)'),
    describedBy: describeArgs({
      runId: runIdArg(lab),
      name: { type: 'string', description: trans.__('The new name') }
    }),
    isEnabled: args => single(parts, args) !== null,
    execute: async args => {
      const id = single(parts, args);
      const { name } = args;
      if (id === null) {
        return;
      }
      if (typeof name !== 'string') {
        reveal();
        desk.edit({ kind: 'name', ids: [id] });
        return;
      }
      const run =
        model.selected.find(other => other.id === id) ?? (await lab.client.getRun(id)).summary;
      await edit(parts, edits => edits.rename(run, name));
    }
  });
}

function addSheets(parts: IRunParts): void {
  const { lab, commands, desk, reveal } = parts;
  const { trans } = lab;
  commands.addCommand(CommandIds.tagRun, {
    label: trans.__('Edit Tags of Run…'),
    caption: trans.__('Add tags to the selected runs, or take some away'),
    describedBy: describeArgs({
      runIds: runIdsArg(lab),
      name: { type: 'string', description: trans.__('The name of the tag') },
      value: { type: 'string', description: trans.__('The value of the tag') }
    }),
    isEnabled: args => wanted(parts, args).length > 0,
    execute: async args => {
      const ids = wanted(parts, args);
      const { name, value } = args;
      if (typeof name === 'string' && typeof value === 'string') {
        await edit(parts, edits => edits.setTag(ids, name, value));
        return;
      }
      reveal();
      desk.edit({ kind: 'tags', ids });
    }
  });
  commands.addCommand(CommandIds.noteRun, {
    label: trans.__('Edit Note of Run…'),
    caption: trans.__('Read or write the note of the selected run, in Markdown'),
    describedBy: describeArgs({ runId: runIdArg(lab) }),
    isEnabled: args => single(parts, args) !== null,
    execute: args => {
      const id = single(parts, args);
      if (id !== null) {
        reveal();
        desk.edit({ kind: 'note', ids: [id] });
      }
    }
  });
}

function addPin(parts: IRunParts): void {
  const { lab, commands, preferences } = parts;
  const { trans } = lab;
  const arePinned = (ids: readonly string[]): boolean =>
    ids.length > 0 && ids.every(id => preferences.pins.includes(id));
  commands.addCommand(CommandIds.pinRun, {
    label: args => (arePinned(wanted(parts, args)) ? trans.__('Unpin Run') : trans.__('Pin Run')),
    caption: trans.__('Keep the selected runs at the top of the list, or no longer'),
    describedBy: describeArgs({
      runIds: runIdsArg(lab),
      pinned: { type: 'boolean', description: trans.__('Whether they are pinned') }
    }),
    isEnabled: args => wanted(parts, args).length > 0,
    execute: async args => {
      const ids = wanted(parts, args);
      const { pinned } = args;
      const isPinned = typeof pinned === 'boolean' ? pinned : !arePinned(ids);
      await edit(parts, edits => edits.pin(ids, isPinned));
    }
  });
}

function addShelves(parts: IRunParts): void {
  const { lab, commands, model } = parts;
  const { trans } = lab;
  const isTrash = (): boolean => model.shown.shelf === 'trash';
  const areArchived = (): boolean => model.shown.shelf === 'archived';
  commands.addCommand(CommandIds.archiveRun, {
    label: () => (areArchived() ? trans.__('Take Run out of Archive') : trans.__('Archive Run')),
    caption: trans.__('Hide the selected runs from the list; nothing of them is removed'),
    describedBy: describeArgs({
      runIds: runIdsArg(lab),
      archived: { type: 'boolean', description: trans.__('Whether they are archived') }
    }),
    isEnabled: args => wanted(parts, args).length > 0 && !isTrash(),
    execute: async args => {
      const { archived } = args;
      const value = typeof archived === 'boolean' ? archived : !areArchived();
      await edit(parts, edits => edits.archive(wanted(parts, args), value));
    }
  });
  commands.addCommand(CommandIds.trashRun, {
    label: trans.__('Put Run into Trash'),
    caption: trans.__('Put the selected runs and their children into the trash (Delete)'),
    describedBy: describeArgs({ runIds: runIdsArg(lab) }),
    isEnabled: args => wanted(parts, args).length > 0 && !isTrash(),
    execute: args => edit(parts, edits => edits.trash(wanted(parts, args)))
  });
  commands.addCommand(CommandIds.restoreRun, {
    label: trans.__('Restore Run from Trash'),
    caption: trans.__('Take the selected runs out of the trash'),
    describedBy: describeArgs({ runIds: runIdsArg(lab) }),
    isVisible: args => isTrash() || args['runIds'] !== undefined,
    isEnabled: args => wanted(parts, args).length > 0,
    execute: args => edit(parts, edits => edits.restore(wanted(parts, args)))
  });
}

function addInserts(parts: IRunParts): void {
  const { lab, commands, inserter } = parts;
  const { trans } = lab;
  const insert = async (
    args: ReadonlyPartialJSONObject,
    write: (id: string) => Promise<string>
  ): Promise<void> => {
    const id = single(parts, args);
    if (id === null || !inserter) {
      return;
    }
    try {
      await inserter.addCell(await write(id));
    } catch (error) {
      const { message, hint } = asApiError(error);
      Notification.error([message, hint].filter(Boolean).join(' '), { autoClose: false });
    }
  };
  commands.addCommand(CommandIds.insertRun, {
    label: trans.__('Insert Code of Run into Notebook'),
    caption: trans.__('Put the code of the selected run below the active cell, as a new one'),
    describedBy: describeArgs({ runId: runIdArg(lab) }),
    isEnabled: args => inserter !== null && single(parts, args) !== null,
    execute: args =>
      insert(args, async id => {
        const { codeOf } = await import('./runCode');
        return codeOf(await lab.client.getRun(id));
      })
  });
  commands.addCommand(CommandIds.insertRunReference, {
    label: trans.__('Insert Reference to Run into Notebook'),
    caption: trans.__('Put a line that reads the selected run below the active cell'),
    describedBy: describeArgs({ runId: runIdArg(lab) }),
    isEnabled: args => inserter !== null && single(parts, args) !== null,
    execute: args => insert(args, async id => (await import('./runCode')).referenceOf(id))
  });
}
