/** Owns what a chip shows of its run: live values and a curve while it runs, the order of cells after. */
import type { IChangeFeed } from '../api/changes';
import type { LabClient } from '../api/client';
import { LiveModel } from '../api/live';
import type { HistoryCell, IChange, MetricSeries, MetricSummary, Order, Run } from '../api/types';
import { isSystem } from '../components/system';

/** A run that logs all the time is asked for at most this often. */
const GATHER_MS = 800;

/** A small curve has no room for more. */
const MAX_POINTS = 120;

export type ChipClient = Pick<LabClient, 'getRun' | 'getSeries' | 'getCapture'>;

/** A cell that the run took names from, with the code that ran. */
export type SourcedDependency = Order['dependencies'][number] & { source: string | null };

/** One run as its chip shows it. Fetches only while the chip is in sight. */
export class ChipModel extends LiveModel {
  constructor(options: {
    client: ChipClient;
    changes: IChangeFeed;
    runId: string;
    onEnd: (run: Run) => void;
  }) {
    super(options.changes, GATHER_MS);
    this._client = options.client;
    this._onEnd = options.onEnd;
    this.runId = options.runId;
  }

  readonly runId: string;

  get run(): Run | null {
    return this._run;
  }

  /** The series that was logged last. */
  get series(): MetricSeries | null {
    return this._series;
  }

  get dependencies(): readonly SourcedDependency[] {
    return this._dependencies;
  }

  protected override concerns(change: IChange): boolean {
    return change.kind === 'run' && change.id === this.runId;
  }

  protected override async fetch(signal: AbortSignal): Promise<void> {
    const run = await this._client.getRun(this.runId, signal);
    const metric = newest(run.metrics, this._counts);
    const hasEnded = run.summary.status !== 'running';
    const [series, dependencies] = await Promise.all([
      metric ? this._client.getSeries(this.runId, metric.name, signal, MAX_POINTS) : null,
      hasEnded ? this._fetchDependencies(run, signal) : []
    ]);
    if (signal.aborted) {
      return;
    }
    const wasRunning = this._run?.summary.status === 'running';
    this._run = run;
    this._series = series ?? this._series;
    this._dependencies = dependencies;
    this._counts = new Map(run.metrics.map(({ name, count }) => [name, count]));
    if (hasEnded && wasRunning) {
      this._onEnd(run);
    }
  }

  /** Where the capture cannot be had, the chip does without it. */
  private async _fetchDependencies(
    run: Run,
    signal: AbortSignal
  ): Promise<readonly SourcedDependency[]> {
    const capture = await this._client.getCapture(run.summary.id, signal).catch(() => null);
    return sourced(capture?.order ?? null, capture?.history ?? []);
  }

  private readonly _client: ChipClient;
  private readonly _onEnd: (run: Run) => void;
  private _counts: ReadonlyMap<string, number> = new Map();
  private _dependencies: readonly SourcedDependency[] = [];
  private _run: Run | null = null;
  private _series: MetricSeries | null = null;
}

function sourced(order: Order | null, history: readonly HistoryCell[]): SourcedDependency[] {
  const sources = new Map(history.map(cell => [cell.position, cell.source]));
  return (order?.dependencies ?? []).map(item => ({
    ...item,
    source: sources.get(item.position) ?? null
  }));
}

/** Of the metrics that were logged in steps the one that has grown, else the longest. */
function newest(
  metrics: readonly MetricSummary[],
  before: ReadonlyMap<string, number>
): MetricSummary | null {
  const curves = metrics.filter(({ name, count }) => count > 1 && !isSystem(name));
  const grown =
    before.size > 0 ? curves.filter(item => item.count > (before.get(item.name) ?? 0)) : [];
  const all = grown.length > 0 ? grown : curves;
  return all.reduce<MetricSummary | null>(
    (most, item) => (most && most.count >= item.count ? most : item),
    null
  );
}
