"""Owns the code that a run is compared by: its own cells below the earlier ones that it built on."""

from __future__ import annotations

from collections.abc import Mapping

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
    were captured.

    Args:
        cx: an open connection.
        runs: the runs by their ids.
        captured: their facets by id, of kind ``order`` at least.
    """
    positions = {
        run_id: {one.position for one in order.dependencies}
        for run_id in runs
        if (order := captured[run_id].one("order", Order)) is not None and order.dependencies
    }
    earlier = facets.read_history_at(cx, positions)
    texts = documents.read_documents(cx, (row.digest for rows in earlier.values() for row in rows))
    return {
        run_id: [
            *(
                Cell(texts[row.digest].decode(), row.cell_id, row.execution_count)
                for row in earlier.get(run_id, [])
                if row.digest in texts
            ),
            *run.cells,
        ]
        for run_id, run in runs.items()
    }
