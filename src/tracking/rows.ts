/** Owns how runs and their children become the rows of one list; pure. */
import type { RunSummary } from '../api/types';

export interface IRow {
  run: RunSummary;
  /** How many parents stand above it. */
  depth: number;
  /** Whether its children are shown; null where it has none. */
  isOpen: boolean | null;
}

/** The runs in their order, each followed by its children where it is unfolded. */
export function flatten(
  runs: readonly RunSummary[],
  children: ReadonlyMap<string, readonly RunSummary[]>,
  isOpen: (run: RunSummary) => boolean,
  depth = 0
): IRow[] {
  return runs.flatMap(run => {
    const opened = isOpen(run);
    const row = { run, depth, isOpen: run.children > 0 ? opened : null };
    const below = opened ? flatten(children.get(run.id) ?? [], children, isOpen, depth + 1) : [];
    return [row, ...below];
  });
}
