/** Owns one list of runs of which only the pages near what is in sight are here. */
import type { IRunQuery } from '../api/client';
import type { RunPage, RunSummary } from '../api/types';

/** Runs of one page. */
export const PAGE = 50;

/** Pages that are kept of one strand; those furthest from what is in sight go first. */
const KEPT = 24;

export type Values = RunPage['values'][number];

interface IPage {
  readonly runs: readonly RunSummary[];
  readonly values: readonly Values[];
  /** Whether something may have moved since it came; it is shown until the new one is here. */
  isStale: boolean;
}

/** The runs of one query, by their places in its order. */
export class Strand {
  constructor(
    readonly key: string,
    readonly query: IRunQuery,
    /** How many runs there are, as far as somebody knows before the first page came. */
    expected: number | null = null
  ) {
    this._total = expected;
  }

  /** How many runs there are; null while nobody knows. */
  get total(): number | null {
    return this._total;
  }

  /** Whether there are not more than `total` says. */
  get isExact(): boolean {
    return this._isExact;
  }

  /** Names of the query that no run has, in the words of the server. */
  get notes(): readonly string[] {
    return this._notes;
  }

  /** Tell how many runs there should be; a strand that shrank or grew is fetched anew. */
  expect(total: number): void {
    if (total !== this._total) {
      this._total = total;
      this.age();
    }
  }

  runAt(index: number): RunSummary | undefined {
    return this._pages.get(Math.floor(index / PAGE))?.runs[index % PAGE];
  }

  valuesAt(index: number): Values | undefined {
    return this._pages.get(Math.floor(index / PAGE))?.values[index % PAGE];
  }

  /** The runs that are here with their places, in order. */
  *here(): Generator<[number, RunSummary]> {
    const pages = [...this._pages.keys()].sort((one, other) => one - other);
    const total = this._total ?? Infinity;
    for (const page of pages) {
      const runs = this._pages.get(page)?.runs ?? [];
      for (const [index, run] of runs.entries()) {
        if (page * PAGE + index < total) {
          yield [page * PAGE + index, run];
        }
      }
    }
  }

  /** Whether every run is here. */
  get isWhole(): boolean {
    const total = this._total;
    return total !== null && this.missing(0, total - 1).length === 0;
  }

  /** Numbers of the pages between two places that must be fetched. */
  missing(first: number, last: number): number[] {
    if (this._total === null) {
      return [0];
    }
    const end = Math.min(last, this._total - 1);
    const found: number[] = [];
    for (let page = Math.floor(Math.max(0, first) / PAGE); page * PAGE <= end; page += 1) {
      if (this._pages.get(page)?.isStale !== false) {
        found.push(page);
      }
    }
    return found;
  }

  /** Take the answer to what was asked at that place; false where it is too old to count. */
  put(page: number, found: RunPage, asked = this._agedAt): boolean {
    if (asked < this._agedAt) {
      return false;
    }
    const end = page * PAGE + found.runs.length;
    const isLast = found.next_cursor === null && (found.runs.length > 0 || page === 0);
    this._pages.set(page, { runs: found.runs, values: found.values, isStale: false });
    this._total = isLast ? end : Math.max(found.total, end + (found.next_cursor ? 1 : 0));
    this._isExact = isLast || found.is_total_exact;
    this._notes = found.notes;
    return true;
  }

  /** What is here may have moved; answers to what was asked before `asked` no longer count. */
  age(asked = this._agedAt): void {
    this._agedAt = asked;
    for (const page of this._pages.values()) {
      page.isStale = true;
    }
  }

  /** Let go of pages that are far from these places, but for those with a run to be kept. */
  dropFar(first: number, last: number, isKept: (run: RunSummary) => boolean): void {
    if (this._pages.size <= KEPT) {
      return;
    }
    const middle = (first + last) / 2 / PAGE;
    const byDistance = [...this._pages.keys()].sort(
      (one, other) => Math.abs(other - middle) - Math.abs(one - middle)
    );
    for (const page of byDistance.slice(0, this._pages.size - KEPT)) {
      if (!this._pages.get(page)?.runs.some(isKept)) {
        this._pages.delete(page);
      }
    }
  }

  /** Put other runs in place of some that are here. */
  change(change: (run: RunSummary) => RunSummary): void {
    for (const [number, page] of this._pages) {
      this._pages.set(number, { ...page, runs: page.runs.map(change) });
    }
  }

  private readonly _pages = new Map<number, IPage>();
  private _agedAt = 0;
  private _total: number | null;
  private _isExact = true;
  private _notes: readonly string[] = [];
}
