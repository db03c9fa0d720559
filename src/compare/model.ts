/** Owns the comparison of some runs: what the server found to differ, grouped as it is shown. */
import type { IChangeFeed } from '../api/changes';
import type { LabClient } from '../api/client';
import { LiveModel } from '../api/live';
import type { ComparedRow, Comparison, IChange, MetricSeries } from '../api/types';
import { isSystem } from '../components/system';
import { primaryNames } from './order';

/** Rows of one kind: those that differ, and those that are equal in all runs. */
export interface IRowGroup {
  differing: readonly ComparedRow[];
  equal: readonly ComparedRow[];
}

/** One metric's curves, of all runs that logged it at more than one step. */
export interface ICurves {
  name: string;
  lines: readonly { runIndex: number; series: MetricSeries }[];
}

/** The comparison of runs; the first one is what the others are held against. */
export class CompareModel extends LiveModel {
  constructor(options: {
    client: Pick<LabClient, 'compare'>;
    changes: IChangeFeed;
    runIds: readonly string[];
  }) {
    super(options.changes);
    this._client = options.client;
    this.runIds = options.runIds;
  }

  readonly runIds: readonly string[];

  get comparison(): Comparison | null {
    return this._comparison;
  }

  /** The primary metrics come first. */
  get metrics(): IRowGroup {
    const rows = (this._comparison?.metrics ?? []).filter(row => !isSystem(row.name));
    const isFirst = (row: ComparedRow): boolean => this.primary.has(row.name);
    return group([...rows.filter(isFirst), ...rows.filter(row => !isFirst(row))]);
  }

  /** The names of the metrics that the runs are judged by. */
  get primary(): ReadonlySet<string> {
    return this._primary;
  }

  get params(): IRowGroup {
    return group(this._comparison?.params ?? []);
  }

  get curves(): readonly ICurves[] {
    return this._curves.filter(({ name }) => !isSystem(name));
  }

  /** What the kernels sampled of the machine. */
  get hardware(): readonly ICurves[] {
    return this._curves.filter(({ name }) => isSystem(name));
  }

  protected override concerns(change: IChange): boolean {
    return change.kind === 'run' && this.runIds.includes(change.id);
  }

  protected override async fetch(signal: AbortSignal): Promise<void> {
    const comparison = await this._client.compare(this.runIds, signal);
    if (!signal.aborted) {
      this._comparison = comparison;
      this._curves = curvesOf(comparison);
      this._primary = primaryNames(comparison.runs);
    }
  }

  private readonly _client: Pick<LabClient, 'compare'>;
  private _comparison: Comparison | null = null;
  private _curves: readonly ICurves[] = [];
  private _primary: ReadonlySet<string> = new Set();
}

function group(rows: readonly ComparedRow[]): IRowGroup {
  return { differing: rows.filter(row => !row.equal), equal: rows.filter(row => row.equal) };
}

function curvesOf({ runs, series }: Comparison): ICurves[] {
  const places = new Map(runs.map((run, index) => [run.id, index]));
  const byName = new Map<string, { runIndex: number; series: MetricSeries }[]>();
  for (const item of series) {
    const runIndex = places.get(item.run_id);
    if (runIndex !== undefined && item.points.length > 1) {
      byName.set(item.name, [...(byName.get(item.name) ?? []), { runIndex, series: item }]);
    }
  }
  return [...byName].map(([name, lines]) => ({ name, lines }));
}
