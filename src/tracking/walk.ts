/** Owns moving through the list and selecting by its rows, be they here yet or not. */
import type { RunsModel } from './model';
import { only, range, stand, toggle } from './selection';

/** Steps of the keys that move through the list; the ends are further than any list is long. */
export const STEPS: Record<string, number> = {
  ArrowDown: 1,
  ArrowUp: -1,
  Home: -Infinity,
  End: Infinity
};

/** How a row is reached: selected, with others or alone, or only stood on. */
export type How = 'only' | 'toggle' | 'extend' | 'stand';

/** Where the keyboard stands in a list, and what it selects. */
export class Walker {
  constructor(model: RunsModel) {
    this._model = model;
  }

  /** The active row; -1 where it is not here. */
  get index(): number {
    const { layout, selection } = this._model;
    return selection.active === null ? -1 : layout.indexOf(selection.active, this._near);
  }

  /** Move by some rows; returns the row that was reached. */
  async step(step: number, how: How): Promise<number> {
    const { length } = this._model.layout;
    const from = this.index;
    // Where the active row is gone, such as into the trash, the next one stands in its place.
    const gone = Math.min(length - 1, this._near);
    const first = gone >= 0 ? gone : step > 0 ? 0 : length - 1;
    const to =
      Math.abs(step) === Infinity || from >= 0
        ? Math.min(length - 1, Math.max(0, from + step))
        : first;
    const isPicking = this._isPicking && this._model.selection.ids.length > 0;
    await this.reach(to, how === 'only' && isPicking ? 'stand' : how);
    return to;
  }

  /** Select a row, alone, with others, or with all rows from the anchor to it. */
  async reach(index: number, how: How): Promise<void> {
    const model = this._model;
    if (index < 0 || index >= model.layout.length) {
      return;
    }
    if (model.layout.nameAt(index) === null) {
      await model.runsBetween(index, index);
    }
    const row = model.layout.rowAt(index);
    const name = model.layout.nameAt(index);
    if (!row || name === null) {
      return;
    }
    const anchor = this._anchorIndex();
    this._near = index;
    if (how === 'extend' && anchor >= 0) {
      await this._extend(anchor, index, name);
    } else if (row.kind === 'group' || how === 'stand') {
      model.select(stand(model.selection, name));
    } else if (how === 'toggle') {
      model.select(toggle(model.selection, name));
      this._anchor = index;
    } else {
      model.select(only(name));
      this._anchor = index;
      this._isPicking = false;
    }
  }

  /**
   * Pick the active row for the selection, or drop it. From then on moving leaves the selection as it
   * is; a row that was selected by moving alone stays selected when it is picked.
   */
  pick(id: string): void {
    const { selection } = this._model;
    const isThere = !this._isPicking && selection.ids.length === 1 && selection.ids[0] === id;
    this._isPicking = true;
    if (!isThere) {
      this._model.select(toggle(selection, id));
    }
  }

  /** Select every run, or as many as one request gives. */
  async selectAll(): Promise<void> {
    const model = this._model;
    const runs = await model.runsBetween(0, model.layout.length - 1);
    const ids = runs.map(run => run.id);
    model.select(range(model.selection, ids, model.selection.active ?? ids[0] ?? null));
  }

  private async _extend(anchor: number, index: number, name: string): Promise<void> {
    const model = this._model;
    const runs = await model.runsBetween(Math.min(anchor, index), Math.max(anchor, index));
    const ids = runs.map(run => run.id);
    model.select(range(model.selection, anchor <= index ? ids : ids.reverse(), name));
  }

  private _anchorIndex(): number {
    const { layout, selection } = this._model;
    return selection.anchor === null ? -1 : layout.indexOf(selection.anchor, this._anchor);
  }

  private readonly _model: RunsModel;
  private _anchor = -1;
  private _isPicking = false;
  private _near = -1;
}
