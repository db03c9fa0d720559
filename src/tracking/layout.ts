/** Owns how groups, runs and unfolded children become the rows of one list; pure. */
import type { RunSummary } from '../api/types';
import type { Strand, Values } from './strand';

/** A heading under which runs stand. */
export interface IGroup {
  key: string;
  kind: 'pins' | 'rest' | 'experiment' | 'notebook';
  /** Name of the experiment or path of the notebook; null where the runs have none. */
  value: string | null;
}

/** A strand at the top, with the heading that it stands under. */
export interface IRoot {
  group: IGroup | null;
  strand: Strand;
}

export type IRow =
  | { kind: 'group'; group: IGroup; count: number | null; isExact: boolean; isOpen: boolean }
  | {
      kind: 'run';
      run: RunSummary;
      values: Values;
      /** How many parents stand above it. */
      depth: number;
      /** Whether its children are shown; null where it has none. */
      isOpen: boolean | null;
      strand: Strand;
    }
  | { kind: 'wait'; depth: number };

/** What is unfolded. */
export interface IFolds {
  isGroupOpen: (group: IGroup) => boolean;
  /** The children of a run where they are unfolded. */
  childrenOf: (run: RunSummary) => Strand | null;
}

interface ISpan {
  start: number;
  length: number;
  group: IGroup | null;
  strand: Strand;
  /** Place in the strand of its first row. */
  offset: number;
  depth: number;
}

const NO_VALUES: Values = {};

/** Which row stands where, without a row being made before it is asked for. */
export class Layout {
  constructor(roots: readonly IRoot[], folds: IFolds) {
    this._folds = folds;
    for (const { group, strand } of roots) {
      if (group) {
        this._add({ group, strand, length: 1, offset: 0, depth: 0 });
      }
      if (!group || folds.isGroupOpen(group)) {
        this._addStrand(strand, 0);
      }
    }
  }

  /** How many rows there are. */
  get length(): number {
    return this._length;
  }

  /** Which rows are headings. */
  get heads(): ReadonlySet<number> {
    return this._heads;
  }

  rowAt(index: number): IRow | undefined {
    const span = this._spanAt(index);
    if (!span) {
      return undefined;
    }
    const { group, strand, depth } = span;
    if (group) {
      const { total: count, isExact } = strand;
      return { kind: 'group', group, count, isExact, isOpen: this._folds.isGroupOpen(group) };
    }
    const place = span.offset + index - span.start;
    const run = strand.runAt(place);
    if (!run) {
      return { kind: 'wait', depth };
    }
    const isOpen = run.children > 0 ? this._folds.childrenOf(run) !== null : null;
    return { kind: 'run', run, values: strand.valuesAt(place) ?? NO_VALUES, depth, isOpen, strand };
  }

  /** The name of a row by which the selection knows it; null while its run is not here. */
  nameAt(index: number): string | null {
    const row = this.rowAt(index);
    return row?.kind === 'run' ? row.run.id : row?.kind === 'group' ? row.group.key : null;
  }

  /** Where the row of this name stands, looked for at `near` first; -1 where it is not here. */
  indexOf(name: string, near = -1): number {
    if (near >= 0 && this.nameAt(near) === name) {
      return near;
    }
    for (const { start, length, group, strand, offset } of this._spans) {
      if (group) {
        if (group.key === name) {
          return start;
        }
        continue;
      }
      for (const [place, run] of strand.here()) {
        if (run.id === name && place >= offset && place < offset + length) {
          return start + place - offset;
        }
      }
    }
    return -1;
  }

  /** Which places of which strands are between two rows. */
  between(first: number, last: number): Map<Strand, [number, number]> {
    const found = new Map<Strand, [number, number]>();
    for (const { start, length, group, strand, offset } of this._spans) {
      const from = Math.max(first, start);
      const to = Math.min(last, start + length - 1);
      if (!group && from <= to) {
        const places: [number, number] = [offset + from - start, offset + to - start];
        const known = found.get(strand);
        found.set(strand, known ? [known[0], places[1]] : places);
      }
    }
    return found;
  }

  /** Pages that must be fetched for these rows to be seen. */
  missing(first: number, last: number): [Strand, number][] {
    return [...this.between(first, last)].flatMap(([strand, [from, to]]) =>
      strand.missing(from, to).map((page): [Strand, number] => [strand, page])
    );
  }

  private _spanAt(index: number): ISpan | undefined {
    let [low, high] = [0, this._spans.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const span = this._spans[middle] as ISpan;
      if (index < span.start) {
        high = middle - 1;
      } else if (index >= span.start + span.length) {
        low = middle + 1;
      } else {
        return span;
      }
    }
    return undefined;
  }

  /** A strand is cut below each run whose children are unfolded. */
  private _addStrand(strand: Strand, depth: number): void {
    let offset = 0;
    for (const [place, run] of strand.here()) {
      const children = run.children > 0 ? this._folds.childrenOf(run) : null;
      if (children && children.total !== 0) {
        this._add({ group: null, strand, offset, depth, length: place + 1 - offset });
        this._addStrand(children, depth + 1);
        offset = place + 1;
      }
    }
    const length = (strand.total ?? 0) - offset;
    this._add({ group: null, strand, offset, depth, length });
  }

  private _add(span: Omit<ISpan, 'start'>): void {
    if (span.length > 0) {
      if (span.group) {
        this._heads.add(this._length);
      }
      this._spans.push({ ...span, start: this._length });
      this._length += span.length;
    }
  }

  private readonly _folds: IFolds;
  private readonly _heads = new Set<number>();
  private readonly _spans: ISpan[] = [];
  private _length = 0;
}
