/** Owns the plugin that compares runs in the main area. */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ILab, IRunSelection } from '../api/tokens';
import { CATEGORY, CommandIds } from '../commands';
import { compareIcon } from '../icons';
import { CompareModel } from './model';
import { CompareView } from './view';

type CompareWidget = MainAreaWidget<CompareView>;

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
    const { commands, shell } = app;
    const { trans } = lab;
    const tracker = new WidgetTracker<CompareWidget>({ namespace: 'mlops-lab-compare' });
    const wanted = (args: ReadonlyPartialJSONObject): string[] =>
      Array.isArray(args['runIds'])
        ? args['runIds'].map(String)
        : (selection?.selected ?? []).map(run => run.id);

    commands.addCommand(CommandIds.compareRuns, {
      label: trans.__('Compare Runs'),
      caption: trans.__('Compare the selected runs: parameters, metrics, curves and code'),
      icon: compareIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: { runIds: { type: 'array', items: { type: 'string' }, minItems: 2 } }
        }
      },
      isEnabled: args => wanted(args).length > 1,
      execute: async args => {
        const runIds = wanted(args);
        const id = `mlops-lab-compare-${runIds.join('-')}`;
        let widget = tracker.find(item => item.id === id);
        if (!widget) {
          widget = makeWidget(app, lab, runIds);
          widget.id = id;
          await tracker.add(widget);
          shell.add(widget, 'main', { type: 'MLOps Lab Comparison' });
        }
        shell.activateById(id);
      }
    });
    selection?.selectionChanged.connect(
      () => commands.notifyCommandChanged(CommandIds.compareRuns),
      app
    );
    palette?.addItem({ command: CommandIds.compareRuns, category: CATEGORY });
    void restorer?.restore(tracker, {
      command: CommandIds.compareRuns,
      args: widget => ({ runIds: [...widget.content.model.runIds] }),
      name: widget => widget.content.model.runIds.join('-')
    });
  }
};

function makeWidget(app: JupyterFrontEnd, lab: ILab, runIds: readonly string[]): CompareWidget {
  const { trans } = lab;
  const model = new CompareModel({ ...lab, runIds });
  const content = new CompareView({ model, trans, commands: app.commands });
  const widget = new MainAreaWidget({ content });
  widget.title.icon = compareIcon;
  widget.title.label = trans.__('Compare %1 runs', runIds.length);
  widget.title.caption = trans.__('Comparison of %1 runs', runIds.length);
  widget.title.closable = true;
  return widget;
}
