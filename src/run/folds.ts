/** Owns which sections of the pages of runs somebody folded or opened, kept between visits. */
import type { IStateDB } from '@jupyterlab/statedb';

const KEY = 'mlops-lab:run-sections';

/** What a page needs to know and to keep. */
export interface IFolds {
  /** Whether a section is open; undefined where nobody turned it. */
  get(section: string): boolean | undefined;
  set(section: string, isOpen: boolean): void;
}

/** One memory for all pages of runs. */
export class Folds implements IFolds {
  constructor(state: IStateDB | null) {
    this._state = state;
    this.ready = this._load();
  }

  /** Resolves when what was kept is known. */
  readonly ready: Promise<void>;

  get(section: string): boolean | undefined {
    return this._turned.get(section);
  }

  set(section: string, isOpen: boolean): void {
    if (this._turned.get(section) !== isOpen) {
      this._turned.set(section, isOpen);
      void this._state?.save(KEY, Object.fromEntries(this._turned));
    }
  }

  private async _load(): Promise<void> {
    const kept = await this._state?.fetch(KEY).catch(() => undefined);
    if (typeof kept === 'object' && kept !== null) {
      for (const [name, isOpen] of Object.entries(kept)) {
        this._turned.set(name, isOpen === true);
      }
    }
  }

  private readonly _state: IStateDB | null;
  private readonly _turned = new Map<string, boolean>();
}
