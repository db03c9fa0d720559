/** Owns what can be done with a run from its page: the deeds, and which of them a run allows. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { Run } from '../api/types';
import { CommandIds } from '../commands';
import { shortId } from '../components/format';
import type { RunModel } from './model';
import { registrable } from './register';
import { doWithUndo, tellFailure } from './undo';

export interface IAction {
  id: string;
  label: string;
  caption: string;
  act: () => void;
  /** Stands in the head of the page; the others are in its menu. */
  isShown?: boolean;
  isPrimary?: boolean;
  /** Begins a group of the menu. */
  isFirst?: boolean;
}

export interface IActionSource {
  run: Run;
  model: RunModel;
  commands: CommandRegistry;
  trans: TranslationBundle;
  onReveal: (section: string) => void;
  onRegister: () => void;
}

type Group = (source: IActionSource) => (IAction | false)[];

/** What the run allows now, the most wanted first. */
export function actionsOf(source: IActionSource): IAction[] {
  const groups: Group[] = [leading, keeping, comparing, carrying, ending];
  return groups.flatMap(group => group(source).filter(action => action !== false));
}

/** Runs a command about the run, or with the arguments that are given. */
function opener({ run, commands }: IActionSource) {
  return (command: string, args: Record<string, string | null> = { runId: run.summary.id }) =>
    (): void =>
      void commands.execute(command, args);
}

function leading(source: IActionSource): (IAction | false)[] {
  const { run, trans, onReveal } = source;
  const { job, status } = run.summary;
  const hasCode = run.cells.length > 0;
  const open = opener(source);
  return [
    !job &&
      status === 'finished' && {
        id: 'promote',
        label: trans.__('Productionize'),
        caption: trans.__('Make this run a job that runs by itself'),
        act: open(CommandIds.promoteRun),
        isShown: true,
        isPrimary: true
      },
    job !== null && {
      id: 'open-executed',
      label: trans.__('Open executed notebook'),
      caption: trans.__('Open the notebook as the job executed it'),
      act: open(CommandIds.openJobNotebook, { jobId: job.job_id }),
      isShown: true
    },
    !job &&
      status !== 'running' &&
      hasCode && {
        id: 'reproduce',
        label: trans.__('Reproduce…'),
        caption: trans.__('Run the recorded code again in a clean kernel, and compare'),
        act: () => onReveal('reproductions'),
        isShown: true
      },
    !job &&
      hasCode && {
        id: 'restore',
        label: trans.__('Restore code'),
        caption: trans.__('Put the code of this run into its notebook, as a new cell'),
        act: open(CommandIds.restoreCode),
        isShown: true
      }
  ];
}

function keeping(source: IActionSource): (IAction | false)[] {
  const { run, model, trans, onRegister } = source;
  const { job, cell_id: cellId, notebook_path: path } = run.summary;
  const { models = [], artifacts = [], history = [] } = model.capture ?? {};
  const open = opener(source);
  return [
    registrable(models, artifacts).length > 0 && {
      id: 'register',
      label: trans.__('Register…'),
      caption: trans.__('Make the model of this run a version of a registered model'),
      act: onRegister,
      isShown: true
    },
    !job &&
      path !== null && {
        id: 'open-notebook',
        label: trans.__('Open notebook'),
        caption: trans.__('Open %1 at the cell of this run', path),
        act: open(CommandIds.openNotebookCell, { path, cellId })
      },
    history.length > 0 && {
      id: 'restore-history',
      label: trans.__('Restore history into a new notebook'),
      caption: trans.__('Put all cells that ran before this run into a new notebook'),
      act: open(CommandIds.restoreHistory)
    }
  ];
}

function comparing({ run, model, commands, trans }: IActionSource): (IAction | false)[] {
  const { id } = run.summary;
  const best = model.experiment?.best_run_id ?? null;
  const compare = (other: string): void =>
    void commands.execute(CommandIds.compareRuns, { runIds: [other, id] });
  return [
    {
      id: 'compare-previous',
      label: trans.__('Compare with previous run'),
      caption: trans.__(
        'Compare with the run of the same cell, or else experiment, before this one'
      ),
      isFirst: true,
      act: () => {
        model
          .findPrevious()
          .then(
            found =>
              found ? compare(found.id) : tellFailure(new Error(trans.__('It is the first one.'))),
            tellFailure
          );
      }
    },
    best !== null &&
      best !== id && {
        id: 'compare-best',
        label: trans.__('Compare with best run'),
        caption: trans.__('Compare with the best run of the experiment, %1', shortId(best)),
        act: () => compare(best)
      }
  ];
}

function carrying({ run, model, commands, trans }: IActionSource): (IAction | false)[] {
  const { id } = run.summary;
  const hasPackages = Boolean(model.capture?.environment);
  return [
    {
      id: 'export',
      label: trans.__('Export as zip'),
      caption: trans.__('Download the run with all that it holds; import takes it elsewhere'),
      isFirst: true,
      act: () => download(model.exportUrl)
    },
    {
      id: 'report-html',
      label: trans.__('Report as HTML'),
      caption: trans.__('Download a page about the run that needs nothing else'),
      act: () => download(model.reportUrl('html'))
    },
    {
      id: 'report-markdown',
      label: trans.__('Report as Markdown'),
      caption: trans.__('Download a report of the run as Markdown'),
      act: () => download(model.reportUrl('markdown'))
    },
    hasPackages && {
      id: 'requirements',
      label: trans.__('Requirements'),
      caption: trans.__('Download the packages of the run for uv or pip'),
      act: () => download(model.requirementsUrl)
    },
    commands.hasCommand(COPY_LINK) && {
      id: 'copy-link',
      label: trans.__('Copy link'),
      caption: trans.__('Copy an address that opens this page'),
      act: () => void commands.execute(COPY_LINK, { runIds: [id] })
    }
  ];
}

/** Copies a link to runs, where a plugin offers it. */
const COPY_LINK = 'mlops-lab:copy-link';

function ending({ run, model, trans }: IActionSource): (IAction | false)[] {
  const { name, archived, status, source } = run.summary;
  const isOpen = status === 'running' && source !== 'client';
  return [
    !model.isGone && {
      id: 'archive',
      label: archived ? trans.__('Unarchive') : trans.__('Archive'),
      caption: archived
        ? trans.__('Show the run in lists again')
        : trans.__('Leave the run out of lists that show no archived runs'),
      isFirst: true,
      act: () =>
        void doWithUndo(trans, {
          act: () => model.edits.archive(!archived),
          said: archived
            ? trans.__('“%1” is in the list again.', name)
            : trans.__('“%1” is archived.', name),
          undo: () => model.edits.archive(archived)
        })
    },
    !isOpen &&
      !model.isGone && {
        id: 'trash',
        label: trans.__('Move to trash'),
        caption: trans.__('Put the run and its children into the trash'),
        act: () =>
          void doWithUndo(trans, {
            act: () => model.edits.trash(),
            said: trans.__('“%1” is in the trash.', name),
            undo: () => model.edits.restore()
          })
      }
  ];
}

function download(address: string): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  link.click();
}
