/** Owns what every view model does alike: load, tell, and load again when what it shows has moved. */
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IChangeFeed } from './changes';
import { ApiError } from './request';
import type { IChange } from './types';

/** Changes that come within this time are answered by one fetch, unless told otherwise. */
const GATHER_MS = 150;

/** No answer covers anything yet. */
const NOTHING = -1;

/**
 * A model of server data.
 *
 * Subclasses say what to fetch and which changes concern them. Nothing is fetched while `isActive`
 * is false or the page is hidden; what moved meanwhile is fetched on return.
 */
export abstract class LiveModel implements IDisposable {
  constructor(feed: IChangeFeed, gatherMs = GATHER_MS) {
    this._gatherMs = gatherMs;
    feed.changed.connect(this._onChange, this);
    feed.resync.connect(this._onResync, this);
    this.ready = new Promise(resolve => (this._setReady = resolve));
  }

  /** Something that a view shows has moved. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  /** Grows with every emission of `stateChanged`. */
  get version(): number {
    return this._version;
  }

  /** Resolves when the first answer is here, be it good or bad. */
  readonly ready: Promise<void>;

  /** Whether no answer has come yet. */
  get isLoading(): boolean {
    return !this._isLoaded && this._error === null;
  }

  /** Whether there is something to show, be it of a moment ago. */
  get isLoaded(): boolean {
    return this._isLoaded;
  }

  /** Why the newest fetch failed; null when it did not. */
  get error(): ApiError | null {
    return this._error;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether somebody looks at the view. */
  get isActive(): boolean {
    return this._isActive;
  }
  set isActive(value: boolean) {
    this._isActive = value;
    if (value && this._isStale) {
      void this.refresh();
    }
  }

  /** Fetch what is shown. A fetch that is under way is dropped: only the newest answer counts. */
  async refresh(): Promise<void> {
    if (this._isDisposed) {
      return;
    }
    this._abort?.abort();
    const abort = new AbortController();
    this._abort = abort;
    const moves = this._moves;
    let failure: ApiError | null = null;
    try {
      await this.fetch(abort.signal);
    } catch (error) {
      failure = asApiError(error);
    }
    if (abort.signal.aborted) {
      return;
    }
    this._abort = null;
    this._error = failure;
    this._isLoaded ||= failure === null;
    this._shown = failure === null ? moves : NOTHING;
    this._setReady();
    this.touch();
    if (this._moves !== moves) {
      this._catchUp();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._abort?.abort();
    window.clearTimeout(this._timer);
    Signal.clearData(this);
  }

  /** Get the data and keep it; must look at `signal` after each wait before it writes. */
  protected abstract fetch(signal: AbortSignal): Promise<void>;

  /** Whether a change concerns what is shown. */
  protected abstract concerns(change: IChange): boolean;

  /** Tell views that something moved. */
  protected touch(): void {
    this._version += 1;
    this._stateChanged.emit();
  }

  private _onChange(_: IChangeFeed, change: IChange): void {
    if (this.concerns(change)) {
      this._invalidate();
    }
  }

  private _onResync(): void {
    this._invalidate();
  }

  private _invalidate(): void {
    this._moves += 1;
    this._catchUp();
  }

  /** Fetches soon, once for all changes that come until then; never while a fetch is under way. */
  private _catchUp(): void {
    if (this._timer || this._abort) {
      return;
    }
    this._timer = window.setTimeout(() => {
      this._timer = 0;
      if (this._isStale && this._isActive && document.visibilityState !== 'hidden') {
        void this.refresh();
      }
    }, this._gatherMs);
  }

  private get _isStale(): boolean {
    return this._shown !== this._moves;
  }

  private readonly _gatherMs: number;
  private readonly _stateChanged = new Signal<this, void>(this);
  private _setReady: () => void = () => undefined;
  private _abort: AbortController | null = null;
  private _error: ApiError | null = null;
  private _isActive = false;
  private _isDisposed = false;
  private _isLoaded = false;
  /** Counts the moves of what is shown; `_shown` is the count that the newest answer covers. */
  private _moves = 0;
  private _shown = NOTHING;
  private _timer = 0;
  private _version = 0;
}

/** Return `error` as an ApiError, so that views show every failure in one way. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) {
    return error;
  }
  return new ApiError({
    message: error instanceof Error ? error.message : String(error),
    code: 'internal_error'
  });
}
