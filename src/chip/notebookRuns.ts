/** Owns which runs the cells of one notebook have: for each cell the newest, and the one before. */
import type { IChangeFeed } from '../api/changes';
import { NO_PARENT, type LabClient } from '../api/client';
import { LiveModel } from '../api/live';
import type { Experiment, IChange, RunSummary } from '../api/types';

/** Runs that are read when a notebook is opened. */
const ALL = 1000;

/** Runs that are read when another one begins. */
const NEWEST = 30;

/** Runs whose children are read when a notebook is opened, and how many of each. */
const PARENTS = 5;
const CHILDREN = 200;

/** Experiments of one notebook whose standing is read. */
const EXPERIMENTS = 10;

export type NotebookClient = Pick<LabClient, 'listRuns' | 'getExperiment'>;

/** The newest run of a cell, and the one before it. */
export interface ICellRuns {
  run: RunSummary;
  previous: RunSummary | null;
}

/** The runs of one notebook. It learns of new ones; each chip follows its own. */
export class NotebookRuns extends LiveModel {
  constructor(options: { client: NotebookClient; changes: IChangeFeed; path: string }) {
    super(options.changes);
    options.changes.resync.connect(() => (this._isWhole = false), this);
    this._client = options.client;
    this._path = options.path;
  }

  /** The runs of each cell, by the id of the cell. */
  get byCell(): ReadonlyMap<string, ICellRuns> {
    return this._byCell;
  }

  experiment(name: string): Experiment | null {
    return this._experiments.get(name) ?? null;
  }

  /** The notebook was renamed. */
  async move(path: string): Promise<void> {
    this._path = path;
    this._isWhole = false;
    await this.refresh();
  }

  /** A run has ended: where the others stand may have changed. */
  async noteEnd(run: RunSummary): Promise<void> {
    this._runs.set(run.id, run);
    await this._fetchExperiments([run]);
    this._arrange();
    this.touch();
  }

  protected override concerns({ kind, id, action }: IChange): boolean {
    if (kind !== 'run' || this._foreign.has(id)) {
      return false;
    }
    if (action === 'deleted') {
      this._isWhole = false;
      return this._runs.has(id);
    }
    if (this._runs.has(id)) {
      return false;
    }
    this._asked.add(id);
    return true;
  }

  protected override async fetch(signal: AbortSignal): Promise<void> {
    const isWhole = this._isWhole;
    const asked = [...this._asked];
    const runs = await (isWhole ? this._fetchNewest(signal) : this._fetchAll(signal));
    if (!isWhole && !signal.aborted) {
      await this._fetchExperiments(runs, signal);
    }
    if (signal.aborted) {
      return;
    }
    if (!isWhole) {
      this._runs.clear();
      this._foreign.clear();
    }
    runs.forEach(run => this._runs.set(run.id, run));
    for (const id of asked) {
      this._asked.delete(id);
      if (!this._runs.has(id)) {
        this._foreign.add(id);
      }
    }
    this._isWhole = true;
    this._arrange();
  }

  /** Runs of their own come first: a search may have more trials than can be asked for. */
  private async _fetchAll(signal: AbortSignal): Promise<RunSummary[]> {
    const query = { notebook: this._path, parent: NO_PARENT, limit: ALL };
    const { runs } = await this._client.listRuns(query, signal);
    const parents = runs.filter(run => run.children > 0).slice(0, PARENTS);
    const pages = await Promise.all(
      parents.map(({ id }) => this._client.listRuns({ parent: id, limit: CHILDREN }, signal))
    );
    return [...runs, ...pages.flatMap(page => page.runs)];
  }

  /** How the experiments of the runs stand; of many, those of the newest runs. */
  private async _fetchExperiments(
    runs: readonly RunSummary[],
    signal?: AbortSignal
  ): Promise<void> {
    const names = [...new Set(runs.map(run => run.experiment))].slice(0, EXPERIMENTS);
    const asked = names.map(name => this._client.getExperiment(name, signal).catch(() => null));
    for (const experiment of await Promise.all(asked)) {
      if (experiment) {
        this._experiments.set(experiment.name, experiment);
      }
    }
  }

  private async _fetchNewest(signal: AbortSignal): Promise<RunSummary[]> {
    const query = { notebook: this._path, limit: NEWEST };
    const pages = await Promise.all([
      this._client.listRuns({ ...query, parent: NO_PARENT }, signal),
      this._client.listRuns(query, signal)
    ]);
    return pages.flatMap(page => page.runs);
  }

  private _arrange(): void {
    const newestFirst = [...this._runs.values()].sort(
      (one, other) => other.started_at - one.started_at || (other.id > one.id ? 1 : -1)
    );
    const byCell = new Map<string, ICellRuns>();
    for (const run of newestFirst) {
      const { cell_id: cellId } = run;
      if (cellId === null || run.job !== null || this._isTrial(run)) {
        continue;
      }
      const known = byCell.get(cellId);
      if (!known) {
        byCell.set(cellId, { run, previous: null });
      } else if (!known.previous) {
        known.previous = run;
      }
    }
    this._byCell = byCell;
  }

  /** A run within the run of the same cell, such as a trial of a search. */
  private _isTrial(run: RunSummary): boolean {
    const parent = run.parent_run_id === null ? undefined : this._runs.get(run.parent_run_id);
    return parent?.cell_id === run.cell_id;
  }

  private readonly _client: NotebookClient;
  private readonly _asked = new Set<string>();
  /** Runs of other notebooks that have moved; nothing is asked for their sake again. */
  private readonly _foreign = new Set<string>();
  private readonly _runs = new Map<string, RunSummary>();
  private _byCell: ReadonlyMap<string, ICellRuns> = new Map();
  private readonly _experiments = new Map<string, Experiment>();
  private _isWhole = false;
  private _path: string;
}
