"""Owns the code that a run is compared by: its own cells below the earlier ones that it built on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from mlops_lab.core.facets import Order
from mlops_lab.core.tracking import Cell, Run
from mlops_lab.store import documents, facets

from .capture import Decoded


def read_cells(
    cx: Connection, runs: Mapping[str, Run], captured: Mapping[str, Decoded]
) -> dict[str, list[Cell]]:
    """Return the cells of each run in the order in which they ran.

    Before its own come the earlier cells of its kernel that it took names from, as far as they
    were captured, each once.

    Args:
        cx: an open connection.
        runs: the runs by their ids.
        captured: their facets by id, of kind ``order`` at least.
    """
    taken = {
        run_id: {one.position: frozenset(one.names) for one in order.dependencies}
        for run_id in runs
        if (order := captured[run_id].one("order", Order)) is not None and order.dependencies
    }
    earlier = facets.read_history_at(cx, taken)
    texts = documents.read_documents(cx, (row.digest for rows in earlier.values() for row in rows))
    found = {}
    for run_id, run in runs.items():
        before = [
            (
                Cell(texts[row.digest].decode(), row.cell_id, row.execution_count),
                taken[run_id][row.position],
            )
            for row in earlier.get(run_id, [])
            if row.digest in texts
        ]
        found[run_id] = [*_each_once(before, run.cells), *run.cells]
    return found


def _each_once(earlier: Sequence[tuple[Cell, frozenset[str]]], own: Sequence[Cell]) -> list[Cell]:
    """Return the earlier cells without those that only ran again.

    A cell that a reader runs again and again is one cell of the notebook, so of its executions the
    last one counts, and of the run's own cells none but the run itself. An older execution stays
    where the run took names from it that no later one gave: then its text was another one.
    """
    kept: list[Cell] = []
    given: dict[str, set[str]] = {}
    ids = {cell.cell_id for cell in own} - {None}
    sources = {cell.source.strip() for cell in own}
    for cell, names in reversed(earlier):
        source = cell.source.strip()
        if cell.cell_id in ids or source in sources:
            continue
        later = given.setdefault(cell.cell_id, set()) if cell.cell_id is not None else set()
        if later and names <= later:
            continue
        later |= names
        sources.add(source)
        kept.append(cell)
    return kept[::-1]
