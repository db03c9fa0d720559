/** Owns everything about one run: what it was, what was captured of it, its series and its trials. */
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IChangeFeed } from '../api/changes';
import type { LabClient } from '../api/client';
import { asApiError, LiveModel } from '../api/live';
import { ApiError } from '../api/request';
import type {
  Experiment,
  IChange,
  Lineage,
  MetricSeries,
  MetricSummary,
  Reproduction,
  Run,
  RunCapture,
  RunSummary
} from '../api/types';
import { isSystem } from '../components/system';
import { RunEdits, type EditClient } from './edits';
import { fetchTrials, NO_TRIALS, type ITrials } from './trials';

/** Charts of the first glance, beside the numbers: the primary metric and the next one. */
const GLANCE_SERIES = 2;

/** Series that are fetched at once; more follow when they are asked for. */
const SERIES_STEP = 24;

/** A pause in typing after which charts are looked for, in milliseconds. */
const TYPING_MS = 200;

/** While a run goes on, what is captured of it and its trials are asked for at most this often. */
const PAUSE_MS = 2000;

export type RunClient = Pick<
  LabClient,
  | 'getRun'
  | 'getCapture'
  | 'getSeries'
  | 'getExperiment'
  | 'listRuns'
  | 'getDifferences'
  | 'getLineage'
  | 'getRequirements'
  | 'artifactUrl'
  | 'exportUrl'
  | 'reportUrl'
  | 'requirementsUrl'
  | 'readArtifact'
  | 'reproduce'
> &
  EditClient;

/** One run, kept current while it runs. */
export class RunModel extends LiveModel {
  constructor(options: {
    client: RunClient;
    changes: IChangeFeed;
    trans: TranslationBundle;
    runId: string;
  }) {
    super(options.changes);
    this._client = options.client;
    this._trans = options.trans;
    this.runId = options.runId;
    this.edits = new RunEdits(this._client, this.runId, () => this.refresh());
  }

  readonly runId: string;

  /** What a reader changes of the run. */
  readonly edits: RunEdits;

  /** Whether the run is in the trash, or was removed while it was shown. */
  get isGone(): boolean {
    return this._isGone || typeof this._run?.trashed_at === 'number';
  }

  get run(): Run | null {
    return this._run;
  }

  /** What was captured besides params, metrics and cells; null until the server has answered. */
  get capture(): RunCapture | null {
    return this._capture;
  }

  /** Why there is no capture to show. */
  get captureError(): ApiError | null {
    return this._captureError;
  }

  /** The experiment of the run, with its best run. */
  get experiment(): Experiment | null {
    return this._experiment;
  }

  /** The runs that this one holds, such as the trials of a search. */
  get trials(): ITrials {
    return this._trials;
  }

  /** The metrics of the run itself, the primary one first. */
  get metrics(): readonly MetricSummary[] {
    return this._metrics;
  }

  /** The series that were logged at more than one step, as far as they are shown. */
  get series(): readonly MetricSeries[] {
    return this._series;
  }

  /** How many of the metrics are curves. */
  get curves(): number {
    return this._metrics.filter(isCurve).length;
  }

  /** How many more series there are, of those whose name holds the text that is looked for. */
  get hiddenSeries(): number {
    return this._wantedCurves(this._metrics).length - this._series.length;
  }

  /** Whether more than the charts of the first glance are shown. */
  get hasAllCharts(): boolean {
    return this._limit > GLANCE_SERIES;
  }

  /** What the names of the metrics must hold whose charts are shown. */
  get chartText(): string {
    return this._chartText;
  }

  /** The series that the kernel sampled of the machine. */
  get hardware(): readonly MetricSeries[] {
    return this._hardware;
  }

  async showMoreSeries(): Promise<void> {
    this._limit = this.hasAllCharts ? this._limit + SERIES_STEP : SERIES_STEP;
    await this.refresh();
  }

  /** Show the charts of those metrics alone whose name holds the text. */
  async findCharts(text: string): Promise<void> {
    this._chartText = text;
    this.touch();
    await new Promise(resolve => setTimeout(resolve, TYPING_MS));
    if (text === this._chartText) {
      await this.refresh();
    }
  }

  async showMoreTrials(): Promise<void> {
    this._trials = await fetchTrials(this._client, this.runId, this._trials);
    this.touch();
  }

  /** Run the recorded code again; what comes of it arrives as a change of the run. */
  async reproduce(environment: Reproduction['environment']): Promise<void> {
    await this._client.reproduce(this.runId, environment);
    await this.refresh();
  }

  getLineage(signal: AbortSignal): Promise<Lineage> {
    return this._client.getLineage(this.runId, signal);
  }

  /** The newest run before this one: of its cell if it has one, else of its experiment. */
  async findPrevious(): Promise<RunSummary | null> {
    const { summary } = this._run ?? {};
    if (!summary) {
      return null;
    }
    const { experiment, started_at: at, cell_id: cellId, notebook_path: notebook } = summary;
    const before = `started < ${at}`;
    const place = cellId && notebook ? { notebook } : {};
    const filter = notebook ? before : `${before} and experiment = ${quoted(experiment)}`;
    const { runs } = await this._client.listRuns({ filter, ...place, limit: 100 });
    return runs.find(run => run.cell_id === cellId) ?? runs[0] ?? null;
  }

  getRequirements(): Promise<string> {
    return this._client.getRequirements(this.runId);
  }

  artifactUrl(path: string): string {
    return this._client.artifactUrl(this.runId, path);
  }

  /** Where the browser downloads the run as a whole from. */
  get exportUrl(): string {
    return this._client.exportUrl([this.runId]);
  }

  reportUrl(format: 'html' | 'markdown'): string {
    return this._client.reportUrl([this.runId], format);
  }

  get requirementsUrl(): string {
    return this._client.requirementsUrl(this.runId);
  }

  /** Some bytes of a file of the run, or all of them. */
  readArtifact(
    path: string,
    options: { range?: readonly [number, number]; signal?: AbortSignal }
  ): Promise<ArrayBuffer> {
    return this._client.readArtifact(this.runId, path, options);
  }

  protected override concerns(change: IChange): boolean {
    const isOwn = change.kind === 'run' && change.id === this.runId;
    if (isOwn) {
      this._isGone = change.action === 'deleted';
    }
    return isOwn;
  }

  protected override async fetch(signal: AbortSignal): Promise<void> {
    const run = await this._fetchRun(signal);
    const metrics = primaryFirst(run).filter(metric => !isSystem(metric.name));
    const curves = this._wantedCurves(metrics).slice(0, this._limit);
    const isRecent = Date.now() - this._around < PAUSE_MS && !this._trials.error;
    const isPaused = run.summary.status === 'running' && isRecent;
    const [series] = await Promise.all([
      this._fetchSeries(curves, signal),
      isPaused ? undefined : this._fetchAround(run, signal)
    ]);
    if (!signal.aborted) {
      this._run = run;
      this._metrics = metrics;
      this._series = series;
    }
  }

  private _wantedCurves(metrics: readonly MetricSummary[]): MetricSummary[] {
    const text = this._chartText.trim().toLowerCase();
    return metrics.filter(one => isCurve(one) && one.name.toLowerCase().includes(text));
  }

  private async _fetchRun(signal: AbortSignal): Promise<Run> {
    try {
      return await this._client.getRun(this.runId, signal);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not_found' && this._run) {
        throw new ApiError({
          message: this._trans.__('This run was removed for good; this is what was known of it.'),
          hint: this._trans.__('Close this page.'),
          code: error.code,
          status: error.status
        });
      }
      throw error;
    }
  }

  /** Fetches what is shown around the numbers of the run, and moves less often than they do. */
  private async _fetchAround(run: Run, signal: AbortSignal): Promise<void> {
    const sampled = run.metrics.filter(metric => isSystem(metric.name) && isCurve(metric));
    const [hardware, capture, experiment, trials] = await Promise.all([
      this._fetchSeries(sampled, signal),
      this._fetchCapture(signal),
      this._fetchExperiment(run, signal),
      this._fetchTrials(run, signal)
    ]);
    if (!signal.aborted) {
      this._around = Date.now();
      this._hardware = hardware;
      this._capture = capture ?? this._capture;
      this._experiment = experiment;
      this._trials = trials;
    }
  }

  /** Asks only for the series that have grown. */
  private _fetchSeries(
    metrics: readonly MetricSummary[],
    signal: AbortSignal
  ): Promise<MetricSeries[]> {
    return Promise.all(
      metrics.map(async ({ name, count }) => {
        const known = this._known.get(name);
        if (known?.count === count) {
          return known;
        }
        const series = await this._client.getSeries(this.runId, name, signal);
        this._known.set(name, series);
        return series;
      })
    );
  }

  /** What was captured, or null to keep what is shown. */
  private async _fetchCapture(signal: AbortSignal): Promise<RunCapture | null> {
    try {
      const capture = await this._client.getCapture(this.runId, signal);
      this._captureError = null;
      return capture;
    } catch (error) {
      this._captureError = signal.aborted ? this._captureError : asApiError(error);
      return null;
    }
  }

  private _fetchExperiment(run: Run, signal: AbortSignal): Promise<Experiment | null> {
    return this._client.getExperiment(run.summary.experiment, signal).catch(() => null);
  }

  private async _fetchTrials({ summary }: Run, signal: AbortSignal): Promise<ITrials> {
    if (summary.children === 0) {
      return NO_TRIALS;
    }
    const known = this._trials;
    const wanted = known.runs.length;
    const all = await fetchTrials(this._client, this.runId, { ...NO_TRIALS, wanted }, signal);
    return all.error && wanted > 0 ? { ...known, error: all.error } : all;
  }

  private readonly _client: RunClient;
  private readonly _trans: TranslationBundle;
  private readonly _known = new Map<string, MetricSeries>();
  /** When what is around the numbers was fetched. */
  private _around = 0;
  private _capture: RunCapture | null = null;
  private _captureError: ApiError | null = null;
  private _experiment: Experiment | null = null;
  private _hardware: readonly MetricSeries[] = [];
  private _isGone = false;
  private _chartText = '';
  private _limit = GLANCE_SERIES;
  private _metrics: readonly MetricSummary[] = [];
  private _run: Run | null = null;
  private _series: readonly MetricSeries[] = [];
  private _trials: ITrials = NO_TRIALS;
}

function isCurve(metric: MetricSummary): boolean {
  return metric.count > 1;
}

function primaryFirst({ metrics, summary }: Run): MetricSummary[] {
  const name = summary.primary_metric?.name;
  const isFirst = (metric: MetricSummary): boolean => metric.name === name;
  return [...metrics.filter(isFirst), ...metrics.filter(metric => !isFirst(metric))];
}

/** A text as the filter takes it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
