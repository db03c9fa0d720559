"""Owns the semantic diff of cells: which are the same, moved, renamed, or differ in a literal (pure).

Code that cannot be read as Python is compared by its lines; nothing here raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlops_lab.core.celldiff import CellDiff, CellsDiff, DiffLine
from mlops_lab.core.tracking import Cell

from .cellmatch import match_cells, moved_pairs
from .codealign import Effort
from .codepair import CodePair, common_renames, read_pair

MAX_EFFORT = 20_000_000
"""Characters and pairs of statements that are looked at for all runs of a comparison together."""


def diff_cells(
    before: Sequence[Cell], others: Mapping[str, Sequence[Cell]], *, effort: int = MAX_EFFORT
) -> list[CellsDiff]:
    """Return how the cells of each other run differ from those of the baseline.

    Args:
        before: the cells of the baseline in the order in which they ran.
        others: the cells of each other run by its id.
        effort: what may be spent; runs beyond it are compared by whole cells only.
    """
    left = Effort(effort)
    known: dict[tuple[tuple[str | None, str], ...], list[CellDiff]] = {}
    found = []
    for run_id, after in others.items():
        # Runs of a search often have the very same code.
        key = tuple((cell.cell_id, cell.source) for cell in after)
        if key not in known:
            known[key] = _diff(before, after, left)
        cells = known[key]
        equal = all((c.change == "same" or c.cosmetic) and not c.moved for c in cells)
        found.append(CellsDiff(run_id=run_id, equal=equal, cells=cells))
    return found


def _diff(before: Sequence[Cell], after: Sequence[Cell], effort: Effort) -> list[CellDiff]:
    pairs = match_cells(before, after, effort)
    moved = moved_pairs(pairs)
    read = {
        pair: read_pair(before[pair[0]].source, after[pair[1]].source, effort)
        for pair in pairs
        if before[pair[0]].source != after[pair[1]].source
    }
    renames = common_renames(
        list(read.values()), [c.source for c in before], [c.source for c in after]
    )
    partner = {place: other for other, place in pairs}
    gone = sorted(set(range(len(before))) - {one for one, _ in pairs})
    found: list[CellDiff] = []
    for place, cell in enumerate(after):
        if place not in partner:
            found.append(_added(cell, place))
            continue
        other = partner[place]
        while gone and gone[0] < other:
            found.append(_removed(before[gone[0]], gone.pop(0)))
        pair = (other, place)
        ids = [before[other].cell_id, cell.cell_id]
        if pair not in read:
            found.append(CellDiff("same", [other, place], ids, moved=pair in moved))
        else:
            found.append(_changed(read[pair], pair, ids, moved=pair in moved, renames=renames))
    return [*found, *(_removed(before[place], place) for place in gone)]


def _changed(
    pair: CodePair,
    places: tuple[int, int],
    ids: list[str | None],
    *,
    moved: bool,
    renames: Mapping[str, str],
) -> CellDiff:
    told = pair.told(renames)
    return CellDiff(
        "changed",
        [*places],
        ids,
        moved=moved,
        cosmetic=pair.is_cosmetic,
        understood=pair.understood,
        rewritten=told.rewritten,
        renames=told.renames,
        literals=told.literals,
        lines=told.lines,
    )


def _added(cell: Cell, place: int) -> CellDiff:
    lines = [DiffLine("added", text) for text in cell.source.splitlines()]
    return CellDiff("added", [None, place], [None, cell.cell_id], rewritten=True, lines=lines)


def _removed(cell: Cell, place: int) -> CellDiff:
    lines = [DiffLine("removed", text) for text in cell.source.splitlines()]
    return CellDiff("removed", [place, None], [cell.cell_id, None], rewritten=True, lines=lines)
