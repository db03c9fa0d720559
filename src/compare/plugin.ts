/** Owns the plugin that compares runs in the main area. */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ILab, IRunSelection } from '../api/tokens';
import { CATEGORY, CommandIds } from '../commands';
import { ViewOpener } from '../components/openView';
import { compareIcon } from '../icons';
import { oldestFirst } from './order';
import type { CompareView } from './view';

export const comparePlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-lab:compare',
  description: 'Compares runs: parameters, metrics, curves and code.',
  autoStart: true,
  requires: [ILab],
  optional: [IRunSelection, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    lab: ILab,
    selection: IRunSelection | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const { commands } = app;
    addCommand(app, lab, selection, restorer);
    selection?.selectionChanged.connect(
      () => commands.notifyCommandChanged(CommandIds.compareRuns),
      app
    );
    palette?.addItem({ command: CommandIds.compareRuns, category: CATEGORY });
  }
};

function addCommand(
  app: JupyterFrontEnd,
  lab: ILab,
  selection: IRunSelection | null,
  restorer: ILayoutRestorer | null
): void {
  const { trans } = lab;
  const views = new ViewOpener<CompareView>({
    app,
    namespace: 'mlops-lab-compare',
    type: 'MLOps Lab Comparison'
  });
  const wanted = (args: ReadonlyPartialJSONObject): string[] =>
    Array.isArray(args['runIds'])
      ? args['runIds'].map(String)
      : oldestFirst(selection?.selected ?? []).map(run => run.id);
  app.commands.addCommand(CommandIds.compareRuns, {
    label: trans.__('Compare Runs'),
    caption: trans.__('Compare the selected runs: parameters, metrics, curves and code'),
    icon: compareIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          runIds: {
            type: 'array',
            items: { type: 'string' },
            minItems: 2,
            description: trans.__('The runs; without them those that are selected')
          }
        }
      }
    },
    isEnabled: args => wanted(args).length > 1,
    execute: async args => {
      const runIds = wanted(args);
      const title = {
        icon: compareIcon,
        label: trans.__('Compare %1 runs', runIds.length),
        caption: trans.__('Comparison of %1 runs', runIds.length)
      };
      await views.open(`mlops-lab-compare-${runIds.join('-')}`, title, () =>
        makeView(app, lab, runIds)
      );
    }
  });
  views.restore(restorer, CommandIds.compareRuns, view => ({ runIds: [...view.model.runIds] }));
}

async function makeView(
  app: JupyterFrontEnd,
  lab: ILab,
  runIds: readonly string[]
): Promise<CompareView> {
  const [{ CompareModel }, { CompareView }] = await Promise.all([
    import('./model'),
    import('./view')
  ]);
  return new CompareView({
    model: new CompareModel({ ...lab, runIds }),
    lab,
    commands: app.commands
  });
}
