/** Owns what charts side by side share while the pointer moves: the place that it is at. */
import { Signal, type ISignal } from '@lumino/signaling';

/** One place that several charts mark; no screen is drawn anew for it. */
export class ChartLink {
  /** Where the pointer is, along the charts; null when it has left. */
  get pointed(): ISignal<this, number | null> {
    return this._pointed;
  }

  point(at: number | null): void {
    if (at !== this._at) {
      this._at = at;
      this._pointed.emit(at);
    }
  }

  private _at: number | null = null;
  private readonly _pointed = new Signal<this, number | null>(this);
}
