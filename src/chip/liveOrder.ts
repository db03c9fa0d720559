/** Owns how a run is held against the notebook as it stands now; pure. */
import type { SourcedDependency } from './model';

/** A code cell of the notebook, in its order. */
export interface ICellNow {
  id: string;
  source: string;
}

export interface ILiveOrder {
  /** The cell has other code than the run had. */
  isEdited: boolean;
  /** Cells that the run took names from, which no longer stand above as they ran. */
  deleted: readonly SourcedDependency[];
  edited: readonly SourcedDependency[];
  misplaced: readonly SourcedDependency[];
}

/** Compare the code of a run and of the cells that it took names from with the notebook. */
export function liveOrder(
  cells: readonly ICellNow[],
  cellId: string,
  ran: string | null,
  dependencies: readonly SourcedDependency[]
): ILiveOrder {
  const at = cells.findIndex(cell => cell.id === cellId);
  const own = cells[at];
  const found = { deleted: [], edited: [], misplaced: [] } as Record<
    'deleted' | 'edited' | 'misplaced',
    SourcedDependency[]
  >;
  for (const item of dependencies) {
    const problem = problemOf(item, cells, at);
    if (problem) {
      found[problem].push(item);
    }
  }
  return { isEdited: ran !== null && own !== undefined && !isSame(own.source, ran), ...found };
}

function problemOf(
  item: SourcedDependency,
  cells: readonly ICellNow[],
  at: number
): 'deleted' | 'edited' | 'misplaced' | null {
  const { source } = item;
  // A cell that was restored has another id; what counts is the code that stands above.
  if (source !== null && cells.slice(0, at).some(cell => isSame(cell.source, source))) {
    return null;
  }
  if (item.cell_id === null) {
    return item.problem === 'deleted' ? 'deleted' : null;
  }
  const place = cells.findIndex(cell => cell.id === item.cell_id);
  const cell = cells[place];
  if (!cell) {
    return 'deleted';
  }
  if (source !== null && !isSame(cell.source, source)) {
    return 'edited';
  }
  return place > at ? 'misplaced' : null;
}

function isSame(one: string, other: string): boolean {
  return one.trim() === other.trim();
}
