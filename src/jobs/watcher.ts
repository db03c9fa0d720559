/** Owns the notices that a job has ended. */
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { IChangeFeed } from '../api/changes';
import type { LabClient } from '../api/client';
import type { IChange, Job } from '../api/types';

/** Which ends are told: those of all jobs, of failed ones, or none. */
export type Notices = 'all' | 'failed' | 'none';

const GATHER_MS = 500;

/** Ends that are older than this are history, not news. */
const NEWS_MS = 10 * 60_000;

/** Follows the jobs that move, and tells once when one has ended. */
export class JobWatcher implements IDisposable {
  constructor(options: {
    client: Pick<LabClient, 'getJob'>;
    changes: IChangeFeed;
    notices: () => Notices;
    onEnd: (job: Job, isTold: boolean) => void;
  }) {
    this._options = options;
    options.changes.changed.connect(this._onChange, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The user started this job here, so that its end is told however it ends. */
  watch(jobId: string): void {
    this._own.add(jobId);
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    Signal.clearData(this);
  }

  private _onChange(_: IChangeFeed, change: IChange): void {
    if (change.kind !== 'job' || this._ended.has(change.id)) {
      return;
    }
    this._moved.add(change.id);
    this._timer ||= window.setTimeout(() => {
      this._timer = 0;
      const ids = [...this._moved];
      this._moved.clear();
      for (const id of ids) {
        this._look(id).catch(() => undefined);
      }
    }, GATHER_MS);
  }

  private async _look(id: string): Promise<void> {
    const job = await this._options.client.getJob(id);
    const isNews = job.ended_at !== null && Date.now() - job.ended_at < NEWS_MS;
    if (!isNews || this._ended.has(id) || this._isDisposed) {
      return;
    }
    this._ended.add(id);
    this._options.onEnd(job, this._isTold(job));
  }

  private _isTold(job: Job): boolean {
    const notices = this._options.notices();
    if (notices === 'none' || job.state === 'cancelled') {
      return false;
    }
    return notices === 'all' || job.state !== 'succeeded' || this._own.has(job.id);
  }

  private readonly _ended = new Set<string>();
  private readonly _moved = new Set<string>();
  private readonly _options: ConstructorParameters<typeof JobWatcher>[0];
  private readonly _own = new Set<string>();
  private _isDisposed = false;
  private _timer = 0;
}
