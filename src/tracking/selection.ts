/** Owns the rules of selecting rows in a list; pure. */

/** Which runs are selected, in the order of selection, and where the keyboard stands. */
export interface ISelection {
  readonly ids: readonly string[];
  /** The row that the arrow keys move from: a run or a group. */
  readonly active: string | null;
  /** The row from which shift extends. */
  readonly anchor: string | null;
}

export const NOTHING: ISelection = { ids: [], active: null, anchor: null };

/** Select one run alone. */
export function only(id: string): ISelection {
  return { ids: [id], active: id, anchor: id };
}

/** Have the keyboard stand on a row that is no run. */
export function stand(selection: ISelection, name: string): ISelection {
  return { ...selection, active: name };
}

/** Add a run to the selection, or take it out. */
export function toggle(selection: ISelection, id: string): ISelection {
  const ids = selection.ids.includes(id)
    ? selection.ids.filter(other => other !== id)
    : [...selection.ids, id];
  return { ids, active: id, anchor: id };
}

/** Select the runs from the anchor to the active row, which are told in this order. */
export function range(
  selection: ISelection,
  ids: readonly string[],
  active: string | null
): ISelection {
  return { ids: [...new Set(ids)], active, anchor: selection.anchor ?? active };
}

/** Drop runs that are gone. */
export function drop(selection: ISelection, gone: ReadonlySet<string>): ISelection {
  const ids = selection.ids.filter(id => !gone.has(id));
  if (ids.length === selection.ids.length) {
    return selection;
  }
  const keep = (id: string | null): string | null => (id !== null && !gone.has(id) ? id : null);
  return { ids, active: keep(selection.active), anchor: keep(selection.anchor) };
}
