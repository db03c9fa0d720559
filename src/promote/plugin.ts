/** Owns the plugin that makes a job definition of a run or a notebook. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry, Notification } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { CommandToolbarButton } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { PromotionSource } from '../api/production';
import { ILab, IRunSelection } from '../api/tokens';
import type { Definition, RunSummary } from '../api/types';
import { CATEGORY, CommandIds, JOBS_DRIVE, runIdArg } from '../commands';
import { productionizeIcon } from '../icons';
import { localZone } from './schedule';

const SETTINGS_ID = 'mlops-lab:plugin';

export const promotePlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-lab:promote',
  description: 'Makes a job definition of a tracked run or of a notebook.',
  autoStart: true,
  requires: [ILab],
  optional: [
    IRunSelection,
    INotebookTracker,
    ICommandPalette,
    ISettingRegistry,
    IToolbarWidgetRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    lab: ILab,
    selection: IRunSelection | null,
    notebooks: INotebookTracker | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null,
    toolbars: IToolbarWidgetRegistry | null
  ): void => {
    const open = async (source: PromotionSource): Promise<void> => {
      const timezone = await readZone(settings);
      await promote(app, lab, source, timezone);
    };
    addRunCommand(app, lab, selection, notebooks, open);
    if (notebooks) {
      addNotebookCommand(app, lab, notebooks, open);
      addButton(app, lab, toolbars);
      palette?.addItem({ command: CommandIds.promoteNotebook, category: CATEGORY });
    }
    palette?.addItem({ command: CommandIds.promoteRun, category: CATEGORY });
  }
};

function addRunCommand(
  app: JupyterFrontEnd,
  lab: ILab,
  selection: IRunSelection | null,
  notebooks: INotebookTracker | null,
  open: (source: PromotionSource) => Promise<void>
): void {
  const selected = (): RunSummary | null =>
    selection?.selected.length === 1 ? (selection.selected[0] ?? null) : null;
  const wanted = (args: ReadonlyPartialJSONObject): string | null =>
    typeof args['runId'] === 'string' ? args['runId'] : (selected()?.id ?? null);

  app.commands.addCommand(CommandIds.promoteRun, {
    label: lab.trans.__('Productionize Run…'),
    caption: lab.trans.__('Make a job, with parameters and a schedule, of the selected run'),
    icon: productionizeIcon,
    describedBy: { args: { type: 'object', properties: { runId: runIdArg(lab) } } },
    isEnabled: args => wanted(args) !== null,
    execute: async args => {
      const runId = wanted(args);
      if (runId === null) {
        return;
      }
      const path = (await lab.client.getRun(runId)).summary.notebook_path;
      const panel = notebooks?.find(item => localPath(app, item) === path);
      if (panel) {
        await saved(panel);
      }
      await open({ run_id: runId });
    }
  });
  selection?.selectionChanged.connect(
    () => app.commands.notifyCommandChanged(CommandIds.promoteRun),
    app
  );
}

function addNotebookCommand(
  app: JupyterFrontEnd,
  lab: ILab,
  notebooks: INotebookTracker,
  open: (source: PromotionSource) => Promise<void>
): void {
  const { trans } = lab;
  app.commands.addCommand(CommandIds.promoteNotebook, {
    label: trans.__('Productionize Notebook…'),
    caption: trans.__('Make a job, with parameters and a schedule, of this notebook'),
    icon: productionizeIcon,
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => isOriginal(app, notebooks.currentWidget),
    execute: async () => {
      const panel = notebooks.currentWidget;
      if (panel) {
        await saved(panel);
        await open({ notebook_path: localPath(app, panel) });
      }
    }
  });
  notebooks.currentChanged.connect(
    () => app.commands.notifyCommandChanged(CommandIds.promoteNotebook),
    app
  );
}

/** The settings say where the button stands; a label there would be in English for everybody. */
function addButton(
  { commands }: JupyterFrontEnd,
  { trans }: ILab,
  toolbars: IToolbarWidgetRegistry | null
): void {
  toolbars?.addFactory(
    'Notebook',
    'mlops-lab-productionize',
    () =>
      new CommandToolbarButton({
        commands,
        id: CommandIds.promoteNotebook,
        label: trans.__('Productionize')
      })
  );
}

/** Whether there is a notebook, and it is not itself that of a job. */
function isOriginal(app: JupyterFrontEnd, panel: NotebookPanel | null): boolean {
  const { contents } = app.serviceManager;
  return panel !== null && contents.driveName(panel.context.path) !== JOBS_DRIVE;
}

/** The path as the server knows it, without the name of a drive. */
function localPath(app: JupyterFrontEnd, panel: NotebookPanel): string {
  return app.serviceManager.contents.localPath(panel.context.path);
}

async function saved(panel: NotebookPanel): Promise<void> {
  await panel.context.ready;
  if (panel.context.model.dirty) {
    await panel.context.save();
  }
}

async function readZone(settings: ISettingRegistry | null): Promise<string> {
  const zone = await settings?.get(SETTINGS_ID, 'timezone').catch(() => null);
  return typeof zone?.composite === 'string' && zone.composite ? zone.composite : localZone();
}

async function promote(
  app: JupyterFrontEnd,
  lab: ILab,
  source: PromotionSource,
  timezone: string
): Promise<void> {
  const [{ PromoteModel }, { PromoteDialog }] = await Promise.all([
    import('./model'),
    import('./dialog')
  ]);
  const form = { client: lab.client, trans: lab.trans, source, timezone };
  const dialog = new PromoteDialog(new PromoteModel(form), lab);
  await dialog.launch();
  if (dialog.definition) {
    await announce(app, lab, dialog.definition);
  }
}

/** Tells what was made and offers the two steps that follow. */
async function announce(
  app: JupyterFrontEnd,
  { trans }: ILab,
  definition: Definition
): Promise<void> {
  const { formatZoned } = await import('../components/format');
  const { name, revision, schedule } = definition;
  const made = trans.__('Revision %1 of the job “%2” is made.', revision.number, name);
  const at = schedule?.next_fire_at ?? null;
  const next =
    schedule && at !== null
      ? trans.__('It runs next %1.', formatZoned(at, schedule.timezone))
      : trans.__('It runs when you start it.');
  Notification.success(`${made} ${next}`, {
    autoClose: 15_000,
    actions: [
      {
        label: trans.__('Run now'),
        displayType: 'accent',
        callback: () =>
          void app.commands.execute(CommandIds.submitJob, { definitionId: definition.id })
      },
      {
        label: trans.__('Open jobs'),
        callback: () => void app.commands.execute(CommandIds.openJobs)
      }
    ]
  });
}
