/** Owns the plugin of the sidebar: the list of runs. */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';

import { ILab, IRunSelection } from '../api/tokens';
import { CATEGORY, CommandIds } from '../commands';
import { runsIcon } from '../icons';
import { RunsModel } from './model';
import { makeInserter } from './notebooks';
import { RunsPanel } from './panel';

const SIDEBAR_RANK = 600;

export const trackingPlugin: JupyterFrontEndPlugin<IRunSelection> = {
  id: 'mlops-lab:plugin',
  description: 'Lists the tracked runs in a sidebar.',
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
    app.commands.addCommand(CommandIds.showRuns, {
      label: lab.trans.__('Show Runs'),
      caption: lab.trans.__('Show the list of tracked runs in the sidebar'),
      icon: runsIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => (labShell ?? app.shell).activateById(panel.id)
    });
    palette?.addItem({ command: CommandIds.showRuns, category: CATEGORY });
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
