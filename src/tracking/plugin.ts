/** Owns the plugin of the sidebar: the list of runs. */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ILab, IRunSelection } from '../api/tokens';
import { CATEGORY, CommandIds } from '../commands';
import { runsIcon } from '../icons';
import { Desk, Follower } from './desk';
import type { RunEdits } from './edits';
import { addListCommands, LIST_COMMANDS } from './listCommands';
import { RunsModel } from './model';
import { makeInserter } from './notebooks';
import { Preferences } from './preferences';
import { addRunCommands, RUN_COMMANDS } from './runCommands';
import { runIfEnabled, type IRunTools } from './runTools';
import { RunsPanel } from './sidebar';
import type { ISidebarOptions } from './sidebarOptions';

const SETTINGS_ID = 'mlops-lab:plugin';
const SIDEBAR_RANK = 600;

export const trackingPlugin: JupyterFrontEndPlugin<IRunSelection> = {
  id: 'mlops-lab:plugin',
  description: 'Lists the tracked runs in a sidebar.',
  autoStart: true,
  provides: IRunSelection,
  requires: [ILab],
  optional: [
    ICommandPalette,
    ILayoutRestorer,
    INotebookTracker,
    ILabShell,
    ISettingRegistry,
    IStateDB,
    IRenderMimeRegistry,
    ILauncher
  ],
  activate: (
    app: JupyterFrontEnd,
    lab: ILab,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    notebooks: INotebookTracker | null,
    labShell: ILabShell | null,
    settings: ISettingRegistry | null,
    state: IStateDB | null,
    rendermime: IRenderMimeRegistry | null,
    launcher: ILauncher | null
  ): IRunSelection => {
    const parts = makeParts(app, lab, notebooks);
    const edits = lazyEdits(parts);
    const tools = makeTools(app, parts, edits, rendermime);
    const panel = new RunsPanel({ ...parts, tools });
    app.shell.add(panel, 'left', { rank: SIDEBAR_RANK, type: 'MLOps Lab Runs' });
    restorer?.add(panel, panel.id);
    const reveal = (): void => (labShell ?? app.shell).activateById(panel.id);
    addCommands(app, { ...parts, edits, reveal }, palette);
    launcher?.add({
      command: CommandIds.showRuns,
      category: CATEGORY,
      args: { isLauncher: true },
      rank: 0
    });
    void followSettings(parts, settings, state);
    return parts.model;
  }
};

type IParts = Omit<ISidebarOptions, 'tools'>;

function makeParts(app: JupyterFrontEnd, lab: ILab, notebooks: INotebookTracker | null): IParts {
  const model = new RunsModel(lab);
  const follower = new Follower({
    notebooks,
    contents: app.serviceManager.contents,
    onScope: scope => void model.show({ scope })
  });
  const preferences = new Preferences();
  preferences.failed.connect((_, { message }) => {
    const words = lab.trans.__(
      'This holds only until the page is closed: the settings could not be written. %1',
      message
    );
    Notification.error(words, { autoClose: false });
  }, model);
  preferences.changed.connect(({ list, columns, pins }) => {
    void model.show({ grouping: list.grouping, order: list.order, columns, pins });
  }, model);
  const inserter =
    notebooks && makeInserter(notebooks, app.commands, app.serviceManager.kernelspecs, lab.trans);
  return { lab, model, desk: new Desk(), preferences, follower, inserter };
}

/** The edits are loaded with the first one. */
function lazyEdits({ lab, model, preferences }: IParts): () => Promise<RunEdits> {
  let edits: RunEdits | null = null;
  return async () => {
    const { RunEdits } = await import('./edits');
    edits ??= new RunEdits({ client: lab.client, trans: lab.trans, model, preferences });
    return edits;
  };
}

/** What the views call, by commands where there is one. */
function makeTools(
  app: JupyterFrontEnd,
  { lab, model, preferences }: IParts,
  edits: () => Promise<RunEdits>,
  rendermime: IRenderMimeRegistry | null
): IRunTools {
  const { commands } = app;
  const run: IRunTools['run'] = (command, args = {}) =>
    runIfEnabled(commands, command, args as ReadonlyPartialJSONObject);
  return {
    client: lab.client,
    rendermime,
    run,
    open: id => run(CommandIds.openRun, { runId: id }),
    sort: order => void preferences.setList({ order }),
    rename: (id, name) => run(CommandIds.renameRun, { runId: id, name }),
    pin: (ids, pinned) => run(CommandIds.pinRun, { runIds: ids, pinned }),
    undo: async () => (await edits()).undoLast(),
    setTag: async (ids, name, value) => (await edits()).setTag(ids, name, value),
    removeTag: async (ids, name) => (await edits()).removeTag(ids, name),
    setNote: async (id, text, before) => (await edits()).setNote(id, text, before),
    showMenu: (menu, anchor) =>
      void import('./menus').then(({ openMenu }) =>
        openMenu(menu, anchor, { commands, model, trans: lab.trans })
      )
  };
}

function addCommands(
  app: JupyterFrontEnd,
  parts: Omit<Parameters<typeof addRunCommands>[0], 'commands'> &
    Omit<Parameters<typeof addListCommands>[0], 'commands'>,
  palette: ICommandPalette | null
): void {
  const { commands } = app;
  const { trans } = parts.lab;
  commands.addCommand(CommandIds.showRuns, {
    label: args => (args['isLauncher'] ? trans.__('Runs') : trans.__('Show Runs')),
    caption: trans.__('Show the list of tracked runs in the sidebar'),
    icon: runsIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => {
      parts.reveal();
      parts.desk.callList();
    }
  });
  addListCommands({ ...parts, commands });
  addRunCommands({ ...parts, commands });
  for (const command of [CommandIds.showRuns, ...LIST_COMMANDS, ...RUN_COMMANDS]) {
    palette?.addItem({ command, category: CATEGORY });
  }
}

/** Without settings the defaults hold for as long as the page lives. */
async function followSettings(
  { preferences }: IParts,
  settings: ISettingRegistry | null,
  state: IStateDB | null
): Promise<void> {
  try {
    if (settings) {
      preferences.follow(await settings.load(SETTINGS_ID));
    }
    if (state) {
      await preferences.remember(state);
    }
  } catch (error) {
    console.warn('MLOps Lab settings could not be read.', error);
  }
}
