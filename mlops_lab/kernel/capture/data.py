"""Owns the capture of tables: those that a cell reads, as they were before it, and those it loads."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from mlops_lab.core.capture import CaptureKind
from mlops_lab.kernel.display import own_fault

from .base import Outcome, Watched
from .tablenames import MAX_TABLES, find_tables, names_bound_by_readers, tables_behind

_LOADED = "The cell loaded it; this is how the cell left it."


class DataCapture:
    """Records the tables that a cell reads. Only digests and profiles stay, never the tables."""

    kind: CaptureKind = "data"

    def before(self, cell: Watched) -> frozenset[str]:
        """Record the tables that the cell reads, as they are now; return how it names them."""
        if cell.reading is None or cell.tree is None:
            return frozenset()
        hidden = cell.shell.user_ns_hidden
        found = find_tables(cell.tree, cell.reading.reads, cell.namespace, hidden)
        _record(cell, found, cell_s=0.0)
        return frozenset(found)

    def after(self, cell: Watched, seen: Any, outcome: Outcome) -> None:  # noqa: ARG002 - see Capture
        """Record the tables that the cell loaded by a reading call and bound to a name."""
        if cell.tree is None:
            return
        names = [name for name in names_bound_by_readers(cell.tree) if name in cell.namespace]
        found = {
            label: table
            for name in names
            for label, table in tables_behind(name, cell.namespace[name])
            if label not in seen
        }
        limited = dict(list(found.items())[:MAX_TABLES])
        _record(cell, limited, cell_s=cell.elapsed_s(), note=_LOADED)


def _record(cell: Watched, tables: Mapping[str, Any], *, cell_s: float, note: str = "") -> None:
    """Record ``tables``, the small ones first, as long as the budget of a cell of ``cell_s`` lasts."""
    if not tables:
        return
    # Loaded with the first table, once a process: a session without tables needs none of it.
    from .dataversion import Turn, extent_of, record_table

    started = time.perf_counter()
    turn = Turn(started + cell.budget.left(cell_s=cell_s))
    for label, value in sorted(tables.items(), key=lambda item: extent_of(item[1])):
        try:
            record_table(cell, label, value, turn=turn, note=note)
        except Exception as error:  # noqa: BLE001 - the other tables can be told all the same
            own_fault(f"reading the table {label!r}", error)
    cell.budget.spend(time.perf_counter() - started)
