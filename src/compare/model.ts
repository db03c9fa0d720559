/** Owns the comparison of some runs: which they are, which is the baseline, and what the server told. */
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import type { IChangeFeed } from '../api/changes';
import type { LabClient } from '../api/client';
import { LiveModel } from '../api/live';
import type { Comparison, Explanation, IChange, Run, RunCapture } from '../api/types';
import { Captures } from './captures';
import { differenceRows, fileRows } from './diffRows';
import { fromJson, toJson, type ILayout } from './layout';
import { betterPair, MOST_COMPARED, movedBy, sharedNames } from './order';
import { Part } from './part';
import { metricRows, outcomeRows, paramRows, tagRows, usageRows } from './rows';
import type { IRow, Statistic } from './rows';
import type { Direction } from './values';
import type { ILab } from '../api/tokens';

type Client = Pick<
  LabClient,
  | 'getCurves'
  | 'getSeries'
  | 'listNames'
  | 'getDifferences'
  | 'getRuns'
  | 'explain'
  | 'getCapture'
  | 'listRuns'
  | 'reportUrl'
>;

export interface ICompareOptions {
  client: Client;
  changes: IChangeFeed;
  trans: ILab['trans'];
  runIds: readonly string[];
  baseline?: string | null;
  /** As it was kept. */
  layout?: unknown;
}

/** The comparison of runs, one of which is the baseline that the others are held against. */
export class CompareModel extends LiveModel {
  constructor(options: ICompareOptions) {
    super(options.changes);
    this._client = options.client;
    this._trans = options.trans;
    this._captures = new Captures({ ...options, touch: () => this.touch() });
    this._runIds = this._fitting(options.runIds);
    this._baseline = options.baseline ?? null;
    this._layout = fromJson(options.layout);
  }

  /** What is compared, in the order in which it is shown. */
  get runIds(): readonly string[] {
    return this._runIds;
  }

  /** The runs that there are, in the order in which they are shown. */
  get runs(): readonly Run[] {
    return this._runs;
  }

  /** How many runs are compared; those that are there no more are not, once that is known. */
  get count(): number {
    return this.isLoaded ? this._runs.length : this._runIds.length;
  }

  /** Whether there were more runs than can be compared, so that the first ones are. */
  get isCut(): boolean {
    return this._isCut;
  }

  /** Ids of runs that were compared and are there no more. */
  get missing(): readonly string[] {
    return this._missing;
  }

  /** The run that the others are held against: the chosen one, else the first. */
  get baseline(): Run | undefined {
    return this._runs.find(run => run.summary.id === this._baseline) ?? this._runs[0];
  }

  /** How code, data and surroundings differ from those of the baseline. */
  readonly differences = new Part<Comparison>(() => this.touch());

  /** Why one run is better than another. */
  readonly explanation = new Part<Explanation>(() => this.touch());

  /** The two runs of the explanation: the one before, and the one after. */
  get pair(): readonly [string, string] | null {
    const has = (id: string): boolean => this._runs.some(run => run.summary.id === id);
    return this._pair?.every(has) ? this._pair : betterPair(this._runs, this.baseline);
  }

  /** The metrics that both runs of the explanation have; those of which the values differ first. */
  get judging(): readonly string[] {
    const [one, other] = (this.pair ?? []).map(
      id => this._runs.find(run => run.summary.id === id)?.metrics ?? []
    );
    return sharedNames(one ?? [], other ?? []);
  }

  /** The metric that the explanation goes by; null leaves it to the server. */
  get judge(): string | null {
    const { judging } = this;
    if (this._judge !== null && judging.includes(this._judge)) {
      return this._judge;
    }
    const primary = this.baseline?.summary.primary_metric?.name;
    const { pair } = this;
    const values = this._runs.flatMap(({ metrics, summary }) =>
      pair?.includes(summary.id)
        ? (metrics.find(metric => metric.name === primary)?.last ?? [])
        : []
    );
    // Where both have the same value of the primary metric, another one says more.
    return values[0] === values[1] ? (judging[0] ?? null) : null;
  }

  judgeBy(metric: string): void {
    this._judge = metric;
    this._askWhy();
  }

  /** What was captured of each run, as far as it was asked for. */
  get captures(): ReadonlyMap<string, RunCapture> {
    return this._captures.all;
  }

  get capturing(): Part<true> {
    return this._captures.reading;
  }

  get client(): Client {
    return this._client;
  }

  /** Ids of the runs that are marked in a chart. */
  get marked(): readonly string[] {
    return this._marked;
  }

  mark(runIds: readonly string[]): void {
    this._marked = runIds;
    this.touch();
  }

  /** What is shown of it all, and how. */
  get layout(): ILayout {
    return this._layout;
  }

  /** What brings the comparison back as it is, as JSON. */
  get kept(): ReadonlyJSONObject {
    return {
      runIds: [...this._runIds],
      baseline: this._baseline,
      layout: toJson(this._layout)
    };
  }

  arrange(change: Partial<ILayout>): void {
    this._layout = { ...this._layout, ...change };
    this.touch();
  }

  /** Which way each metric is better. */
  get directions(): ReadonlyMap<string, Direction> {
    const { value } = this.differences;
    const told = this._runs.flatMap(({ summary }) =>
      summary.primary_metric && summary.direction
        ? [[summary.primary_metric.name, summary.direction] as const]
        : []
    );
    const guessed = (value?.measures ?? []).flatMap(({ name, direction }) =>
      direction ? [[name, direction] as const] : []
    );
    return new Map([...told, ...guessed]);
  }

  /** Status, length and origin of the runs; only these follow the clock. */
  outcome(now: number): IRow[] {
    return outcomeRows(this._runs, now, this._trans);
  }

  /** All else that is compared, by group. */
  contents(statistic: Statistic): IRow[] {
    const ids = this._runs.map(run => run.summary.id);
    const { value } = this.differences;
    return [
      ...metricRows(this._runs, statistic, this.directions, this._trans),
      ...paramRows(this._runs),
      ...(value ? differenceRows(value, ids, this._trans) : []),
      ...usageRows(this._runs, this._trans),
      ...tagRows(this._runs),
      ...fileRows(this.captures, ids)
    ];
  }

  /** Compare these too, as far as so many can be compared. */
  add(runIds: readonly string[]): void {
    this._setRuns([...this._runIds, ...runIds]);
  }

  remove(runId: string): void {
    this._runs = this._runs.filter(run => run.summary.id !== runId);
    this._setRuns(this._runIds.filter(id => id !== runId));
  }

  /** Compare a run again, at the place where it was. */
  putBack(runId: string, place: number): void {
    const others = this._runIds.filter(id => id !== runId);
    this._setRuns([...others.slice(0, place), runId, ...others.slice(place)]);
  }

  /** Show the runs in this order; those that it does not name come last. */
  reorder(runIds: readonly string[]): void {
    const others = this._runIds.filter(id => !runIds.includes(id));
    this._setOrder([...runIds, ...others]);
  }

  /** Put a run `steps` places further, to the left where it is negative. */
  move(runId: string, steps: number): void {
    this._setOrder(movedBy(this._runIds, runId, steps));
  }

  setBaseline(runId: string): void {
    this._baseline = runId;
    this.touch();
    this._ask();
  }

  /** Ask for the differences again, after they could not be had. */
  askAgain(): void {
    this._asked = '';
    this._ask();
  }

  explain(before: string, after: string): void {
    this._pair = [before, after];
    this._askWhy();
    this.touch();
  }

  /** Ask what was captured of every run that is there. */
  async capture(): Promise<void> {
    await this._captures.read(this._runs.map(run => run.summary.id));
  }

  override dispose(): void {
    this.differences.clear();
    this.explanation.clear();
    this._captures.dispose();
    super.dispose();
  }

  protected override concerns(change: IChange): boolean {
    return change.kind === 'run' && this._runIds.includes(change.id);
  }

  protected override async fetch(signal: AbortSignal): Promise<void> {
    const { runs, missing } = await this._client.getRuns(this._runIds, signal);
    if (signal.aborted) {
      return;
    }
    this._runs = runs;
    this._missing = missing;
    this._ask();
    this._captures.follow(runs.map(run => run.summary.id));
  }

  /**
   * Differences are asked for anew when what they are of has moved: runs, baseline, or a status;
   * and by every change while no run goes on, because some of what is captured comes after the end.
   */
  private _ask(): void {
    const ids = this._runs.map(run => run.summary.id);
    const base = this.baseline?.summary.id;
    const states = this._runs.map(run => run.summary.status);
    const asked = [base, ...[...ids].sort(), ...states].join(' ');
    if (asked === this._asked && states.includes('running')) {
      return;
    }
    this._asked = asked;
    if (base === undefined || ids.length < 2) {
      this.differences.clear();
      this.explanation.clear();
      return;
    }
    const inOrder = [base, ...ids.filter(id => id !== base)];
    void this.differences.load(signal => this._client.getDifferences(inOrder, signal));
    this._askWhy();
  }

  private _askWhy(): void {
    const { pair } = this;
    if (pair) {
      void this.explanation.load(signal => this._client.explain(...pair, this.judge, signal));
    }
  }

  /** Each once, and no more than can be compared. */
  private _fitting(runIds: readonly string[]): readonly string[] {
    const unique = [...new Set(runIds)];
    this._isCut = unique.length > MOST_COMPARED;
    return unique.slice(0, MOST_COMPARED);
  }

  private _setRuns(runIds: readonly string[]): void {
    this._runIds = this._fitting(runIds);
    this.touch();
    void this.refresh();
  }

  private _setOrder(runIds: readonly string[]): void {
    this._runIds = runIds;
    const place = new Map(runIds.map((id, index) => [id, index]));
    const placeOf = (run: Run): number => place.get(run.summary.id) ?? 0;
    this._runs = [...this._runs].sort((one, other) => placeOf(one) - placeOf(other));
    this.touch();
  }

  private readonly _captures: Captures;
  private readonly _client: Client;
  private readonly _trans: ILab['trans'];
  private _asked = '';
  private _baseline: string | null;
  private _isCut = false;
  private _judge: string | null = null;
  private _layout: ILayout;
  private _marked: readonly string[] = [];
  private _missing: readonly string[] = [];
  private _pair: readonly [string, string] | null = null;
  private _runIds: readonly string[];
  private _runs: readonly Run[] = [];
}
