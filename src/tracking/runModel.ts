/** Owns everything about one run, with the points of its series. */
import type { IChangeFeed } from '../api/changes';
import type { LabClient } from '../api/client';
import { LiveModel } from '../api/live';
import type { IChange, MetricSeries, MetricSummary, Run } from '../api/types';

/** Most series that are fetched for one run. */
const MAX_SERIES = 24;

/** One run, kept current while it runs. */
export class RunModel extends LiveModel {
  constructor(options: {
    client: Pick<LabClient, 'getRun' | 'getSeries'>;
    changes: IChangeFeed;
    runId: string;
  }) {
    super(options.changes);
    this._client = options.client;
    this.runId = options.runId;
  }

  readonly runId: string;

  get run(): Run | null {
    return this._run;
  }

  /** The last values, the primary metric first. */
  get metrics(): readonly MetricSummary[] {
    return this._metrics;
  }

  /** The metrics that were logged at more than one step. */
  get series(): readonly MetricSeries[] {
    return this._series;
  }

  protected override concerns(change: IChange): boolean {
    return change.kind === 'run' && change.id === this.runId;
  }

  protected override async fetch(signal: AbortSignal): Promise<void> {
    const run = await this._client.getRun(this.runId, signal);
    const metrics = primaryFirst(run);
    const curves = metrics.filter(metric => metric.count > 1).slice(0, MAX_SERIES);
    const series = await Promise.all(
      curves.map(metric => this._client.getSeries(this.runId, metric.name, signal))
    );
    if (!signal.aborted) {
      this._run = run;
      this._metrics = metrics;
      this._series = series;
    }
  }

  private readonly _client: Pick<LabClient, 'getRun' | 'getSeries'>;
  private _metrics: readonly MetricSummary[] = [];
  private _run: Run | null = null;
  private _series: readonly MetricSeries[] = [];
}

function primaryFirst({ metrics, summary }: Run): MetricSummary[] {
  const name = summary.primary_metric?.name;
  const isFirst = (metric: MetricSummary): boolean => metric.name === name;
  return [...metrics.filter(isFirst), ...metrics.filter(metric => !isFirst(metric))];
}
