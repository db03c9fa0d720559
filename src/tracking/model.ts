/** Owns the list of runs as the sidebar shows it: pages, filter, selection, and staying current. */
import { Signal, type ISignal } from '@lumino/signaling';

import type { IChangeFeed } from '../api/changes';
import { NO_PARENT, type LabClient } from '../api/client';
import { LiveModel } from '../api/live';
import type { ApiError } from '../api/request';
import type { IRunSelection } from '../api/tokens';
import type { IChange, RunPage, RunSummary } from '../api/types';
import { flatten, type IRow } from './rows';
import { NOTHING, prune, type ISelection } from './selection';

/** Rows of one request. */
const PAGE = 100;

/** Most rows of one request. */
const MAX_PAGE = 1000;

/** Children that are listed below a run; its page has them all. */
export const MAX_CHILDREN = 50;

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

  /** The rows with the children of those that are unfolded. */
  get rows(): readonly IRow[] {
    return this._rows;
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
    const byId = new Map(this._rows.map(({ run }) => [run.id, run]));
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

  /** Show the children of a run, or hide them. */
  async fold(id: string, isOpen: boolean): Promise<void> {
    this._choices.set(id, isOpen);
    this._arrange();
    this.touch();
    if (isOpen) {
      await this.refresh();
    }
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
      const page = await this._client.listRuns({ ...this._query, limit: PAGE, cursor });
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
      page = await this._client.listRuns({ ...this._query, limit, cursor }, signal);
      runs.push(...page.runs);
      cursor = page.next_cursor;
    } while (cursor !== null && runs.length < wanted && !signal.aborted);
    const children = await this._fetchChildren(runs, signal);
    if (!signal.aborted) {
      this._children = children;
      this._show(runs, page);
    }
  }

  /** Without a filter children stand below their parents; a filter finds each by itself. */
  private get _query(): { filter: string; parent?: string } {
    return this._filter ? { filter: this._filter } : { filter: '', parent: NO_PARENT };
  }

  /** The children of the runs that are unfolded, and of those children that are. */
  private async _fetchChildren(
    runs: readonly RunSummary[],
    signal: AbortSignal
  ): Promise<Map<string, readonly RunSummary[]>> {
    const found = new Map<string, readonly RunSummary[]>();
    let level = runs;
    while (level.length > 0) {
      const open = level.filter(run => this._isOpen(run));
      const pages = await Promise.all(
        open.map(({ id }) => this._client.listRuns({ parent: id, limit: MAX_CHILDREN }, signal))
      );
      open.forEach(({ id }, index) => found.set(id, pages[index]?.runs ?? []));
      level = pages.flatMap(page => page.runs);
    }
    return found;
  }

  /** Runs that go on are unfolded unless the user folds them, so that what is new is seen. */
  private _isOpen(run: RunSummary): boolean {
    return run.children > 0 && (this._choices.get(run.id) ?? run.status === 'running');
  }

  private _show(runs: readonly RunSummary[], last: RunPage): void {
    this._runs = runs;
    this._total = last.total;
    this._cursor = last.next_cursor;
    this._arrange();
  }

  private _arrange(): void {
    this._rows = flatten(this._runs, this._children, run => this._isOpen(run));
    this._selection = prune(
      this._selection,
      this._rows.map(({ run }) => run.id)
    );
    this._selectionChanged.emit();
  }

  private readonly _client: Pick<LabClient, 'listRuns'>;
  private readonly _selectionChanged = new Signal<this, void>(this);
  /** What the user unfolded (true) or folded (false). */
  private readonly _choices = new Map<string, boolean>();
  private _children: ReadonlyMap<string, readonly RunSummary[]> = new Map();
  private _cursor: string | null = null;
  private _filter = '';
  private _loadingFrom: string | null = null;
  private _rows: readonly IRow[] = [];
  private _runs: readonly RunSummary[] = [];
  private _selection: ISelection = NOTHING;
  private _total = 0;
}
