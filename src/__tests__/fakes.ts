/** Owns what tests put in place of a server: answers to HTTP requests, and changes on demand. */
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import type { IChangeFeed } from '../api/changes';
import { LabClient } from '../api/client';
import type { ILab } from '../api/tokens';
import type {
  Experiment,
  IChange,
  Job,
  Lineage,
  Run,
  RunCapture,
  RunPage,
  RunSummary
} from '../api/types';

export const trans = nullTranslator.load('mlops_lab');

export interface ISeen {
  method: string;
  /** Path below the API, with the query but without what keeps browsers from caching. */
  path: string;
  body: unknown;
}

type Answer = (seen: ISeen) => unknown;

/** An error answer of the server. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly body: object | string
  ) {}
}

/** A server that answers by the method and path of a request, such as `GET runs`. */
export class FakeServer {
  readonly seen: ISeen[] = [];

  /** Answer requests whose path is `route`, or which begin with it and a query. */
  on(route: string, answer: Answer | object): this {
    this._answers.set(route, typeof answer === 'function' ? (answer as Answer) : () => answer);
    return this;
  }

  get settings(): ServerConnection.ISettings {
    return ServerConnection.makeSettings({
      baseUrl: 'http://127.0.0.1/user/ada/',
      fetch: (input: RequestInfo | URL, init?: RequestInit) => this._fetch(new Request(input, init))
    });
  }

  get client(): LabClient {
    return new LabClient({ settings: this.settings, trans });
  }

  private async _fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const query = [...url.searchParams].filter(([, value]) => value !== '');
    const search = new URLSearchParams(query).toString();
    const path = url.pathname.replace('/user/ada/mlops-lab/api/', '');
    const text = await request.text();
    const seen = {
      method: request.method,
      path: search ? `${path}?${search}` : path,
      body: text ? (JSON.parse(text) as unknown) : undefined
    };
    this.seen.push(seen);
    const answer = this._answers.get(`${request.method} ${path}`);
    const value = answer ? await answer(seen) : new Refusal(404, 'Not Found');
    if (value instanceof Refusal) {
      const body = typeof value.body === 'string' ? value.body : JSON.stringify(value.body);
      return new Response(body, { status: value.status });
    }
    return value instanceof Response ? value : new Response(JSON.stringify(value));
  }

  private readonly _answers = new Map<string, Answer>();
}

/** A change feed that a test drives by hand. */
export class FakeFeed implements IChangeFeed {
  readonly changed = new Signal<this, IChange>(this);
  readonly resync = new Signal<this, void>(this);
  readonly connectionChanged = new Signal<this, void>(this);
  isConnected = true;
  checks = 0;

  async check(): Promise<void> {
    this.checks += 1;
  }

  /** The connection is lost, or is back. */
  connect(isConnected: boolean): void {
    this.isConnected = isConnected;
    this.connectionChanged.emit();
  }

  move(kind: IChange['kind'], id = 'x', action: IChange['action'] = 'updated'): void {
    this._seq += 1;
    this.changed.emit({ seq: this._seq, kind, id, action });
  }

  private _seq = 0;
}

export function fakeLab(server: FakeServer, feed = new FakeFeed()): ILab {
  return { client: server.client, changes: feed, trans, highlight: null };
}

export function summaryOf(id: string, more: Partial<RunSummary> = {}): RunSummary {
  return {
    id,
    name: `run ${id}`,
    experiment: 'train',
    status: 'finished',
    source: 'notebook',
    user: 'ada',
    notebook_path: 'work/train.ipynb',
    cell_id: 'cell-1',
    started_at: 1_700_000_000_000,
    ended_at: 1_700_000_002_000,
    duration_ms: 2000,
    primary_metric: {
      name: 'auc',
      last: 0.76152,
      step: 0,
      count: 1,
      min: 0.76152,
      max: 0.76152,
      is_kpi: false
    },
    error_name: null,
    job: null,
    parent_run_id: null,
    children: 0,
    direction: null,
    cpu_ms: null,
    peak_memory: null,
    same_as: null,
    has_order_problems: false,
    archived: false,
    ...more
  };
}

export function captureOf(runId: string, more: Partial<RunCapture> = {}): RunCapture {
  return {
    run_id: runId,
    environment: null,
    git: null,
    resources: null,
    outputs: null,
    order: null,
    data: [],
    models: [],
    artifacts: [],
    reproductions: [],
    history: [],
    own_history: [],
    ...more
  };
}

export function experimentOf(name: string, more: Partial<Experiment> = {}): Experiment {
  return {
    name,
    primary_metric: 'auc',
    direction: 'max',
    runs: 3,
    best_run_id: 'best',
    best: 0.8,
    total_duration_ms: 6000,
    total_cpu_ms: 9000,
    max_peak_memory: 300_000_000,
    is_exact: true,
    judged: 3,
    ...more
  };
}

export function runOf(summary: RunSummary, more: Partial<Run> = {}): Run {
  return {
    summary,
    notebook_file: '/home/ada/work/train.ipynb',
    kernel_name: 'python3',
    params: [],
    metrics: [],
    tags: [],
    cells: [],
    error: null,
    warnings: [],
    trashed_at: null,
    ...more
  };
}

export function lineageOf(id: string, more: Partial<Lineage> = {}): Lineage {
  const none = { runs: [], count: 0, is_exact: true };
  const { name, experiment, status, source, started_at } = summaryOf(id);
  return {
    run: { id, name, experiment, status, source, started_at },
    data: [],
    data_count: 0,
    models: [],
    versions: [],
    definitions: [],
    job_runs: none,
    children: none,
    reproductions: [],
    job: null,
    promoted_from: null,
    parent: null,
    same_as: null,
    ...more
  };
}

export function pageOf(runs: RunSummary[], cursor: string | null = null): RunPage {
  const found = { is_total_exact: true, values: [], notes: [] };
  return { runs, next_cursor: cursor, total: runs.length, seq: 1, ...found };
}

export function jobOf(id: string, more: Partial<Job> = {}): Job {
  return {
    id,
    definition_id: 'd1',
    definition_name: 'train',
    revision: 1,
    schedule_id: null,
    fire_at: null,
    state: 'succeeded',
    cause: 'succeeded: 11 cells executed',
    parameters: {},
    submitted_at: 1_700_000_000_000,
    submitted_by: 'ada',
    started_at: 1_700_000_001_000,
    ended_at: 1_700_000_009_000,
    attempt: 1,
    cells_done: 11,
    cells_total: 11,
    cancel_requested: false,
    run_id: 'r1',
    source_run_id: null,
    failing_cell: null,
    error: null,
    ...more
  };
}
