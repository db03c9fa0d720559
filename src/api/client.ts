/** Owns the list of our routes as typed calls; every answer has the type that the contract states. */
import type * as nbformat from '@jupyterlab/nbformat';

import { addressOf, request, requestText, type IConnection, type IRequest } from './request';
import type {
  Comparison,
  CronPreview,
  Definition,
  Experiment,
  Job,
  JobLog,
  JobState,
  MetricSeries,
  NameKind,
  NameUse,
  Promotion,
  PromotionDraft,
  Reproduction,
  Revision,
  Run,
  RunCapture,
  RunPage,
  Schedule,
  ServerStatus,
  TagEntry
} from './types';

/** As the parent of a query: runs that are nobody's children. */
export const NO_PARENT = 'none';

export interface IRunQuery {
  filter?: string;
  notebook?: string;
  experiment?: string;
  /** Only the runs that this one holds, or `NO_PARENT`. */
  parent?: string;
  /** Columns whose values come with the page. */
  columns?: readonly string[];
  limit?: number;
  cursor?: string | null;
}

export interface IJobQuery {
  definition_id?: string;
  state?: JobState;
  limit?: number;
  cursor?: string | null;
}

/** What to promote: a tracked run, or a notebook as it is stored now. */
export type PromotionSource = { run_id: string } | { notebook_path: string };

/** Points of a series that are asked for unless told otherwise: more than a chart has pixels. */
const MAX_POINTS = 1000;

/** Typed calls of the routes of one server. */
export class LabClient {
  constructor(connection: IConnection) {
    this._connection = connection;
  }

  status(signal?: AbortSignal): Promise<ServerStatus> {
    return this._ask('status', { signal });
  }

  listRuns(query: IRunQuery, signal?: AbortSignal): Promise<RunPage> {
    return this._ask('runs', { query: { ...query }, signal });
  }

  /** Names that begin so, the most used first. */
  async listNames(
    query: { kind: NameKind; prefix?: string; limit?: number },
    signal?: AbortSignal
  ): Promise<NameUse[]> {
    return (await this._ask<{ names: NameUse[] }>('names', { query, signal })).names;
  }

  getRun(id: string, signal?: AbortSignal): Promise<Run> {
    return this._ask(`runs/${id}`, { signal });
  }

  getCapture(runId: string, signal?: AbortSignal): Promise<RunCapture> {
    return this._ask(`runs/${runId}/capture`, { signal });
  }

  getSeries(
    runId: string,
    name: string,
    signal?: AbortSignal,
    maxPoints = MAX_POINTS
  ): Promise<MetricSeries> {
    return this._ask(`runs/${runId}/series`, { query: { name, max_points: maxPoints }, signal });
  }

  compare(
    runIds: readonly string[],
    signal?: AbortSignal,
    maxPoints?: number,
    metrics?: readonly string[]
  ): Promise<Comparison> {
    const query = { run_id: runIds, max_points: maxPoints, metric: metrics };
    return this._ask('comparison', { query, signal });
  }

  getExperiment(name: string, signal?: AbortSignal): Promise<Experiment> {
    return this._ask(`experiments/${encodeURIComponent(name)}`, { signal });
  }

  async getTagHistory(runId: string, name: string, signal?: AbortSignal): Promise<TagEntry[]> {
    const path = `runs/${runId}/tags/${encodeURIComponent(name)}/history`;
    return (await this._ask<{ entries: TagEntry[] }>(path, { signal })).entries;
  }

  /** The packages of a run as text that `uv pip install -r` and `pip` take. */
  getRequirements(runId: string, signal?: AbortSignal): Promise<string> {
    return requestText(this._connection, `runs/${runId}/requirements`, { signal });
  }

  /** Where the browser downloads a file of a run from. */
  artifactUrl(runId: string, path: string): string {
    const parts = path.split('/').map(encodeURIComponent).join('/');
    return addressOf(this._connection, `runs/${runId}/artifacts/${parts}`);
  }

  /** Run the recorded code again in a clean kernel; the answer comes when it has begun. */
  reproduce(runId: string, environment: Reproduction['environment']): Promise<Reproduction> {
    return this._ask(`runs/${runId}/reproductions`, { method: 'POST', body: { environment } });
  }

  draftPromotion(source: PromotionSource, signal?: AbortSignal): Promise<PromotionDraft> {
    return this._ask('promotion-draft', { query: { ...source }, signal });
  }

  previewCron(cron: string, timezone: string, signal?: AbortSignal): Promise<CronPreview> {
    return this._ask('cron-preview', { query: { cron, timezone, count: 3 }, signal });
  }

  promote(order: Promotion): Promise<Definition> {
    return this._ask('definitions', { method: 'POST', body: order });
  }

  async listDefinitions(signal?: AbortSignal): Promise<Definition[]> {
    const list = await this._ask<{ definitions: Definition[] }>('definitions', { signal });
    return list.definitions;
  }

  async listRevisions(definitionId: string, signal?: AbortSignal): Promise<Revision[]> {
    const path = `definitions/${definitionId}/revisions`;
    return (await this._ask<{ revisions: Revision[] }>(path, { signal })).revisions;
  }

  getRevisionNotebook(definitionId: string, number: number): Promise<nbformat.INotebookContent> {
    return this._ask(`definitions/${definitionId}/revisions/${number}/notebook`);
  }

  pauseSchedule(id: string, paused: boolean): Promise<Schedule> {
    return this._ask(`schedules/${id}`, { method: 'PATCH', body: { paused } });
  }

  async listJobs(
    query: IJobQuery,
    signal?: AbortSignal
  ): Promise<{ jobs: Job[]; next_cursor: string | null }> {
    return this._ask('jobs', { query: { ...query }, signal });
  }

  submitJob(definitionId: string, revision: number | null = null): Promise<Job> {
    const body = { definition_id: definitionId, revision, parameters: {} };
    return this._ask('jobs', { method: 'POST', body });
  }

  getJob(id: string, signal?: AbortSignal): Promise<Job> {
    return this._ask(`jobs/${id}`, { signal });
  }

  cancelJob(id: string): Promise<Job> {
    return this._ask(`jobs/${id}/cancel`, { method: 'POST' });
  }

  getJobNotebook(id: string): Promise<nbformat.INotebookContent> {
    return this._ask(`jobs/${id}/notebook`);
  }

  getJobLog(id: string, offset: number, signal?: AbortSignal): Promise<JobLog> {
    return this._ask(`jobs/${id}/log`, { query: { offset }, signal });
  }

  private _ask<T>(path: string, options: IRequest = {}): Promise<T> {
    return request<T>(this._connection, path, options);
  }

  private readonly _connection: IConnection;
}
