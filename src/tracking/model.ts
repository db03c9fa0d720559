/** Owns the list of runs as the sidebar shows it: pages, filter, selection, and staying current. */
import { Signal, type ISignal } from '@lumino/signaling';

import type { IChangeFeed } from '../api/changes';
import type { LabClient } from '../api/client';
import { LiveModel } from '../api/live';
import type { ApiError } from '../api/request';
import type { IRunSelection } from '../api/tokens';
import type { IChange, RunPage, RunSummary } from '../api/types';
import { NOTHING, prune, type ISelection } from './selection';

/** Rows of one request. */
const PAGE = 100;

/** Most rows of one request. */
const MAX_PAGE = 1000;

/** The runs of all notebooks, newest first. */
export class RunsModel extends LiveModel implements IRunSelection {
  constructor(options: { client: Pick<LabClient, 'listRuns'>; changes: IChangeFeed }) {
    super(options.changes);
    this._client = options.client;
  }

  /** The rows that are here so far. */
  get runs(): readonly RunSummary[] {
    return this._runs;
  }

  /** How many runs match the filter, loaded or not. */
  get total(): number {
    return this._total;
  }

  get hasMore(): boolean {
    return this._cursor !== null;
  }

  get filter(): string {
    return this._filter;
  }

  /** What is wrong with the filter; the rows then are those of the last good one. */
  get filterError(): ApiError | null {
    return this._filter && this.error?.code === 'invalid_input' ? this.error : null;
  }

  get selection(): ISelection {
    return this._selection;
  }

  get selected(): readonly RunSummary[] {
    const byId = new Map(this._runs.map(run => [run.id, run]));
    return this._selection.ids.flatMap(id => byId.get(id) ?? []);
  }

  get selectionChanged(): ISignal<this, void> {
    return this._selectionChanged;
  }

  select(selection: ISelection): void {
    this._selection = selection;
    this.touch();
    this._selectionChanged.emit();
  }

  async setFilter(filter: string): Promise<void> {
    if (filter !== this._filter) {
      this._filter = filter;
      this._runs = this._runs.slice(0, PAGE);
      await this.refresh();
    }
  }

  /** Load the next page, unless it is on its way. */
  async loadMore(): Promise<void> {
    const cursor = this._cursor;
    if (cursor === null || cursor === this._loadingFrom) {
      return;
    }
    this._loadingFrom = cursor;
    try {
      const page = await this._client.listRuns({ filter: this._filter, limit: PAGE, cursor });
      if (cursor === this._cursor) {
        this._show([...this._runs, ...page.runs], page);
        this.touch();
      }
    } catch {
      await this.refresh();
    } finally {
      this._loadingFrom = null;
    }
  }

  protected override concerns(change: IChange): boolean {
    return change.kind === 'run';
  }

  /** Fetches as many rows as are shown, and puts them in place at once. */
  protected override async fetch(signal: AbortSignal): Promise<void> {
    const wanted = Math.max(PAGE, this._runs.length);
    const runs: RunSummary[] = [];
    let page: RunPage;
    let cursor: string | null = null;
    do {
      const limit = Math.min(MAX_PAGE, wanted - runs.length);
      page = await this._client.listRuns({ filter: this._filter, limit, cursor }, signal);
      runs.push(...page.runs);
      cursor = page.next_cursor;
    } while (cursor !== null && runs.length < wanted && !signal.aborted);
    if (!signal.aborted) {
      this._show(runs, page);
    }
  }

  private _show(runs: readonly RunSummary[], last: RunPage): void {
    this._runs = runs;
    this._total = last.total;
    this._cursor = last.next_cursor;
    this._selection = prune(
      this._selection,
      runs.map(run => run.id)
    );
    this._selectionChanged.emit();
  }

  private readonly _client: Pick<LabClient, 'listRuns'>;
  private readonly _selectionChanged = new Signal<this, void>(this);
  private _cursor: string | null = null;
  private _filter = '';
  private _loadingFrom: string | null = null;
  private _runs: readonly RunSummary[] = [];
  private _selection: ISelection = NOTHING;
  private _total = 0;
}
