/** Owns the plugin of the tracking column: the sidebar and the view of one run. */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';

import { ILab, IRunSelection } from '../api/tokens';
import { CATEGORY, CommandIds } from '../commands';
import { shortId } from '../components/format';
import { runsIcon } from '../icons';
import { RunsModel } from './model';
import { makeInserter, openNotebookCell } from './notebooks';
import { RunsPanel } from './panel';
import { RunModel } from './runModel';
import { RunView } from './runView';

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
  const tracker = new WidgetTracker<MainAreaWidget<RunView>>({ namespace: 'mlops-lab-run' });
  const wanted = (runId: unknown): string | null =>
    typeof runId === 'string' ? runId : runs.selected.length === 1 ? (runs.selected[0]?.id ?? null) : null;

  app.commands.addCommand(CommandIds.openRun, {
    label: trans.__('Open Run'),
    caption: trans.__('Show the code, parameters and metrics of the selected run'),
    icon: runsIcon,
    describedBy: { args: { type: 'object', properties: { runId: { type: 'string' } } } },
    isEnabled: args => wanted(args['runId']) !== null,
    execute: async args => {
      const runId = wanted(args['runId']);
      if (runId === null) {
        return;
      }
      const id = `mlops-lab-run-${runId}`;
      let widget = tracker.find(item => item.id === id);
      if (!widget) {
        widget = makeRunView(app, lab, runId);
        widget.id = id;
        await tracker.add(widget);
        app.shell.add(widget, 'main', { type: 'MLOps Lab Run' });
      }
      app.shell.activateById(id);
    }
  });
  runs.selectionChanged.connect(() => app.commands.notifyCommandChanged(CommandIds.openRun), app);
  void restorer?.restore(tracker, {
    command: CommandIds.openRun,
    args: widget => ({ runId: widget.content.model.runId }),
    name: widget => widget.content.model.runId
  });
}

function makeRunView(app: JupyterFrontEnd, lab: ILab, runId: string): MainAreaWidget<RunView> {
  const model = new RunModel({ ...lab, runId });
  const content = new RunView({ model, trans: lab.trans, commands: app.commands });
  const widget = new MainAreaWidget({ content });
  widget.title.icon = runsIcon;
  widget.title.label = shortId(runId);
  widget.title.closable = true;
  model.stateChanged.connect(() => {
    const summary = model.run?.summary;
    widget.title.label = summary?.name ?? shortId(runId);
    widget.title.caption = lab.trans.__('Run %1', summary?.name ?? runId);
  }, widget);
  return widget;
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
        path: String(path),
        cellId: typeof cellId === 'string' ? cellId : null
      });
    }
  });
}
