/** Owns the plugin of the tracking column: the sidebar and the view of one run. */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ILab, IRunSelection } from '../api/tokens';
import { CATEGORY, CommandIds } from '../commands';
import { shortId } from '../components/format';
import { ViewOpener } from '../components/openView';
import { runsIcon } from '../icons';
import { RunsModel } from './model';
import { makeInserter, openNotebookCell } from './notebooks';
import { RunsPanel } from './panel';
import type { RunView } from './runView';

const SIDEBAR_RANK = 600;

export const trackingPlugin: JupyterFrontEndPlugin<IRunSelection> = {
  id: 'mlops-lab:plugin',
  description: 'Lists the tracked runs in a sidebar and shows each of them.',
  autoStart: true,
  provides: IRunSelection,
  requires: [ILab],
  optional: [ICommandPalette, ILayoutRestorer, INotebookTracker, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    lab: ILab,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    notebooks: INotebookTracker | null,
    labShell: ILabShell | null
  ): IRunSelection => {
    const model = new RunsModel(lab);
    const panel = addPanel(app, lab, model, notebooks);
    restorer?.add(panel, panel.id);
    addRunViews(app, lab, model, restorer);
    addNotebookCell(app, lab, notebooks);
    app.commands.addCommand(CommandIds.showRuns, {
      label: lab.trans.__('Show Runs'),
      caption: lab.trans.__('Show the list of tracked runs in the sidebar'),
      icon: runsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => (labShell ?? app.shell).activateById(panel.id)
    });
    for (const command of [CommandIds.showRuns, CommandIds.openRun]) {
      palette?.addItem({ command, category: CATEGORY });
    }
    return model;
  }
};

function addPanel(
  app: JupyterFrontEnd,
  lab: ILab,
  model: RunsModel,
  notebooks: INotebookTracker | null
): RunsPanel {
  const inserter = notebooks && makeInserter(notebooks);
  const panel = new RunsPanel({ lab, model, commands: app.commands, inserter });
  notebooks?.currentChanged.connect(() => panel.update(), panel);
  app.shell.add(panel, 'left', { rank: SIDEBAR_RANK, type: 'MLOps Lab Runs' });
  return panel;
}

function addRunViews(
  app: JupyterFrontEnd,
  lab: ILab,
  runs: RunsModel,
  restorer: ILayoutRestorer | null
): void {
  const { trans } = lab;
  const views = new ViewOpener<RunView>({
    app,
    namespace: 'mlops-lab-run',
    type: 'MLOps Lab Run'
  });
  const wanted = (args: ReadonlyPartialJSONObject): string | null => {
    const [run, another] = runs.selected;
    const selected = run && !another ? run.id : null;
    return typeof args['runId'] === 'string' ? args['runId'] : selected;
  };
  app.commands.addCommand(CommandIds.openRun, {
    label: trans.__('Open Run'),
    caption: trans.__('Show the code, parameters and metrics of the selected run'),
    icon: runsIcon,
    describedBy: { args: { type: 'object', properties: { runId: { type: 'string' } } } },
    isEnabled: args => wanted(args) !== null,
    execute: async args => {
      const runId = wanted(args);
      if (runId !== null) {
        await openRun(app, lab, views, runId);
      }
    }
  });
  runs.selectionChanged.connect(() => app.commands.notifyCommandChanged(CommandIds.openRun), app);
  views.restore(restorer, CommandIds.openRun, view => ({ runId: view.model.runId }));
}

/** The tab has the name of the run as soon as that is known. */
async function openRun(
  app: JupyterFrontEnd,
  lab: ILab,
  views: ViewOpener<RunView>,
  runId: string
): Promise<void> {
  const label = shortId(runId);
  const title = { icon: runsIcon, label, caption: lab.trans.__('Run %1', label) };
  const widget = await views.open(`mlops-lab-run-${runId}`, title, async () => {
    const [{ RunModel }, { RunView }] = await Promise.all([
      import('./runModel'),
      import('./runView')
    ]);
    return new RunView({ model: new RunModel({ ...lab, runId }), lab, commands: app.commands });
  });
  const { model } = widget.content;
  await model.ready;
  if (model.run) {
    const { name } = model.run.summary;
    widget.title.label = name;
    widget.title.caption = lab.trans.__('Run %1', name);
  }
}

function addNotebookCell(
  app: JupyterFrontEnd,
  lab: ILab,
  notebooks: INotebookTracker | null
): void {
  app.commands.addCommand(CommandIds.openNotebookCell, {
    label: lab.trans.__('Open Notebook at Cell'),
    caption: lab.trans.__('Open a notebook and go to one of its cells'),
    describedBy: {
      args: {
        type: 'object',
        required: ['path'],
        properties: { path: { type: 'string' }, cellId: { type: ['string', 'null'] } }
      }
    },
    isVisible: () => false,
    execute: args => {
      const { path, cellId } = args;
      return openNotebookCell(app.commands, notebooks, {
        path: typeof path === 'string' ? path : '',
        cellId: typeof cellId === 'string' ? cellId : null
      });
    }
  });
}
