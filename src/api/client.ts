/** Owns the list of our routes as typed calls; every answer has the type that the contract states. */
import type * as nbformat from '@jupyterlab/nbformat';

import { request, type IConnection, type IRequest } from './request';
import type {
  Comparison,
  CronPreview,
  Definition,
  Job,
  JobLog,
  JobState,
  MetricSeries,
  Promotion,
  PromotionDraft,
  Revision,
  Run,
  RunPage,
  Schedule,
  ServerStatus
} from './types';

export interface IRunQuery {
  filter?: string;
  notebook?: string;
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

  getRun(id: string, signal?: AbortSignal): Promise<Run> {
    return this._ask(`runs/${id}`, { signal });
  }

  getSeries(runId: string, name: string, signal?: AbortSignal): Promise<MetricSeries> {
    return this._ask(`runs/${runId}/series`, { query: { name, max_points: 1000 }, signal });
  }

  compare(runIds: readonly string[], signal?: AbortSignal): Promise<Comparison> {
    return this._ask('comparison', { query: { run_id: runIds }, signal });
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
