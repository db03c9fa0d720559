/** Owns the list of runs as the sidebar shows it: what is in sight, what is selected, staying current. */
import { Signal, type ISignal } from '@lumino/signaling';

import type { IChangeFeed } from '../api/changes';
import type { LabClient } from '../api/client';
import { LiveModel } from '../api/live';
import type { ApiError } from '../api/request';
import type { IRunSelection } from '../api/tokens';
import type { IChange, RunSummary } from '../api/types';
import { Glances } from './glances';
import type { IGroup, Layout } from './layout';
import { FIRST_VIEW, type IListView } from './listView';
import { drop, NOTHING, type ISelection } from './selection';
import { Folding, RunTree } from './tree';

export type ListClient = Pick<
  LabClient,
  'listRuns' | 'listFacets' | 'listGlances' | 'listExperiments'
>;

/** Rows above and below what is in sight that are fetched with it. */
const AHEAD = 20;

/** Rows that are taken to be in sight before the list has told. */
const FIRST_SIGHT = 24;

/** Most pages that are asked for at once. */
const AT_ONCE = 4;

/** After a page could not be had, none is asked for by itself for this long. */
const BROKEN_MS = 3000;

/** Most runs of one range of a selection. */
export const MAX_RANGE = 1000;

/** The runs of all notebooks, of which the pages in sight are here. */
export class RunsModel extends LiveModel implements IRunSelection {
  constructor(options: { client: ListClient; changes: IChangeFeed }) {
    super(options.changes);
    this._client = options.client;
    this._tree = this._grow();
    this.glances = new Glances(options.client, () => this.touch());
    options.changes.resync.connect(this._onMissed, this);
  }

  readonly glances: Glances;

  get layout(): Layout {
    return this._tree.layout;
  }

  /** What is asked for; what is shown may be the view before until the answer is here. */
  get view(): IListView {
    return this._view;
  }

  /** What the rows are. */
  get shown(): IListView {
    return this._tree.view;
  }

  /** How many runs match, here or not; null while nobody knows. */
  get total(): number | null {
    return this._tree.total;
  }

  get isTotalExact(): boolean {
    return this._tree.isExact;
  }

  /** Whether there are more groups than the list shows. */
  get isCut(): boolean {
    return this._tree.isCut;
  }

  get notes(): readonly string[] {
    return this._tree.notes;
  }

  /** What is wrong with the filter; the rows then are those of the last good one. */
  get filterError(): ApiError | null {
    return this._view.filter && this.error?.code === 'invalid_input' ? this.error : null;
  }

  /** How many rows came in above what is in sight since the top was. */
  get newAbove(): number {
    return this._newAbove;
  }

  get selection(): ISelection {
    return this._selection;
  }

  /** The selected runs, also those that were scrolled away. */
  get selected(): readonly RunSummary[] {
    return this._selection.ids.flatMap(id => this._known.get(id) ?? []);
  }

  /** A run that is in the list or selected. */
  knownRun(id: string): RunSummary | null {
    return this._known.get(id) ?? this._tree.here.get(id) ?? null;
  }

  get selectionChanged(): ISignal<this, void> {
    return this._selectionChanged;
  }

  select(selection: ISelection): void {
    this._selection = selection;
    this._remember();
    this.touch();
    this._selectionChanged.emit();
  }

  /** Show other runs, or the same ones in another way. */
  async show(change: Partial<IListView>): Promise<void> {
    const view = { ...this._view, ...change };
    if (JSON.stringify(view) !== JSON.stringify(this._view)) {
      this._view = view;
      if (this.isActive) {
        await this.refresh();
      } else {
        this.invalidate();
      }
    }
  }

  /** Show the children of a run, or hide them. */
  fold(id: string, isOpen: boolean): void {
    this._folding.fold(id, isOpen);
    this._arrange();
    void this._fill();
  }

  /** Show the runs of a group, or hide them. */
  foldGroup(group: IGroup, isOpen: boolean): void {
    this._folding.foldGroup(group, isOpen);
    this._arrange();
    void this._fill();
  }

  /** These rows are in sight now. */
  look(first: number, last: number): void {
    this._sight = [first, last];
    if (first === 0 && this._newAbove > 0) {
      this._newAbove = 0;
      this.touch();
    }
    this._wantGlances();
    void this._fill();
  }

  /** By how many rows the list must be scrolled for what is in sight to keep its place. */
  takeShift(): number {
    const shift = this._shift;
    this._shift = 0;
    return shift;
  }

  /** Fetch what is missing between two rows, at most `MAX_RANGE` of them, and return the runs. */
  async runsBetween(first: number, last: number): Promise<readonly RunSummary[]> {
    const end = Math.min(last, first + MAX_RANGE - 1, this.layout.length - 1);
    const missing = this.layout.missing(first, end);
    if (missing.length > 0) {
      await this._tree.load(missing);
      this._arrange();
    }
    const found: RunSummary[] = [];
    for (let index = first; index <= end; index += 1) {
      const row = this.layout.rowAt(index);
      if (row?.kind === 'run') {
        found.push(row.run);
      }
    }
    return found;
  }

  /** Show runs otherwise until the server says what is true. */
  change(ids: readonly string[], change: (run: RunSummary) => RunSummary): void {
    const wanted = new Set(ids);
    this._tree.change(run => (wanted.has(run.id) ? change(run) : run));
    this._arrange();
  }

  /** These runs can no longer be selected. */
  forget(ids: readonly string[]): void {
    this.select(drop(this._selection, new Set(ids)));
  }

  override dispose(): void {
    this.glances.dispose();
    super.dispose();
  }

  protected override concerns({ kind, id, action }: IChange): boolean {
    if (kind === 'experiment') {
      this.glances.ageAll();
    }
    if (kind !== 'run') {
      return kind === 'experiment';
    }
    this.glances.age(id);
    if (action === 'deleted' && this._selection.ids.includes(id)) {
      this.forget([id]);
    }
    return true;
  }

  /** A new run is looked for in the list. */
  protected override isUrgent({ kind, action }: IChange): boolean {
    return kind === 'run' && action === 'created';
  }

  /** Fetches what is in sight and how many there are, and puts it in place at once. */
  protected override async fetch(signal: AbortSignal): Promise<void> {
    const isSame = this._tree.view === this._view;
    const tree = isSame ? this._tree : this._grow();
    const asked = tree.tick();
    const before = isSame && tree.isWhole ? tree.here : new Map<string, RunSummary>();
    const roots = await tree.fetchRoots(signal);
    const [first, last] = isSame ? this._sight : [0, FIRST_SIGHT];
    const pages = tree.pagesOf(roots, first, Math.max(last, first + AHEAD));
    const answers = await Promise.all(pages.map(page => tree.ask(page, signal)));
    if (signal.aborted) {
      return;
    }
    const anchor = isSame && this._sight[0] > 0 ? this.layout.nameAt(first) : null;
    tree.age(asked);
    tree.setRoots(roots);
    pages.forEach(([strand, page], index) => {
      const answer = answers[index];
      if (answer) {
        strand.put(page, answer, asked);
      }
    });
    this._tree = tree;
    this._sight = [first, last];
    tree.arrange(first, last);
    this._keepPlace(isSame, anchor, first);
    this._dropGone(before);
    this._remember();
    this.glances.ageExperiments(new Set([...tree.here.values()].map(run => run.experiment)));
    this._wantGlances();
    window.setTimeout(() => void this._fill());
  }

  private _grow(): RunTree {
    return new RunTree({ client: this._client, view: this._view, folding: this._folding });
  }

  /** What was in sight stays there; rows that came in above it are told. */
  private _keepPlace(isSame: boolean, anchor: string | null, first: number): void {
    if (!isSame) {
      this._shift = 0;
      this._newAbove = 0;
    }
    const now = anchor === null ? -1 : this.layout.indexOf(anchor);
    if (now >= 0 && now !== first) {
      this._shift += now - first;
      this._newAbove = Math.max(0, this._newAbove + now - first);
      this._sight = [now, this._sight[1] + now - first];
    }
  }

  /** A selected run that was in the whole list before and is not in it now is gone. */
  private _dropGone(before: ReadonlyMap<string, RunSummary>): void {
    const { here, isWhole } = this._tree;
    const gone = isWhole ? this._selection.ids.filter(id => before.has(id) && !here.has(id)) : [];
    if (gone.length > 0) {
      this._selection = drop(this._selection, new Set(gone));
      this._selectionChanged.emit();
    }
  }

  private _arrange(): void {
    this._tree.arrange(...this._sight);
    this._remember();
    this.touch();
  }

  /** Keeps what is selected as it is now, so that it may be scrolled away. */
  private _remember(): void {
    const here = this._selection.ids.length > 0 ? this._tree.here : null;
    const known = new Map<string, RunSummary>();
    for (const id of this._selection.ids) {
      const run = here?.get(id) ?? this._known.get(id);
      if (run) {
        known.set(id, run);
      }
    }
    this._known = known;
  }

  private _wantGlances(): void {
    const [first, last] = this._sight;
    const runs: RunSummary[] = [];
    for (let index = first; index <= last; index += 1) {
      const row = this.layout.rowAt(index);
      if (row?.kind === 'run') {
        runs.push(row.run);
      }
    }
    this.glances.want(runs);
  }

  /** Fetches what is in sight and not here, page after page, for as long as something is missing. */
  private async _fill(): Promise<void> {
    const isTooSoon = Date.now() - this._brokenAt < BROKEN_MS;
    if (this._isFilling || isTooSoon || this.isDisposed || !this.isLoaded) {
      return;
    }
    this._isFilling = true;
    let isBroken = false;
    for (;;) {
      const [first, last] = this._sight;
      const wanted = this.layout.missing(Math.max(0, first - AHEAD), last + AHEAD);
      if (wanted.length === 0 || isBroken) {
        break;
      }
      isBroken = await this._tree.load(wanted.slice(0, AT_ONCE)).then(
        () => false,
        () => true
      );
      this._wantGlances();
      this._arrange();
    }
    this._isFilling = false;
    if (isBroken) {
      this._brokenAt = Date.now();
      await this.refresh();
    }
  }

  private _onMissed(): void {
    this.glances.ageAll();
  }

  private readonly _client: ListClient;
  private readonly _folding = new Folding();
  private readonly _selectionChanged = new Signal<this, void>(this);
  private _brokenAt = 0;
  private _isFilling = false;
  private _known: ReadonlyMap<string, RunSummary> = new Map();
  private _newAbove = 0;
  private _selection: ISelection = NOTHING;
  private _shift = 0;
  private _sight: [number, number] = [0, FIRST_SIGHT];
  private _tree: RunTree;
  private _view: IListView = FIRST_VIEW;
}
