/** Owns the typed calls about runs; every answer has the type that the contract states. */
import { ProductionCalls } from './production';
import { addressOf, requestBytes, requestText } from './request';
import type {
  AuditEntry,
  Comparison,
  Curves,
  Experiment,
  FacetList,
  Glance,
  Explanation,
  Lineage,
  MetricPoint,
  MetricSeries,
  NameKind,
  NameUse,
  Reproduction,
  Run,
  RunCapture,
  RunList,
  RunPage,
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
  | 'filter'
  | 'notebook'
  | 'cell'
  | 'experiment'
  | 'parent'
  | 'archived'
  | 'trashed'
  | 'time_zone'
  | 'limit'
> & { field: string; order?: 'count' | 'newest' };

/** Points of a series that are asked for unless told otherwise: more than a chart has pixels. */
const MAX_POINTS = 1000;

/** Typed calls of the routes of one server. */
export class LabClient extends ProductionCalls {
  status(signal?: AbortSignal): Promise<ServerStatus> {
    return this.ask('status', { signal });
  }

  listRuns(query: IRunQuery, signal?: AbortSignal): Promise<RunPage> {
    return this.ask('runs', { query: { ...query }, signal });
  }

  /** How often each value of a field comes. */
  listFacets(query: IFacetQuery, signal?: AbortSignal): Promise<FacetList> {
    return this.ask('facets', { query: { ...query }, signal });
  }

  /** Names that begin so, the most used first. */
  async listNames(
    query: { kind: NameKind; prefix?: string; piece?: string; limit?: number },
    signal?: AbortSignal
  ): Promise<NameUse[]> {
    return (await this.ask<{ names: NameUse[] }>('names', { query, signal })).names;
  }

  /** What a list shows of runs beside their summaries. */
  async listGlances(runIds: readonly string[], signal?: AbortSignal): Promise<Glance[]> {
    const query = { run_id: runIds };
    return (await this.ask<{ glances: Glance[] }>('glances', { query, signal })).glances;
  }

  /** Set the name of a run, or whether it is archived. */
  updateRun(id: string, update: { name?: string; archived?: boolean }): Promise<Run> {
    return this.ask(`runs/${id}`, { method: 'PATCH', body: update });
  }

  setTag(runId: string, name: string, value: string): Promise<void> {
    const path = `runs/${runId}/tags/${encodeURIComponent(name)}`;
    return this.ask(path, { method: 'PUT', body: { value } });
  }

  removeTag(runId: string, name: string): Promise<void> {
    return this.ask(`runs/${runId}/tags/${encodeURIComponent(name)}`, { method: 'DELETE' });
  }

  /** Set the note of a run, in Markdown; an empty one takes it away. */
  setNote(runId: string, text: string): Promise<void> {
    return this.ask(`runs/${runId}/note`, { method: 'PUT', body: { text } });
  }

  archiveRuns(runIds: readonly string[], archived: boolean): Promise<void> {
    return this.ask('runs/archive', { method: 'POST', body: { run_ids: runIds, archived } });
  }

  trashRuns(runIds: readonly string[]): Promise<TrashOutcome> {
    return this.ask('trash', { method: 'POST', body: { runs: runIds } });
  }

  restoreRuns(runIds: readonly string[]): Promise<TrashOutcome> {
    return this.ask('trash/restore', { method: 'POST', body: { runs: runIds } });
  }

  getRun(id: string, signal?: AbortSignal): Promise<Run> {
    return this.ask(`runs/${id}`, { signal });
  }

  /** Whole runs by their ids, in that order; `missing` are ids that no run has. */
  getRuns(ids: readonly string[], signal?: AbortSignal): Promise<RunList> {
    return this.ask('runs/batch-get', { method: 'POST', body: { run_ids: ids }, signal });
  }

  getCapture(runId: string, signal?: AbortSignal): Promise<RunCapture> {
    return this.ask(`runs/${runId}/capture`, { signal });
  }

  getLineage(runId: string, signal?: AbortSignal): Promise<Lineage> {
    return this.ask(`runs/${runId}/lineage`, { signal });
  }

  getSeries(
    runId: string,
    name: string,
    signal?: AbortSignal,
    maxPoints = MAX_POINTS
  ): Promise<MetricSeries> {
    return this.ask(`runs/${runId}/series`, { query: { name, max_points: maxPoints }, signal });
  }

  compare(
    runIds: readonly string[],
    signal?: AbortSignal,
    maxPoints?: number
  ): Promise<Comparison> {
    return this.ask('comparison', { query: { run_id: runIds, max_points: maxPoints }, signal });
  }

  /** What differs between runs, without the points of their metrics; the first is the baseline. */
  getDifferences(runIds: readonly string[], signal?: AbortSignal): Promise<Comparison> {
    return this.ask('comparison', { query: { run_id: runIds, points: 'no' }, signal });
  }

  /** One metric of several runs, thinned for a chart with its extremes kept. */
  async getCurves(
    runIds: readonly string[],
    query: { metric: string; max_points: number },
    signal?: AbortSignal
  ): Promise<MetricSeries[]> {
    const asked = { run_id: runIds, ...query };
    const { curves } = await this.ask<Curves>('curves', { query: asked, signal });
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
    return this.ask('explanation', { query: { run_id: [before, after], metric }, signal });
  }

  /** Where the browser downloads a report of runs from; the first is the baseline. */
  reportUrl(runIds: readonly string[], format: 'html' | 'markdown'): string {
    return addressOf(this.connection, 'report', { query: { run_id: runIds, format } });
  }

  getExperiment(name: string, signal?: AbortSignal): Promise<Experiment> {
    return this.ask(`experiments/${encodeURIComponent(name)}`, { signal });
  }

  /** How several experiments stand; those that are gone are left out. */
  async listExperiments(names: readonly string[], signal?: AbortSignal): Promise<Experiment[]> {
    const query = { name: names, limit: names.length };
    return (await this.ask<{ experiments: Experiment[] }>('experiments', { query, signal }))
      .experiments;
  }

  async getTagHistory(runId: string, name: string, signal?: AbortSignal): Promise<TagEntry[]> {
    const path = `runs/${runId}/tags/${encodeURIComponent(name)}/history`;
    return (await this.ask<{ entries: TagEntry[] }>(path, { signal })).entries;
  }

  /** The packages of a run as text that `uv pip install -r` and `pip` take. */
  getRequirements(runId: string, signal?: AbortSignal): Promise<string> {
    return requestText(this.connection, `runs/${runId}/requirements`, { signal });
  }

  /** Where the browser downloads the same from. */
  requirementsUrl(runId: string): string {
    return addressOf(this.connection, `runs/${runId}/requirements`);
  }

  /** Where the browser downloads a file of a run from. */
  artifactUrl(runId: string, path: string): string {
    return addressOf(this.connection, artifactPath(runId, path));
  }

  /** Some bytes of a file of a run; of all when `range` is left out. */
  readArtifact(
    runId: string,
    path: string,
    options: { range?: readonly [start: number, end: number]; signal?: AbortSignal } = {}
  ): Promise<ArrayBuffer> {
    return requestBytes(this.connection, artifactPath(runId, path), options);
  }

  /** Where the browser downloads runs with all that they hold from. */
  exportUrl(runIds: readonly string[]): string {
    return addressOf(this.connection, 'export', { query: { run_id: runIds } });
  }

  /** Who did what, the newest first. */
  listAudit(
    query: { kind: AuditEntry['kind']; record: string; limit?: number; cursor?: string | null },
    signal?: AbortSignal
  ): Promise<{ entries: AuditEntry[]; next_cursor: string | null }> {
    return this.ask('audit', { query: { ...query }, signal });
  }

  /** Run the recorded code again in a clean kernel; the answer comes when it has begun. */
  reproduce(runId: string, environment: Reproduction['environment']): Promise<Reproduction> {
    return this.ask(`runs/${runId}/reproductions`, { method: 'POST', body: { environment } });
  }
}

function artifactPath(runId: string, path: string): string {
  const parts = path.split('/').map(encodeURIComponent).join('/');
  return `runs/${runId}/artifacts/${parts}`;
}
