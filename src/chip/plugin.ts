/** Owns the plugin that shows a chip under each tracked cell of open notebooks. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal, type ISignal } from '@lumino/signaling';

import { ILab } from '../api/tokens';
import { CATEGORY, CommandIds, JOBS_DRIVE } from '../commands';
import { addComparePrevious, addTrack, followActiveCell, type ICellPlace } from './cellCommands';
import type { ChipLayer } from './layer';
import type { ICellRuns } from './notebookRuns';

const SETTINGS_ID = 'mlops-lab:plugin';
const SETTING = 'showChips';

export const chipPlugin: JupyterFrontEndPlugin<void> = {
  id: 'mlops-lab:chip',
  description: 'Shows a chip with the run under each tracked cell.',
  autoStart: true,
  requires: [ILab, INotebookTracker],
  optional: [ISettingRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    lab: ILab,
    notebooks: INotebookTracker,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null
  ): void => {
    const chips = new Chips(app, lab, notebooks);
    addCellCommands(app, lab, notebooks, chips, palette);
    if (!settings) {
      chips.isShown = true;
      return;
    }
    addToggle(app, lab, settings, chips);
    palette?.addItem({ command: CommandIds.toggleChips, category: CATEGORY });
    settings
      .load(SETTINGS_ID)
      .then(loaded => {
        const read = (): void => {
          chips.isShown = loaded.get(SETTING).composite !== false;
          app.commands.notifyCommandChanged(CommandIds.toggleChips);
        };
        loaded.changed.connect(read);
        read();
      })
      .catch((error: unknown) => {
        console.warn('MLOps Lab settings could not be read.', error);
        chips.isShown = true;
      });
  }
};

function addCellCommands(
  app: JupyterFrontEnd,
  lab: ILab,
  notebooks: INotebookTracker,
  chips: Chips,
  palette: ICommandPalette | null
): void {
  const place: ICellPlace = { app, lab, notebooks, runsOf: (...at) => chips.runsOf(...at) };
  addTrack(place);
  addComparePrevious(place);
  const { tell } = followActiveCell(place);
  chips.moved.connect(tell, place);
  for (const command of [CommandIds.trackCell, CommandIds.comparePrevious]) {
    palette?.addItem({ command, category: CATEGORY });
  }
}

function addToggle(
  app: JupyterFrontEnd,
  { trans }: ILab,
  settings: ISettingRegistry,
  chips: Chips
): void {
  app.commands.addCommand(CommandIds.toggleChips, {
    label: trans.__('Show Runs Under Cells'),
    caption: trans.__('Show or hide the chip with the run under each tracked cell'),
    describedBy: { args: { type: 'object', properties: {} } },
    isToggled: () => chips.isShown,
    execute: () => settings.set(SETTINGS_ID, SETTING, !chips.isShown)
  });
}

/** The chips of all open notebooks. */
class Chips {
  constructor(app: JupyterFrontEnd, lab: ILab, notebooks: INotebookTracker) {
    this._app = app;
    this._lab = lab;
    this._notebooks = notebooks;
    notebooks.widgetAdded.connect((_, panel) => void this._add(panel), this);
  }

  get isShown(): boolean {
    return this._isShown;
  }
  set isShown(value: boolean) {
    if (value === this._isShown) {
      return;
    }
    this._isShown = value;
    if (value) {
      this._notebooks.forEach(panel => void this._add(panel));
      return;
    }
    for (const layer of this._layers.values()) {
      layer.dispose();
    }
    this._layers.clear();
  }

  /** The runs of a cell; undefined where it has none, or no chips are shown. */
  runsOf(panel: NotebookPanel, cell: Cell): ICellRuns | undefined {
    return this._layers.get(panel)?.runsOf(cell);
  }

  /** The runs of some cell may have moved. */
  get moved(): ISignal<this, void> {
    return this._moved;
  }

  private async _add(panel: NotebookPanel): Promise<void> {
    const { contents } = this._app.serviceManager;
    if (contents.driveName(panel.context.path) === JOBS_DRIVE) {
      return;
    }
    await panel.context.ready;
    const { ChipLayer } = await import('./layer');
    if (!this._isShown || panel.isDisposed || this._layers.has(panel)) {
      return;
    }
    const layer = new ChipLayer({
      panel,
      lab: this._lab,
      commands: this._app.commands,
      pathOf: ({ context }) => contents.localPath(context.path)
    });
    this._layers.set(panel, layer);
    layer.moved.connect(() => this._moved.emit(), this);
    panel.disposed.connect(() => this._layers.delete(panel), this);
  }

  private readonly _app: JupyterFrontEnd;
  private readonly _lab: ILab;
  private readonly _layers = new Map<NotebookPanel, ChipLayer>();
  private readonly _moved = new Signal<this, void>(this);
  private readonly _notebooks: INotebookTracker;
  private _isShown = false;
}
