/** Owns the rules of selecting rows in a list; pure. */

/** Which rows are selected, in the order of selection, and where the keyboard stands. */
export interface ISelection {
  readonly ids: readonly string[];
  /** The row that the arrow keys move from. */
  readonly active: string | null;
  /** The row from which shift extends. */
  readonly anchor: string | null;
}

export const NOTHING: ISelection = { ids: [], active: null, anchor: null };

/** Select one row alone. */
export function only(id: string): ISelection {
  return { ids: [id], active: id, anchor: id };
}

/** Add a row to the selection, or take it out. */
export function toggle(selection: ISelection, id: string): ISelection {
  const ids = selection.ids.includes(id)
    ? selection.ids.filter(other => other !== id)
    : [...selection.ids, id];
  return { ids, active: id, anchor: id };
}

/** Select every row from the anchor to `id`. */
export function extend(selection: ISelection, id: string, order: readonly string[]): ISelection {
  const from = selection.anchor === null ? -1 : order.indexOf(selection.anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) {
    return only(id);
  }
  const range = from <= to ? order.slice(from, to + 1) : order.slice(to, from + 1).reverse();
  return { ids: range, active: id, anchor: selection.anchor };
}

/** Move the keyboard by `step` rows and select what it reaches; `isExtending` keeps the anchor. */
export function move(
  selection: ISelection,
  step: number,
  order: readonly string[],
  isExtending: boolean
): ISelection {
  if (order.length === 0) {
    return selection;
  }
  const at = selection.active === null ? -1 : order.indexOf(selection.active);
  const first = step > 0 ? 0 : order.length - 1;
  const to = at < 0 ? first : Math.min(order.length - 1, Math.max(0, at + step));
  const id = order[to] as string;
  return isExtending ? extend(selection, id, order) : only(id);
}

/** Drop what is no longer in the list. */
export function prune(selection: ISelection, order: readonly string[]): ISelection {
  const known = new Set(order);
  const ids = selection.ids.filter(id => known.has(id));
  if (ids.length === selection.ids.length) {
    return selection;
  }
  const keep = (id: string | null): string | null => (id !== null && known.has(id) ? id : null);
  return { ids, active: keep(selection.active), anchor: keep(selection.anchor) };
}
