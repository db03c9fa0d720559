/** Owns the list of our routes as typed calls; every answer has the type that the contract states. */
import type * as nbformat from '@jupyterlab/nbformat';

import {
  addressOf,
  request,
  requestBytes,
  requestText,
  type IConnection,
  type IRequest
} from './request';
import type {
  AuditEntry,
  Comparison,
  CronPreview,
  Curves,
  Definition,
  Experiment,
  FacetList,
  Glance,
  Explanation,
  Job,
  JobLog,
  JobState,
  Lineage,
  MetricPoint,
  MetricSeries,
  ModelVersion,
  NameKind,
  NameUse,
  Promotion,
  PromotionDraft,
  RegisteredModel,
  Reproduction,
  Revision,
  Run,
  RunCapture,
  RunList,
  RunPage,
  Schedule,
  ServerStatus,
  TagEntry,
  TrashOutcome
} from './types';

/** As the parent of a query: runs that are nobody's children. */
export const NO_PARENT = 'none';

export interface IRunQuery {
  filter?: string;
  notebook?: string;
  /** Id of a cell. */
  cell?: string;
  experiment?: string;
  /** Only the runs that this one holds, or `NO_PARENT`. */
  parent?: string;
  /** Columns such as `metrics.auc DESC`; the newest run comes first without them. */
  order_by?: readonly string[];
  /** Columns whose values come with the page. */
  columns?: readonly string[];
  archived?: 'no' | 'only' | 'any';
  trashed?: 'no' | 'only' | 'any';
  /** IANA name of the zone in which times in words count. */
  time_zone?: string;
  limit?: number;
  /** How many runs of the order stand above the page; not together with `cursor`. */
  offset?: number;
  cursor?: string | null;
}

/** Values of which field to count, among which runs. */
export type IFacetQuery = Pick<
  IRunQuery,
  'filter' | 'experiment' | 'parent' | 'archived' | 'trashed' | 'time_zone' | 'limit'
> & { field: string; order?: 'count' | 'newest' };

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

  /** How often each value of a field comes. */
  listFacets(query: IFacetQuery, signal?: AbortSignal): Promise<FacetList> {
    return this._ask('facets', { query: { ...query }, signal });
  }

  /** Names that begin so, the most used first. */
  async listNames(
    query: { kind: NameKind; prefix?: string; limit?: number },
    signal?: AbortSignal
  ): Promise<NameUse[]> {
    return (await this._ask<{ names: NameUse[] }>('names', { query, signal })).names;
  }

  /** What a list shows of runs beside their summaries. */
  async listGlances(runIds: readonly string[], signal?: AbortSignal): Promise<Glance[]> {
    const query = { run_id: runIds };
    return (await this._ask<{ glances: Glance[] }>('glances', { query, signal })).glances;
  }

  /** Set the name of a run, or whether it is archived. */
  updateRun(id: string, update: { name?: string; archived?: boolean }): Promise<Run> {
    return this._ask(`runs/${id}`, { method: 'PATCH', body: update });
  }

  setTag(runId: string, name: string, value: string): Promise<void> {
    const path = `runs/${runId}/tags/${encodeURIComponent(name)}`;
    return this._ask(path, { method: 'PUT', body: { value } });
  }

  removeTag(runId: string, name: string): Promise<void> {
    return this._ask(`runs/${runId}/tags/${encodeURIComponent(name)}`, { method: 'DELETE' });
  }

  /** Set the note of a run, in Markdown; an empty one takes it away. */
  setNote(runId: string, text: string): Promise<void> {
    return this._ask(`runs/${runId}/note`, { method: 'PUT', body: { text } });
  }

  archiveRuns(runIds: readonly string[], archived: boolean): Promise<void> {
    return this._ask('runs/archive', { method: 'POST', body: { run_ids: runIds, archived } });
  }

  trashRuns(runIds: readonly string[]): Promise<TrashOutcome> {
    return this._ask('trash', { method: 'POST', body: { runs: runIds } });
  }

  restoreRuns(runIds: readonly string[]): Promise<TrashOutcome> {
    return this._ask('trash/restore', { method: 'POST', body: { runs: runIds } });
  }

  getRun(id: string, signal?: AbortSignal): Promise<Run> {
    return this._ask(`runs/${id}`, { signal });
  }

  /** Whole runs by their ids, in that order; `missing` are ids that no run has. */
  getRuns(ids: readonly string[], signal?: AbortSignal): Promise<RunList> {
    return this._ask('runs/batch-get', { method: 'POST', body: { run_ids: ids }, signal });
  }

  getCapture(runId: string, signal?: AbortSignal): Promise<RunCapture> {
    return this._ask(`runs/${runId}/capture`, { signal });
  }

  getLineage(runId: string, signal?: AbortSignal): Promise<Lineage> {
    return this._ask(`runs/${runId}/lineage`, { signal });
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
    maxPoints?: number
  ): Promise<Comparison> {
    return this._ask('comparison', { query: { run_id: runIds, max_points: maxPoints }, signal });
  }

  /** What differs between runs, without the points of their metrics; the first is the baseline. */
  getDifferences(runIds: readonly string[], signal?: AbortSignal): Promise<Comparison> {
    return this._ask('comparison', { query: { run_id: runIds, points: 'no' }, signal });
  }

  /** One metric of several runs, thinned for a chart with its extremes kept. */
  async getCurves(
    runIds: readonly string[],
    query: { metric: string; max_points: number },
    signal?: AbortSignal
  ): Promise<MetricSeries[]> {
    const asked = { run_id: runIds, ...query };
    const { curves } = await this._ask<Curves>('curves', { query: asked, signal });
    return curves.map(({ steps, elapsed, values, first_time: first, ...about }) => ({
      ...about,
      points: steps.map((step, at) => ({
        step,
        time: first + (elapsed[at] ?? 0),
        value: values[at] as MetricPoint['value']
      }))
    }));
  }

  /** Why the second of two runs is better or worse than the first. */
  explain(
    before: string,
    after: string,
    metric: string | null,
    signal?: AbortSignal
  ): Promise<Explanation> {
    return this._ask('explanation', { query: { run_id: [before, after], metric }, signal });
  }

  /** Where the browser downloads a report of runs from; the first is the baseline. */
  reportUrl(runIds: readonly string[], format: 'html' | 'markdown'): string {
    return addressOf(this._connection, 'report', { query: { run_id: runIds, format } });
  }

  getExperiment(name: string, signal?: AbortSignal): Promise<Experiment> {
    return this._ask(`experiments/${encodeURIComponent(name)}`, { signal });
  }

  /** How several experiments stand; those that are gone are left out. */
  async listExperiments(names: readonly string[], signal?: AbortSignal): Promise<Experiment[]> {
    const query = { name: names, limit: names.length };
    return (await this._ask<{ experiments: Experiment[] }>('experiments', { query, signal }))
      .experiments;
  }

  async getTagHistory(runId: string, name: string, signal?: AbortSignal): Promise<TagEntry[]> {
    const path = `runs/${runId}/tags/${encodeURIComponent(name)}/history`;
    return (await this._ask<{ entries: TagEntry[] }>(path, { signal })).entries;
  }

  /** The packages of a run as text that `uv pip install -r` and `pip` take. */
  getRequirements(runId: string, signal?: AbortSignal): Promise<string> {
    return requestText(this._connection, `runs/${runId}/requirements`, { signal });
  }

  /** Where the browser downloads the same from. */
  requirementsUrl(runId: string): string {
    return addressOf(this._connection, `runs/${runId}/requirements`);
  }

  /** Where the browser downloads a file of a run from. */
  artifactUrl(runId: string, path: string): string {
    return addressOf(this._connection, artifactPath(runId, path));
  }

  /** Some bytes of a file of a run; of all when `range` is left out. */
  readArtifact(
    runId: string,
    path: string,
    options: { range?: readonly [start: number, end: number]; signal?: AbortSignal } = {}
  ): Promise<ArrayBuffer> {
    return requestBytes(this._connection, artifactPath(runId, path), options);
  }

  /** Where the browser downloads runs with all that they hold from. */
  exportUrl(runIds: readonly string[]): string {
    return addressOf(this._connection, 'export', { query: { run_id: runIds } });
  }

  /** Who did what, the newest first. */
  listAudit(
    query: { kind: AuditEntry['kind']; record: string; limit?: number; cursor?: string | null },
    signal?: AbortSignal
  ): Promise<{ entries: AuditEntry[]; next_cursor: string | null }> {
    return this._ask('audit', { query: { ...query }, signal });
  }

  /** Registered models by name; those whose name holds a text when one is given. */
  async listModels(
    query: { holding?: string; limit?: number },
    signal?: AbortSignal
  ): Promise<RegisteredModel[]> {
    const text = query.holding?.replaceAll("'", '');
    const filter = text ? `name ILIKE '%${text}%'` : undefined;
    const page = await this._ask<{ models: RegisteredModel[] }>('models', {
      query: { filter, limit: query.limit },
      signal
    });
    return page.models;
  }

  createModel(name: string): Promise<RegisteredModel> {
    return this._ask('models', { method: 'POST', body: { name } });
  }

  createVersion(
    model: string,
    order: { run_id: string; source?: string; description: string }
  ): Promise<ModelVersion> {
    const path = `models/${encodeURIComponent(model)}/versions`;
    return this._ask(path, { method: 'POST', body: order });
  }

  moveAlias(model: string, alias: string, version: number): Promise<ModelVersion> {
    const path = `models/${encodeURIComponent(model)}/aliases/${encodeURIComponent(alias)}`;
    return this._ask(path, { method: 'PUT', body: { version } });
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

function artifactPath(runId: string, path: string): string {
  const parts = path.split('/').map(encodeURIComponent).join('/');
  return `runs/${runId}/artifacts/${parts}`;
}
