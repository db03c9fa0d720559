/** Owns the plugin of the page of one run, and what can be done with a run. */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ILab, IRunSelection } from '../api/tokens';
import type { Run } from '../api/types';
import { CATEGORY, CommandIds, runIdArg } from '../commands';
import { shortId } from '../components/names';
import { ViewOpener } from '../components/openView';
import { runsIcon } from '../icons';
import { Folds } from './folds';
import type { RunView } from './view';

export const runPlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-lab:run',
  description: 'Shows everything about one run, restores its code and reproduces it.',
  autoStart: true,
  requires: [ILab],
  optional: [
    IRunSelection,
    ICommandPalette,
    ILayoutRestorer,
    INotebookTracker,
    IRenderMimeRegistry,
    IStateDB
  ],
  activate: (
    app: JupyterFrontEnd,
    lab: ILab,
    selection: IRunSelection | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    notebooks: INotebookTracker | null,
    rendermime: IRenderMimeRegistry | null,
    state: IStateDB | null
  ): void => {
    const source: ISource = { app, lab, selection, notebooks, rendermime, folds: new Folds(state) };
    const views = addViews(source, restorer);
    addReproduce(source, views);
    addRestore(source);
    addNotebookCell(source);
    const commands = [
      CommandIds.openRun,
      CommandIds.restoreCode,
      CommandIds.restoreHistory,
      CommandIds.reproduceRun
    ];
    for (const command of commands) {
      palette?.addItem({ command, category: CATEGORY });
      selection?.selectionChanged.connect(() => app.commands.notifyCommandChanged(command), app);
    }
  }
};

interface ISource {
  app: JupyterFrontEnd;
  lab: ILab;
  selection: IRunSelection | null;
  notebooks: INotebookTracker | null;
  rendermime: IRenderMimeRegistry | null;
  folds: Folds;
}

/** The run that a command is about: the one it names, or the one that is selected alone. */
function wanted({ selection }: ISource, args: ReadonlyPartialJSONObject): string | null {
  if (typeof args['runId'] === 'string') {
    return args['runId'];
  }
  const [run, another] = selection?.selected ?? [];
  return run && !another ? run.id : null;
}

/** Do something with the run; a failure is told as a notice. */
async function withRun(
  source: ISource,
  args: ReadonlyPartialJSONObject,
  act: (runId: string) => Promise<void>
): Promise<void> {
  const runId = wanted(source, args);
  if (runId === null) {
    return;
  }
  try {
    await act(runId);
  } catch (error) {
    const { asApiError } = await import('../api/live');
    const { message, hint } = asApiError(error);
    Notification.error([message, hint].filter(Boolean).join(' '), { autoClose: false });
  }
}

function addViews(source: ISource, restorer: ILayoutRestorer | null): ViewOpener<RunView> {
  const { app, lab } = source;
  const { trans } = lab;
  const views = new ViewOpener<RunView>({
    app,
    namespace: 'mlops-lab-run',
    type: 'MLOps Lab Run'
  });
  app.commands.addCommand(CommandIds.openRun, {
    label: trans.__('Open Run'),
    caption: trans.__('Show what exactly produced the selected run'),
    icon: runsIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          runId: runIdArg(lab),
          section: { type: 'string', description: trans.__('The section of the page to go to') }
        }
      }
    },
    isEnabled: args => wanted(source, args) !== null,
    execute: async args => {
      const runId = wanted(source, args);
      if (runId !== null) {
        const view = await openRun(source, views, runId);
        const { section } = args;
        if (typeof section === 'string') {
          await view.reveal(section);
        }
      }
    }
  });
  views.restore(restorer, CommandIds.openRun, view => ({ runId: view.model.runId }));
  return views;
}

/** Waits for no answer: a reload brings views back by this, and JupyterLab's layout waits for it. */
async function openRun(
  { app, lab, rendermime, folds }: ISource,
  views: ViewOpener<RunView>,
  runId: string
): Promise<RunView> {
  const label = shortId(runId);
  const title = { icon: runsIcon, label, caption: lab.trans.__('Run %1', label) };
  const widget = await views.open(`mlops-lab-run-${runId}`, title, async () => {
    const [{ RunModel }, { RunView }] = await Promise.all([import('./model'), import('./view')]);
    await folds.ready;
    const model = new RunModel({ ...lab, runId });
    return new RunView({ model, lab, commands: app.commands, rendermime, folds });
  });
  return widget.content;
}

function addReproduce(source: ISource, views: ViewOpener<RunView>): void {
  const { app, lab } = source;
  app.commands.addCommand(CommandIds.reproduceRun, {
    label: lab.trans.__('Reproduce Run'),
    caption: lab.trans.__('Run the recorded code of the selected run again in a clean kernel'),
    icon: runsIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          runId: runIdArg(lab),
          environment: {
            type: 'string',
            enum: ['current', 'replayed'],
            description: lab.trans.__('With the packages installed now, or with the recorded ones')
          }
        }
      }
    },
    isEnabled: args => wanted(source, args) !== null,
    execute: args =>
      withRun(source, args, async runId => {
        const view = await openRun(source, views, runId);
        const place = args['environment'] === 'replayed' ? 'replayed' : 'current';
        await view.model.reproduce(place);
        await view.reveal('reproductions');
      })
  });
}

function addRestore(source: ISource): void {
  const { app, lab, notebooks } = source;
  const { trans } = lab;
  app.commands.addCommand(CommandIds.restoreCode, {
    label: trans.__('Restore Code of Run'),
    caption: trans.__('Put the code of the selected run into its notebook, as a new cell'),
    icon: runsIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          runId: runIdArg(lab),
          position: { type: 'integer', description: trans.__('The place of an earlier cell') }
        }
      }
    },
    isEnabled: args => wanted(source, args) !== null,
    execute: args =>
      withRun(source, args, async runId => {
        const { restoreInto } = await import('./restore');
        const run = await lab.client.getRun(runId);
        const { position } = args;
        const sources =
          typeof position === 'number'
            ? await earlierSources(lab, run, position)
            : run.cells.map(cell => cell.source);
        const path = run.summary.notebook_path;
        const options = { path, kernelName: run.kernel_name };
        await restoreInto({ app, notebooks }, sources, options);
      })
  });
  app.commands.addCommand(CommandIds.restoreHistory, {
    label: trans.__('Restore Earlier Cells of Run'),
    caption: trans.__('Put all cells that ran before the selected run into a new notebook'),
    icon: runsIcon,
    describedBy: { args: { type: 'object', properties: { runId: runIdArg(lab) } } },
    isEnabled: args => wanted(source, args) !== null,
    execute: args =>
      withRun(source, args, async runId => {
        const { folderOf, restoreIntoNew } = await import('./restore');
        const run = await lab.client.getRun(runId);
        const sources = await earlierSources(lab, run);
        const folder = folderOf(run.summary.notebook_path);
        await restoreIntoNew({ app, notebooks }, sources, { folder, kernelName: run.kernel_name });
      })
  });
}

/**
 * The cell at a place of the kernel's history; without one all of them, the run's own at the end.
 * The history of the run of a job is all that the job executed.
 */
async function earlierSources(lab: ILab, run: Run, position?: number): Promise<string[]> {
  const { history } = await lab.client.getCapture(run.summary.id);
  if (position !== undefined) {
    return history.filter(cell => cell.position === position).map(cell => cell.source);
  }
  const inOrder = [...history].sort((one, other) => one.position - other.position);
  if (run.summary.source === 'job' && inOrder.length > 0) {
    return inOrder.map(cell => cell.source);
  }
  const earlier = inOrder.filter(cell => cell.run_id !== run.summary.id);
  return [...earlier, ...run.cells].map(cell => cell.source);
}

function addNotebookCell({ app, lab, notebooks }: ISource): void {
  app.commands.addCommand(CommandIds.openNotebookCell, {
    label: lab.trans.__('Open Notebook at Cell'),
    caption: lab.trans.__('Open a notebook and go to one of its cells'),
    describedBy: {
      args: {
        type: 'object',
        required: ['path'],
        properties: {
          path: { type: 'string', description: lab.trans.__('The path of the notebook') },
          cellId: {
            type: ['string', 'null'],
            description: lab.trans.__('The id of the cell; without it the notebook is opened alone')
          }
        }
      }
    },
    isVisible: () => false,
    execute: async args => {
      const { path, cellId } = args;
      const { openNotebookCell } = await import('./restore');
      await openNotebookCell(
        { app, notebooks },
        {
          path: typeof path === 'string' ? path : '',
          cellId: typeof cellId === 'string' ? cellId : null
        }
      );
    }
  });
}
