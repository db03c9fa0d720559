/** Owns the chips of one open notebook: which cells have one, while cells come, go and are drawn. */
import type { Cell } from '@jupyterlab/cells';
import { NotebookActions, type Notebook, type NotebookPanel } from '@jupyterlab/notebook';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { MessageLoop, type IMessageHandler, type Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import type { PanelLayout } from '@lumino/widgets';

import type { ILab } from '../api/tokens';
import type { ICellNow } from './liveOrder';
import { NotebookRuns, type ICellRuns } from './notebookRuns';
import { isTrackUnknown, NoticeWidget } from './notice';
import { ChipWidget } from './widget';

/** Edits that come within this time are looked at once. */
const LOOK_MS = 250;

export interface ILayerOptions {
  panel: NotebookPanel;
  lab: ILab;
  commands: CommandRegistry;
  /** The path as the server knows it, without the name of a drive. */
  pathOf: (panel: NotebookPanel) => string;
}

/** The chips of one notebook, from the store; nothing of them is in its file. */
export class ChipLayer implements IDisposable {
  constructor(options: ILayerOptions) {
    this._options = options;
    const { panel, lab, pathOf } = options;
    this._runs = new NotebookRuns({ ...lab, path: pathOf(panel) });
    this._runs.stateChanged.connect(this._sync, this);
    panel.context.pathChanged.connect(this._onPath, this);
    panel.content.modelContentChanged.connect(this._onContent, this);
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
    NotebookActions.executed.connect(this._onExecuted, this);
    panel.disposed.connect(this.dispose, this);
    MessageLoop.installMessageHook(panel, this._onMessage);
    this._runs.isActive = panel.isVisible;
  }

  /** The runs of a cell; undefined where it has none. */
  runsOf(cell: Cell): ICellRuns | undefined {
    return this._runs.byCell.get(cell.model.id);
  }

  /** The runs of a cell may have moved. */
  get moved(): ISignal<unknown, void> {
    return this._runs.stateChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    Signal.clearData(this);
    MessageLoop.removeMessageHook(this._options.panel, this._onMessage);
    this._runs.dispose();
    for (const chip of this._chips.values()) {
      chip.dispose();
    }
    this._chips.clear();
    for (const notice of this._notices.values()) {
      notice.dispose();
    }
    this._notices.clear();
  }

  /** Give each cell that has a run its chip, and take away what no cell has. */
  private _sync(): void {
    const { content } = this._options.panel;
    const cells = new Set<Cell>(content.widgets);
    for (const [cell, chip] of this._chips) {
      if (!cells.has(cell) || cell.isDisposed || !this._runs.byCell.has(cell.model.id)) {
        chip.dispose();
        this._chips.delete(cell);
      }
    }
    for (const cell of cells) {
      const cellRuns = this._runs.byCell.get(cell.model.id);
      if (cellRuns && cell.model.type === 'code') {
        const chip = this._chips.get(cell);
        if (chip) {
          chip.showRun(cellRuns);
        } else {
          this._add(cell);
        }
      }
    }
    this._syncNotices(cells);
  }

  /** Cells whose kernel does not know the line that tracks them say so, with a run or without. */
  private _syncNotices(cells: ReadonlySet<Cell>): void {
    for (const [cell, notice] of this._notices) {
      if (!cells.has(cell) || cell.isDisposed || !isTrackUnknown(cell)) {
        notice.dispose();
        this._notices.delete(cell);
      }
    }
    for (const cell of cells) {
      if (isTrackUnknown(cell)) {
        void cell.ready.then(() => this._addNotice(cell));
      }
    }
    for (const chip of this._chips.values()) {
      chip.look();
    }
  }

  private _addNotice(cell: Cell): void {
    if (this._isDisposed || this._notices.has(cell) || !isTrackUnknown(cell)) {
      return;
    }
    const notice = new NoticeWidget({ ...this._options, cell });
    const layout = cell.layout as PanelLayout;
    const chip = this._chips.get(cell);
    layout.insertWidget(chip ? layout.widgets.indexOf(chip) : layout.widgets.length - 1, notice);
    this._notices.set(cell, notice);
  }

  private _onScheduled(_: unknown, { notebook, cell }: { notebook: Notebook; cell: Cell }): void {
    if (notebook === this._options.panel.content) {
      this._chips.get(cell)?.noteScheduled();
    }
  }

  private _onExecuted(_: unknown, { notebook, cell }: { notebook: Notebook; cell: Cell }): void {
    if (notebook === this._options.panel.content) {
      this._chips.get(cell)?.noteExecuted();
    }
  }

  /** A cell that was not in sight yet has no parts; its chip comes when it has. */
  private _add(cell: Cell): void {
    if (this._waiting.has(cell)) {
      return;
    }
    this._waiting.add(cell);
    void cell.ready.then(() => {
      this._waiting.delete(cell);
      const cellRuns = cell.isDisposed ? undefined : this._runs.byCell.get(cell.model.id);
      if (this._isDisposed || !cellRuns || this._chips.has(cell)) {
        return;
      }
      const chip = new ChipWidget(
        { ...this._options, cell, runs: this._runs, cellsNow: this._cellsNow },
        cellRuns
      );
      const layout = cell.layout as PanelLayout;
      // The last part of a cell is its foot; the output stands above it.
      layout.insertWidget(layout.widgets.length - 1, chip);
      this._chips.set(cell, chip);
    });
  }

  /** What moves behind another tab is looked at when the notebook is seen. */
  private _onContent(): void {
    this._cells = null;
    this._isMoved = true;
    if (!this._timer && this._runs.isActive) {
      this._timer = window.setTimeout(() => this._onDue(), LOOK_MS);
    }
  }

  private _onDue(): void {
    window.clearTimeout(this._timer);
    this._timer = 0;
    if (this._isMoved && this._runs.isActive) {
      this._isMoved = false;
      this._sync();
    }
  }

  /** Put together once for all chips, until something is edited. */
  private readonly _cellsNow = (): readonly ICellNow[] => {
    this._cells ??= this._options.panel.content.widgets
      .filter(cell => cell.model.type === 'code')
      .map(({ model }) => ({ id: model.id, source: model.sharedModel.getSource() }));
    return this._cells;
  };

  private _onPath(): void {
    const { panel, pathOf } = this._options;
    void this._runs.move(pathOf(panel));
  }

  /** Nothing is fetched while the notebook is behind another tab. */
  private readonly _onMessage = (_: IMessageHandler, { type }: Message): boolean => {
    if (type === 'after-show' || type === 'after-attach') {
      this._runs.isActive = this._options.panel.isVisible;
      this._onDue();
    } else if (type === 'after-hide' || type === 'before-detach') {
      this._runs.isActive = false;
    }
    return true;
  };

  private readonly _chips = new Map<Cell, ChipWidget>();
  private readonly _notices = new Map<Cell, NoticeWidget>();
  private readonly _options: ILayerOptions;
  private readonly _runs: NotebookRuns;
  private readonly _waiting = new Set<Cell>();
  /** The code of the cells; null when something was edited since. */
  private _cells: readonly ICellNow[] | null = null;
  private _isDisposed = false;
  private _isMoved = false;
  private _timer = 0;
}
