/** Owns the change feed: the server's events as typed signals, and the moments to fetch anew. */
import type { ServiceManager } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { LabClient } from './client';
import { ApiError, UNREACHED } from './request';
import type { IChange } from './types';

export const CHANGE_SCHEMA = 'https://events.mlops-lab.org/change/v1';

const MAX_WAIT_MS = 30_000;

/** A route that fails while others answer is tried again ever more slowly, until this is past. */
const CALM_MS = 300_000;
const KINDS: readonly string[] = [
  'run',
  'experiment',
  'model',
  'definition',
  'schedule',
  'job',
  'worker'
];

/** Where changes come from: JupyterLab's service manager, or a test. */
export type EventSource = Pick<ServiceManager.IManager, 'events' | 'connectionFailure'>;

/** What view models need of the feed. */
export interface IChangeFeed {
  /** One record moved. */
  readonly changed: ISignal<IChangeFeed, IChange>;
  /** Changes may have been missed: fetch anew what is shown. */
  readonly resync: ISignal<IChangeFeed, void>;
  /** Whether the server answered when it was asked last. */
  readonly isConnected: boolean;
  /** The connection was lost, or is back. */
  readonly connectionChanged: ISignal<IChangeFeed, void>;
  /** Look now whether the server answers. */
  check(): Promise<void>;
}

/**
 * Turns events into changes, and notices when some were lost.
 *
 * Events that are sent while the socket is down never arrive. The sequence number tells: on a gap,
 * after the page was hidden, and when the server is back after a failure, the feed asks for the
 * newest number or signals `resync` at once.
 */
export class ChangeFeed implements IChangeFeed, IDisposable {
  constructor(source: EventSource, client: Pick<LabClient, 'status'>) {
    this._client = client;
    source.events.stream.connect(this._onEvent, this);
    source.connectionFailure.connect(this._look, this);
    document.addEventListener('visibilitychange', this._onVisibility);
    window.addEventListener('focus', this._onFocus);
  }

  get changed(): ISignal<this, IChange> {
    return this._changed;
  }

  get resync(): ISignal<this, void> {
    return this._resync;
  }

  get isConnected(): boolean {
    return this._isConnected;
  }

  get connectionChanged(): ISignal<this, void> {
    return this._connectionChanged;
  }

  /** Look now whether the server answers, and which number is the newest. */
  check(): Promise<void> {
    return this._check();
  }

  /** Somebody got no answer: look whether the server is gone; if it is not, they may ask again. */
  readonly suspect = (): void => {
    this._isDoubted = true;
    this._look();
  };

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._retry);
    window.clearTimeout(this._again);
    document.removeEventListener('visibilitychange', this._onVisibility);
    window.removeEventListener('focus', this._onFocus);
    Signal.clearData(this);
  }

  private _onEvent(_: unknown, event: { schema_id: string }): void {
    if (event.schema_id !== CHANGE_SCHEMA) {
      return;
    }
    const change = event as { schema_id: string } & IChange;
    if (typeof change.seq !== 'number' || !KINDS.includes(change.kind)) {
      return;
    }
    const missed = this._seq !== null && change.seq > this._seq + 1;
    this._seq = Math.max(this._seq ?? 0, change.seq);
    if (missed) {
      this._emitResync();
      return;
    }
    const { seq, kind, id, action } = change;
    this._changed.emit({ seq, kind, id, action });
  }

  /** Asks for the newest number; while the server does not answer, asks again, ever more slowly. */
  private async _check(attempt = 0): Promise<void> {
    window.clearTimeout(this._retry);
    if (this._isDisposed || document.visibilityState === 'hidden') {
      return;
    }
    this._isChecking = true;
    try {
      const { seq } = await this._client.status();
      const moved = this._seq !== null && seq !== this._seq;
      const wasLost = !this._isConnected;
      this._seq = seq;
      this._setConnected(true);
      if (wasLost || moved) {
        this._emitResync();
      } else if (this._isDoubted) {
        this._resyncInTime();
      }
    } catch (error) {
      if (error instanceof ApiError && error.status && !UNREACHED.includes(error.status)) {
        // A server that refuses is there; asking it again would change nothing.
        this._setConnected(true);
        return;
      }
      this._setConnected(false);
      const wait = Math.min(MAX_WAIT_MS, 1000 * 2 ** attempt);
      this._retry = window.setTimeout(() => void this._check(attempt + 1), wait);
    } finally {
      this._isChecking = false;
    }
  }

  private _look(): void {
    if (this._isConnected && !this._isChecking) {
      void this._check();
    }
  }

  /** Those who got no answer ask again: at once the first time, then ever later. */
  private _resyncInTime(): void {
    if (this._again) {
      return;
    }
    const now = Date.now();
    this._doubts = now - this._doubtedAt < CALM_MS ? this._doubts + 1 : 0;
    this._doubtedAt = now;
    const wait = this._doubts === 0 ? 0 : Math.min(CALM_MS / 2, 1000 * 2 ** this._doubts);
    this._again = window.setTimeout(() => this._emitResync(), wait);
  }

  private _emitResync(): void {
    window.clearTimeout(this._again);
    this._again = 0;
    this._isDoubted = false;
    this._resync.emit();
  }

  private _setConnected(value: boolean): void {
    if (value !== this._isConnected) {
      this._isConnected = value;
      this._connectionChanged.emit();
    }
  }

  private readonly _onVisibility = (): void => {
    if (document.visibilityState !== 'visible') {
      return;
    }
    if (this._isConnected) {
      this._emitResync();
    } else {
      void this._check();
    }
  };

  private readonly _onFocus = (): void => {
    void this._check();
  };

  private readonly _changed = new Signal<this, IChange>(this);
  private readonly _connectionChanged = new Signal<this, void>(this);
  private readonly _resync = new Signal<this, void>(this);
  private readonly _client: Pick<LabClient, 'status'>;
  private _seq: number | null = null;
  private _retry = 0;
  /** The time at which those ask again who got no answer. */
  private _again = 0;
  /** Whether somebody got no answer since all were last told to ask. */
  private _isDoubted = false;
  /** How often in a row that was so while the server was there, and when last. */
  private _doubts = 0;
  private _doubtedAt = -CALM_MS;
  private _isChecking = false;
  private _isConnected = true;
  private _isDisposed = false;
}
