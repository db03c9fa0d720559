/** Owns what was captured of the compared runs: read a few at a time, and anew once a run has moved. */
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { IChangeFeed } from '../api/changes';
import type { LabClient } from '../api/client';
import type { IChange, RunCapture } from '../api/types';
import { Part } from './part';

/** Captures that are asked for at the same time. */
const AT_ONCE = 4;

export class Captures implements IDisposable {
  constructor(options: {
    client: Pick<LabClient, 'getCapture'>;
    changes: IChangeFeed;
    touch: () => void;
  }) {
    const { client, changes, touch } = options;
    this._client = client;
    this._touch = touch;
    this.reading = new Part<true>(touch);
    changes.changed.connect(this._onChange, this);
    changes.resync.connect(this._onResync, this);
  }

  /** How the newest reading stands. */
  readonly reading: Part<true>;

  /** What was captured of each run, as far as it was read. */
  get all(): ReadonlyMap<string, RunCapture> {
    return this._all;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Read what is not known of these runs, or of a moment before they moved; shown as it comes. */
  async read(runIds: readonly string[]): Promise<void> {
    this._isWaiting = false;
    this._runIds = runIds;
    const wanted = runIds.filter(id => this._read.get(id) !== this._movesOf(id));
    await this.reading.load(async signal => {
      const next = async (): Promise<void> => {
        for (let id = wanted.shift(); id !== undefined; id = wanted.shift()) {
          await this._readOne(id, signal);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, next));
      return true;
    });
    if (this._mustGoOn()) {
      await this.read(this._runIds);
    }
  }

  /** Once they were asked for, captures follow the runs; a reading that is under way ends before. */
  follow(runIds: readonly string[]): void {
    this._runIds = runIds;
    if (this.reading.isLoading) {
      this._isWaiting = true;
    } else if (this.reading.wasAsked) {
      void this.read(runIds);
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._isWaiting = false;
    this.reading.clear();
    Signal.clearData(this);
  }

  private _mustGoOn(): boolean {
    return this._isWaiting && !this.reading.isLoading;
  }

  private async _readOne(id: string, signal: AbortSignal): Promise<void> {
    const moves = this._movesOf(id);
    const capture = await this._client.getCapture(id, signal);
    if (!signal.aborted) {
      this._read.set(id, moves);
      this._all = new Map([...this._all, [id, capture]]);
      this._touch();
    }
  }

  private _movesOf(id: string): number {
    return this._moves.get(id) ?? 0;
  }

  private _onChange(_: IChangeFeed, { kind, id }: IChange): void {
    if (kind === 'run') {
      this._moves.set(id, this._movesOf(id) + 1);
    }
  }

  /** Any run may have moved while nothing was heard. */
  private _onResync(): void {
    this._read.clear();
  }

  private readonly _client: Pick<LabClient, 'getCapture'>;
  private readonly _touch: () => void;
  private _all: ReadonlyMap<string, RunCapture> = new Map();
  private _isDisposed = false;
  /** Whether runs may have moved since the reading began that is under way. */
  private _isWaiting = false;
  /** How often each run has moved, and how often it had when it was read. */
  private readonly _moves = new Map<string, number>();
  private readonly _read = new Map<string, number>();
  private _runIds: readonly string[] = [];
}
