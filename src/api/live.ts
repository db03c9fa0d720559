/** Owns what every view model does alike: load, tell, and load again when what it shows has moved. */
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IChangeFeed } from './changes';
import { ApiError } from './request';
import type { IChange } from './types';

/**
 * Between two fetches is as much time as the first one took, within these bounds: a server that
 * answers quickly is asked soon, and one that is busy is left in peace for half of the time.
 */
const LEAST_REST_MS = 30;
const MOST_REST_MS = 1000;

/** News that somebody waits for are fetched after the least rest, but no more often than this. */
const URGENT_MS = 300;

/** No answer covers anything yet. */
const NOTHING = -1;

/**
 * A model of server data.
 *
 * Subclasses say what to fetch and which changes concern them. Nothing is fetched while `isActive`
 * is false or the page is hidden; what moved meanwhile is fetched on return.
 */
export abstract class LiveModel implements IDisposable {
  /** `gatherMs` is how long changes gather, where it shall not depend on the server. */
  constructor(feed: IChangeFeed, gatherMs: number | null = null) {
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
    const begun = performance.now();
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
    this._endedAt = performance.now();
    this._tookMs = this._endedAt - begun;
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

  /** Whether somebody waits for a change, such as for a row that is not there yet. */
  protected isUrgent?(change: IChange): boolean;

  /** Tell views that something moved. */
  protected touch(): void {
    this._version += 1;
    this._stateChanged.emit();
  }

  /** What is shown is no longer what should be; fetched soon, or when somebody looks again. */
  protected invalidate(isUrgent = false): void {
    this._moves += 1;
    this._isPressed ||= isUrgent;
    this._catchUp();
  }

  private _onChange(_: IChangeFeed, change: IChange): void {
    if (this.concerns(change)) {
      this.invalidate(this.isUrgent?.(change));
    }
  }

  private _onResync(): void {
    this.invalidate();
  }

  /** Fetches soon, once for all changes that come until then; never while a fetch is under way. */
  private _catchUp(): void {
    if (this._abort) {
      return;
    }
    const rest = this._restMs;
    const at = performance.now() + rest;
    if (this._timer && this._dueAt <= at) {
      return;
    }
    window.clearTimeout(this._timer);
    this._dueAt = at;
    this._timer = window.setTimeout(() => this._onDue(), rest);
  }

  private _onDue(): void {
    this._timer = 0;
    if (this._isStale && this._isActive && document.visibilityState !== 'hidden') {
      if (this._isPressed) {
        this._isPressed = false;
        this._pressedAt = performance.now();
      }
      void this.refresh();
    }
  }

  /** How long changes gather from now on. */
  private get _restMs(): number {
    if (this._gatherMs !== null) {
      return this._gatherMs;
    }
    const now = performance.now();
    const isHeard = this._isPressed && now - this._pressedAt >= URGENT_MS;
    const wanted = isHeard ? 0 : this._endedAt + Math.min(MOST_REST_MS, this._tookMs) - now;
    return Math.max(LEAST_REST_MS, wanted);
  }

  private get _isStale(): boolean {
    return this._shown !== this._moves;
  }

  private readonly _gatherMs: number | null;
  private readonly _stateChanged = new Signal<this, void>(this);
  private _setReady: () => void = () => undefined;
  private _abort: AbortController | null = null;
  private _error: ApiError | null = null;
  private _isActive = false;
  private _isDisposed = false;
  private _isLoaded = false;
  /** Whether an urgent change waits to be fetched, and when one was fetched last. */
  private _isPressed = false;
  private _pressedAt = -URGENT_MS;
  private _dueAt = 0;
  private _endedAt = 0;
  /** Counts the moves of what is shown; `_shown` is the count that the newest answer covers. */
  private _moves = 0;
  private _shown = NOTHING;
  private _timer = 0;
  private _tookMs = 0;
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
