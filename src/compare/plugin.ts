/** Owns the plugin that compares runs in the main area. */
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, type MainAreaWidget } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ILab, IRunSelection } from '../api/tokens';
import type { Run } from '../api/types';
import { CATEGORY, CommandIds, runIdsArg } from '../commands';
import { ViewOpener, type IViewTitle } from '../components/openView';
import { compareIcon } from '../icons';
import { MOST_COMPARED, oldestFirst } from './order';
import { titleWords } from './title';
import type { CompareView } from './view';

export const comparePlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-lab:compare',
  description: 'Compares runs: parameters, metrics, curves, code, data and outputs.',
  autoStart: true,
  requires: [ILab],
  optional: [
    IRunSelection,
    ICommandPalette,
    ILayoutRestorer,
    INotebookTracker,
    IRenderMimeRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    lab: ILab,
    selection: IRunSelection | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    notebooks: INotebookTracker | null,
    rendermime: IRenderMimeRegistry | null
  ): void => {
    const { commands } = app;
    addCommand({ app, lab, selection, notebooks, rendermime }, restorer);
    selection?.selectionChanged.connect(
      () => commands.notifyCommandChanged(CommandIds.compareRuns),
      app
    );
    palette?.addItem({ command: CommandIds.compareRuns, category: CATEGORY });
  }
};

interface ISource {
  app: JupyterFrontEnd;
  lab: ILab;
  selection: IRunSelection | null;
  notebooks: INotebookTracker | null;
  rendermime: IRenderMimeRegistry | null;
}

/** What is to be compared, and how it was laid out. */
interface IWanted {
  runIds: readonly string[];
  baseline: string | null;
  layout: unknown;
  /**
   * The id of a view that a reload brings back, which may have been left with a single run. The
   * saved layout finds the view by it, whatever runs it has come to compare.
   */
  view: string | null;
}

function argsOf(lab: ILab): ReadonlyJSONObject {
  const { trans } = lab;
  return {
    type: 'object',
    properties: {
      runIds: { ...runIdsArg(lab), minItems: 2, maxItems: MOST_COMPARED },
      baseline: {
        type: ['string', 'null'],
        description: trans.__('The run that the others are held against; the first without it')
      },
      layout: { type: 'object', description: trans.__('What is folded and how rows are sorted') },
      view: { type: 'string', description: trans.__('The id of a view that is brought back') }
    }
  };
}

function wantedOf({ selection }: ISource, args: ReadonlyPartialJSONObject): IWanted {
  const { runIds, baseline, layout = null, view } = args;
  return {
    runIds: Array.isArray(runIds)
      ? [...new Set(runIds.map(String))]
      : oldestFirst(selection?.selected ?? []).map(run => run.id),
    baseline: typeof baseline === 'string' ? baseline : null,
    layout,
    view: typeof view === 'string' ? view : null
  };
}

function addCommand(source: ISource, restorer: ILayoutRestorer | null): void {
  const { app, lab } = source;
  const { trans } = lab;
  const views = new ViewOpener<CompareView>({
    app,
    namespace: 'mlops-lab-compare',
    type: 'MLOps Lab Comparison'
  });
  app.commands.addCommand(CommandIds.compareRuns, {
    label: trans.__('Compare Runs'),
    caption: trans.__(
      'Compare the selected runs: what differs in metrics, parameters, code and data'
    ),
    icon: compareIcon,
    describedBy: { args: argsOf(lab) },
    isEnabled: args => {
      const { runIds, view } = wantedOf(source, args);
      return runIds.length > 1 || view !== null;
    },
    execute: args => open(source, views, wantedOf(source, args))
  });
  views.restore(restorer, CommandIds.compareRuns, view => ({
    ...view.model.kept,
    view: view.parent?.id ?? ''
  }));
}

/** Bring the view of exactly these runs to the front, or make one. */
async function open(
  source: ISource,
  views: ViewOpener<CompareView>,
  wanted: IWanted
): Promise<void> {
  const { baseline, view } = wanted;
  const runIds = wanted.runIds.slice(0, MOST_COMPARED);
  const known = views.find(({ model }) => idOf(model.runIds) === idOf(runIds));
  if (known && view === null) {
    if (baseline !== null) {
      known.content.model.setBaseline(baseline);
    }
    views.show(known);
    return;
  }
  const widget = await views.open(
    view ?? views.freeId(idOf(runIds)),
    titleOf(source.lab, [], runIds.length),
    () => makeView(source, wanted)
  );
  follow(source.lab, views, widget);
}

/** The same for the same runs, in whatever order. */
function idOf(runIds: readonly string[]): string {
  return `mlops-lab-compare-${[...runIds].sort().join('-')}`;
}

function titleOf({ trans }: ILab, runs: readonly Run[], count: number): IViewTitle {
  return { icon: compareIcon, ...titleWords(runs, count, trans) };
}

/** The tab and what a reload brings back follow what is compared. */
function follow(
  lab: ILab,
  views: ViewOpener<CompareView>,
  widget: MainAreaWidget<CompareView>
): void {
  const { model } = widget.content;
  let kept = JSON.stringify(model.kept);
  model.stateChanged.connect(() => {
    const { label, caption } = titleOf(lab, model.runs, model.count);
    Object.assign(widget.title, { label, caption });
    const now = JSON.stringify(model.kept);
    if (now !== kept) {
      kept = now;
      void views.save(widget);
    }
  }, widget.content);
}

async function makeView(source: ISource, wanted: IWanted): Promise<CompareView> {
  const { app, lab, notebooks, rendermime } = source;
  const [{ CompareModel }, { CompareView }, { inserterOf }] = await Promise.all([
    import('./model'),
    import('./view'),
    import('./notebook')
  ]);
  return new CompareView({
    model: new CompareModel({ ...lab, ...wanted }),
    lab,
    commands: app.commands,
    rendermime,
    inserter: () => inserterOf(notebooks)
  });
}
