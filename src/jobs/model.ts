/** Owns what the Jobs view shows: definitions, their revisions, jobs, and whether a worker lives. */
import type { IChangeFeed } from '../api/changes';
import type { LabClient } from '../api/client';
import { asApiError, LiveModel } from '../api/live';
import type { ApiError } from '../api/request';
import type { Definition, IChange, Job, Revision, Worker } from '../api/types';

/** Jobs of one page. */
const PAGE = 50;

/** Most jobs of one request. */
const MAX_PAGE = 1000;

export type JobsClient = Pick<
  LabClient,
  | 'cancelJob'
  | 'getJob'
  | 'getJobLog'
  | 'listDefinitions'
  | 'listJobs'
  | 'listRevisions'
  | 'pauseSchedule'
  | 'status'
  | 'submitJob'
>;

export class JobsModel extends LiveModel {
  constructor(options: { client: JobsClient; changes: IChangeFeed }) {
    super(options.changes);
    this._client = options.client;
  }

  get definitions(): readonly Definition[] {
    return this._definitions;
  }

  /** Newest first. */
  get jobs(): readonly Job[] {
    return this._jobs;
  }

  get hasMore(): boolean {
    return this._cursor !== null;
  }

  /** The workers that are alive. */
  get workers(): readonly Worker[] {
    return this._workers;
  }

  /** The job that is unfolded; null when none is. */
  get openJobId(): string | null {
    return this._openJobId;
  }

  /** The revisions of the definitions that were unfolded, newest first. */
  get revisions(): ReadonlyMap<string, readonly Revision[]> {
    return this._revisions;
  }

  /** Why the newest action was refused; null when it was not. */
  get actionError(): ApiError | null {
    return this._actionError;
  }

  /** The definition whose jobs are listed; null means all. */
  get definitionId(): string | null {
    return this._definitionId;
  }

  /** The definition that somebody asked for; null when nobody did. */
  get chosenId(): string | null {
    return this._chosenId;
  }

  /** Mark a definition, and list its jobs alone. */
  async choose(definitionId: string): Promise<void> {
    this._chosenId = definitionId;
    await this.showJobsOf(definitionId);
  }

  async showJobsOf(definitionId: string | null): Promise<void> {
    this._definitionId = definitionId;
    this._jobs = [];
    await this.refresh();
  }

  /** Unfold a job, or fold it again. A job that is not on the page is fetched. */
  async openJob(id: string | null): Promise<void> {
    this._openJobId = id;
    this.touch();
    if (id !== null && this.isLoaded && !this._jobs.some(job => job.id === id)) {
      await this.refresh();
    }
  }

  async toggleRevisions(definitionId: string): Promise<void> {
    if (this._revisions.has(definitionId)) {
      this._revisions = new Map([...this._revisions].filter(([id]) => id !== definitionId));
      this.touch();
      return;
    }
    await this._act(async () => {
      const revisions = await this._client.listRevisions(definitionId);
      this._revisions = new Map([...this._revisions, [definitionId, revisions]]);
    });
  }

  async loadMore(): Promise<void> {
    const cursor = this._cursor;
    if (cursor !== null) {
      await this._act(async () => {
        const page = await this._client.listJobs({ ...this._query(PAGE), cursor });
        this._jobs = [...this._jobs, ...page.jobs];
        this._cursor = page.next_cursor;
      });
    }
  }

  async submit(definitionId: string): Promise<void> {
    await this._act(() => this._client.submitJob(definitionId));
    await this.refresh();
  }

  async cancel(jobId: string): Promise<void> {
    await this._act(() => this._client.cancelJob(jobId));
    await this.refresh();
  }

  async pause(scheduleId: string, isPaused: boolean): Promise<void> {
    await this._act(() => this._client.pauseSchedule(scheduleId, isPaused));
    await this.refresh();
  }

  /** All that a job has written so far. */
  async readLog(jobId: string): Promise<string> {
    let text = '';
    let offset = 0;
    for (;;) {
      const part = await this._client.getJobLog(jobId, offset);
      if (part.next_offset <= offset) {
        return text;
      }
      text += part.text;
      offset = part.next_offset;
    }
  }

  dismissActionError(): void {
    this._actionError = null;
    this.touch();
  }

  protected override concerns(change: IChange): boolean {
    return change.kind !== 'run';
  }

  protected override async fetch(signal: AbortSignal): Promise<void> {
    const limit = Math.min(MAX_PAGE, Math.max(PAGE, this._jobs.length));
    const [status, definitions, page, revisions] = await Promise.all([
      this._client.status(signal),
      this._client.listDefinitions(signal),
      this._client.listJobs(this._query(limit), signal),
      this._fetchRevisions(signal)
    ]);
    const jobs = await this._withOpenJob(page.jobs, signal);
    if (signal.aborted) {
      return;
    }
    this._workers = status.workers.filter(worker => worker.alive);
    this._definitions = definitions;
    this._jobs = jobs;
    this._cursor = page.next_cursor;
    this._revisions = revisions;
  }

  private async _fetchRevisions(signal: AbortSignal): Promise<Map<string, readonly Revision[]>> {
    const entries = [...this._revisions.keys()].map(
      async id => [id, await this._client.listRevisions(id, signal)] as const
    );
    return new Map(await Promise.all(entries));
  }

  private async _withOpenJob(jobs: readonly Job[], signal: AbortSignal): Promise<readonly Job[]> {
    const id = this._openJobId;
    if (id === null || jobs.some(job => job.id === id)) {
      return jobs;
    }
    const job = await this._client.getJob(id, signal).catch(() => null);
    return job ? [job, ...jobs] : jobs;
  }

  private async _act(action: () => Promise<unknown>): Promise<void> {
    this._actionError = null;
    try {
      await action();
    } catch (error) {
      this._actionError = asApiError(error);
    }
    this.touch();
  }

  private _query(limit: number): { limit: number; definition_id?: string } {
    return this._definitionId === null ? { limit } : { limit, definition_id: this._definitionId };
  }

  private readonly _client: JobsClient;
  private _actionError: ApiError | null = null;
  private _chosenId: string | null = null;
  private _cursor: string | null = null;
  private _definitionId: string | null = null;
  private _definitions: readonly Definition[] = [];
  private _jobs: readonly Job[] = [];
  private _openJobId: string | null = null;
  private _revisions: ReadonlyMap<string, readonly Revision[]> = new Map();
  private _workers: readonly Worker[] = [];
}
