/** Owns the strands of one view of the list: groups, runs, unfolded children, and their pages. */
import type { LabClient } from '../api/client';
import type { RunSummary } from '../api/types';
import { Layout, type IFolds, type IGroup, type IRoot } from './layout';
import * as lists from './listView';
import { PAGE, Strand } from './strand';

export type TreeClient = Pick<LabClient, 'listRuns' | 'listFacets'>;

/** One page of one strand. */
export type PageOf = [Strand, number];

/** What the user folded and unfolded; it outlives the view in which that was done. */
export class Folding {
  /** Runs that go on are unfolded unless the user folds them, so that what is new is seen. */
  isOpen(run: RunSummary): boolean {
    return this._choices.get(run.id) ?? run.status === 'running';
  }

  isGroupOpen({ key }: IGroup): boolean {
    return !this._foldedGroups.has(key);
  }

  fold(id: string, isOpen: boolean): void {
    this._choices.set(id, isOpen);
  }

  foldGroup({ key }: IGroup, isOpen: boolean): void {
    if (isOpen) {
      this._foldedGroups.delete(key);
    } else {
      this._foldedGroups.add(key);
    }
  }

  private readonly _choices = new Map<string, boolean>();
  private readonly _foldedGroups = new Set<string>();
}

/** The runs of one view, as far as they are here. */
export class RunTree {
  constructor(options: { client: TreeClient; view: lists.IListView; folding: Folding }) {
    this._client = options.client;
    this._folding = options.folding;
    this.view = options.view;
  }

  readonly view: lists.IListView;

  get layout(): Layout {
    return this._layout;
  }

  /** How many runs match, here or not; null while nobody knows. */
  get total(): number | null {
    const own = this._roots.filter(({ group }) => group?.kind !== 'pins');
    return own.reduce<number | null>(
      (sum, { strand }) => (strand.total === null ? sum : (sum ?? 0) + strand.total),
      this._isGrouped && this._isRooted ? 0 : null
    );
  }

  /** Whether there are no more runs than `total` says. */
  get isExact(): boolean {
    return this._roots.every(({ strand }) => strand.isExact);
  }

  /** Whether there are more groups than a list has. */
  get isCut(): boolean {
    const own = this._roots.filter(({ group }) => group?.kind !== 'pins');
    return this._isGrouped && own.length >= lists.MAX_GROUPS;
  }

  /** What the server says of the filter, such as a name that no run has. */
  get notes(): readonly string[] {
    return [...new Set(this._roots.flatMap(({ strand }) => strand.notes))];
  }

  /** The runs that are here, each once. */
  get here(): ReadonlyMap<string, RunSummary> {
    const found = new Map<string, RunSummary>();
    for (const strand of this._strands.values()) {
      for (const [, run] of strand.here()) {
        found.set(run.id, run);
      }
    }
    return found;
  }

  /** Whether every run that the list can show is here. */
  get isWhole(): boolean {
    return [...this._strands.values()].every(strand => strand.isWhole);
  }

  /** Which rows stand at the top: the groups, with how many runs each has. */
  async fetchRoots(signal: AbortSignal): Promise<IRoot[]> {
    const { view } = this;
    const roots: IRoot[] = [];
    if (lists.showsPins(view)) {
      const group: IGroup = { key: 'group:pins', kind: 'pins', value: null };
      roots.push({ group, strand: this._strand(group.key, () => lists.pinQuery(view)) });
    }
    if (!this._isGrouped) {
      const rest: IGroup = { key: 'group:rest', kind: 'rest', value: null };
      const group = roots.length > 0 ? rest : null;
      return [...roots, { group, strand: this._strand('all', () => lists.rootQuery(view)) }];
    }
    const found = await this._client.listFacets(lists.facetQuery(view), signal);
    for (const value of found.values) {
      const group = lists.groupOf(view.grouping, value);
      const strand = this._strand(group.key, () => lists.groupQuery(view, group));
      if (found.is_exact || strand.total === null) {
        strand.expect(value.count);
      }
      roots.push({ group, strand });
    }
    return roots;
  }

  /** The pages between two rows; of strands of which nobody knows the length, the first. */
  pagesOf(roots: readonly IRoot[], first: number, last: number): PageOf[] {
    const pages: PageOf[] = [];
    for (const { strand } of roots) {
      if (strand.total === null || strand.total === 0) {
        pages.push([strand, 0]);
      }
    }
    for (const [strand, [from, to]] of new Layout(roots, this._folds).between(first, last)) {
      for (let page = Math.floor(from / PAGE); page * PAGE <= to; page += 1) {
        pages.push([strand, page]);
      }
    }
    const main = roots.at(-1)?.strand;
    if (main && !pages.some(([strand]) => strand === main) && !this._isGrouped) {
      // The first page of the list tells its new length, wherever one is in it.
      pages.push([main, 0]);
    }
    return pages;
  }

  ask([strand, page]: PageOf, signal?: AbortSignal): ReturnType<TreeClient['listRuns']> {
    return this._client.listRuns({ ...strand.query, limit: PAGE, offset: page * PAGE }, signal);
  }

  /** Fetch pages; an answer that is older than what came meanwhile is asked for again. */
  async load(pages: readonly PageOf[]): Promise<void> {
    const get = async (page: PageOf): Promise<void> => {
      const [strand, number] = page;
      let isTaken = false;
      while (!isTaken) {
        const asked = this.tick();
        isTaken = strand.put(number, await this.ask(page), asked);
      }
    };
    await Promise.all(pages.map(get));
  }

  /** The place of a question among all that are asked: the greater, the later. */
  tick(): number {
    this._asked += 1;
    return this._asked;
  }

  /** What is here may have moved; answers to what was asked before `asked` no longer count. */
  age(asked: number): void {
    for (const [key, strand] of this._strands) {
      strand.age(asked);
      if (strand.total === 0 && key.startsWith(BELOW)) {
        this._strands.delete(key);
      }
    }
  }

  setRoots(roots: readonly IRoot[]): void {
    this._roots = roots;
    this._isRooted = true;
  }

  /** Show runs otherwise. */
  change(change: (run: RunSummary) => RunSummary): void {
    this._strands.forEach(strand => strand.change(change));
  }

  /** Lay out the rows; what is far from these is let go of. */
  arrange(first: number, last: number): void {
    for (const [strand, [from, to]] of this._layout.between(first, last)) {
      strand.dropFar(from, to, run => this._folds.childrenOf(run) !== null);
    }
    let level = [...this._strands.values()];
    while (level.length > 0) {
      level = level.flatMap(strand => this._unfold(strand));
    }
    this._layout = new Layout(this._roots, this._folds);
  }

  /** Makes the strands below the unfolded runs of a strand that have none yet. */
  private _unfold(strand: Strand): Strand[] {
    const made: Strand[] = [];
    if (!lists.isNested(this.view)) {
      return made;
    }
    for (const [, run] of strand.here()) {
      const key = BELOW + run.id;
      if (run.children > 0 && this._folding.isOpen(run) && !this._strands.has(key)) {
        const query = lists.childQuery(this.view, run.id);
        const children = new Strand(key, query, run.children);
        this._strands.set(key, children);
        made.push(children);
      }
    }
    return made;
  }

  private _strand(key: string, make: () => Strand['query']): Strand {
    const strand = this._strands.get(key) ?? new Strand(key, make());
    this._strands.set(key, strand);
    return strand;
  }

  private get _isGrouped(): boolean {
    return this.view.grouping === 'experiment' || this.view.grouping === 'notebook';
  }

  private get _folds(): IFolds {
    const isNested = lists.isNested(this.view);
    return {
      isGroupOpen: group => this._folding.isGroupOpen(group),
      childrenOf: run =>
        isNested && this._folding.isOpen(run) ? (this._strands.get(BELOW + run.id) ?? null) : null
    };
  }

  private readonly _client: TreeClient;
  private readonly _folding: Folding;
  private readonly _strands = new Map<string, Strand>();
  private _asked = 0;
  private _isRooted = false;
  private _layout = new Layout([], { isGroupOpen: () => true, childrenOf: () => null });
  private _roots: readonly IRoot[] = [];
}

const BELOW = 'below:';
