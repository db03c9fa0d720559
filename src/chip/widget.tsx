/** Owns the widget that holds a chip below the output of its cell. */
import { Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { asApiError } from '../api/live';
import type { ILab } from '../api/tokens';
import { CommandIds } from '../commands';
import { LabProvider, Sight, SightProvider, useModel } from '../components/hooks';
import { Chip, type IChipActions } from './chip';
import { liveOrder, type ICellNow } from './liveOrder';
import { ChipModel } from './model';
import { isTrackUnknown } from './notice';
import type { ICellRuns, NotebookRuns } from './notebookRuns';

/** A run that comes later than this after its cell was executed is slow, in milliseconds. */
const LATE_MS = 3000;

export interface IChipOptions {
  cell: Cell;
  panel: NotebookPanel;
  lab: ILab;
  commands: CommandRegistry;
  runs: NotebookRuns;
  /** The code of the cells of the notebook, as it is now. */
  cellsNow: () => readonly ICellNow[];
}

/** The chip of one cell, for whichever run is its newest. */
export class ChipWidget extends ReactWidget {
  constructor(options: IChipOptions, cellRuns: ICellRuns) {
    super();
    this._options = options;
    this._cellRuns = cellRuns;
    this._model = this._makeModel();
    this.addClass('jp-MlopsLab-chip');
    options.panel.sessionContext.statusChanged.connect(this._onMoved, this);
    options.panel.sessionContext.kernelChanged.connect(this._onMoved, this);
    options.runs.stateChanged.connect(this._onMoved, this);
  }

  /** Show the newest run of the cell. */
  showRun(cellRuns: ICellRuns): void {
    if (cellRuns === this._cellRuns) {
      this.look();
      return;
    }
    const isAnother = cellRuns.run.id !== this._cellRuns.run.id;
    this._cellRuns = cellRuns;
    if (isAnother) {
      this._model.dispose();
      this._model = this._makeModel();
      this._follow();
    }
    this.update();
  }

  /** The cell is about to be executed. */
  noteScheduled(): void {
    this._before = this._stamp();
    this._isExecuted = false;
    this.update();
  }

  /** The cell was executed: what came of it is a run, or the chip shows an earlier one. */
  noteExecuted(): void {
    window.clearTimeout(this._late);
    this._late = window.setTimeout(() => {
      this._isExecuted = true;
      this.look();
    }, LATE_MS);
  }

  /** The notebook moved: the cell or those it depends on may have been edited. */
  look(): void {
    if (this._sight.isSeen) {
      this.update();
    }
  }

  override dispose(): void {
    window.clearTimeout(this._late);
    this._observer?.disconnect();
    this._model.dispose();
    super.dispose();
  }

  protected override render(): React.JSX.Element {
    const { lab, runs, cell, cellsNow } = this._options;
    const { run, previous } = this._cellRuns;
    const model = this._model;
    return (
      <LabProvider value={lab}>
        <SightProvider value={this._sight}>
          <Following key={run.id} model={model}>
            {() => (
              <Chip
                model={model}
                listed={run}
                previous={previous}
                experiment={runs.experiment(run.experiment)}
                order={liveOrder(
                  cellsNow(),
                  cell.model.id,
                  this._sourceThatRan(),
                  model.dependencies
                )}
                isEarlier={this._isEarlier()}
                actions={this._actions()}
              />
            )}
          </Following>
        </SightProvider>
      </LabProvider>
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._observer = new IntersectionObserver(entries => {
      // Only the last of them tells how it is now.
      this._setSeen(entries.at(-1)?.isIntersecting ?? false);
    });
    this._observer.observe(this.node);
  }

  protected override onBeforeDetach(message: Message): void {
    this._observer?.disconnect();
    this._observer = null;
    this._setSeen(false);
    super.onBeforeDetach(message);
  }

  /** What moved while the chip was out of sight is drawn when it comes back. */
  private _setSeen(isSeen: boolean): void {
    const isNews = isSeen && !this._sight.isSeen;
    this._sight.isSeen = isSeen;
    this._follow();
    if (isNews) {
      this.update();
    }
  }

  /** Fetches only while the chip is in sight. */
  private _follow(): void {
    const { isSeen } = this._sight;
    if (!this._model.isDisposed && this._model.isActive !== isSeen) {
      this._model.isActive = isSeen;
    }
  }

  private _makeModel(): ChipModel {
    const { lab, runs } = this._options;
    return new ChipModel({
      ...lab,
      runId: this._cellRuns.run.id,
      onEnd: run => void runs.noteEnd(run.summary)
    });
  }

  /** Whether an execution of the cell came after the run, and made none. */
  private _isEarlier(): boolean {
    const isStale = this._isExecuted && this._before === this._stamp();
    return isStale || isTrackUnknown(this._options.cell);
  }

  /** Tells the run from another, and from itself when it has been carried on. */
  private _stamp(): string {
    const { id, status, ended_at: end } = this._model.run?.summary ?? this._cellRuns.run;
    return [id, status, end].join(' ');
  }

  private _sourceThatRan(): string | null {
    const cells = this._model.run?.cells ?? [];
    const id = this._options.cell.model.id;
    return (cells.find(cell => cell.cell_id === id) ?? cells.at(-1))?.source ?? null;
  }

  private _actions(): IChipActions {
    const { commands, panel, cell, lab } = this._options;
    const kernel = panel.sessionContext.session?.kernel;
    // After a reload a kernel at work says nothing before its cell ends.
    const isWorking = kernel?.status === 'busy' || kernel?.status === 'unknown';
    return {
      open: (runId, section) =>
        void commands.execute(CommandIds.openRun, section ? { runId, section } : { runId }),
      compare: runIds => void commands.execute(CommandIds.compareRuns, { runIds: [...runIds] }),
      restore: runId => {
        panel.content.activeCellIndex = panel.content.widgets.indexOf(cell);
        void commands.execute(CommandIds.restoreCode, { runId });
      },
      stop: kernel && isWorking ? () => void interrupt(kernel, lab.trans) : null
    };
  }

  private _onMoved(): void {
    this.look();
  }

  private readonly _options: IChipOptions;
  private readonly _sight = new Sight();
  private _before = '';
  private _cellRuns: ICellRuns;
  private _isExecuted = false;
  private _late = 0;
  private _model: ChipModel;
  private _observer: IntersectionObserver | null = null;
}

async function interrupt(
  kernel: Pick<Kernel.IKernelConnection, 'interrupt'>,
  trans: TranslationBundle
): Promise<void> {
  try {
    await kernel.interrupt();
  } catch (error) {
    const { message } = asApiError(error);
    Notification.error(trans.__('The kernel could not be interrupted: %1', message));
  }
}

/** Draws again when the model has moved. */
function Following(props: {
  model: ChipModel;
  children: () => React.JSX.Element;
}): React.JSX.Element {
  useModel(props.model);
  return props.children();
}
