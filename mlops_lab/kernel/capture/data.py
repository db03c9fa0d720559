"""Owns the capture of tables: those that a cell reads, as they were before it, and those it binds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.data import DataRole
from mlops_lab.kernel.display import own_fault

from .base import Outcome, Watched
from .madetables import bound_tables, remember_bound, roles_of
from .tablenames import MAX_TABLES, find_tables


class _Seen(msgspec.Struct, frozen=True):
    """How many tables were recorded before the cell, and what the names held that it binds."""

    count: int
    bound: dict[str, Any]


class DataCapture:
    """Records the tables that a cell reads. Only digests and profiles stay, never the tables."""

    kind: CaptureKind = "data"

    def before(self, cell: Watched) -> _Seen:
        """Record the tables that the cell reads, as they are now."""
        if cell.reading is None or cell.tree is None:
            return _Seen(0, {})
        hidden = cell.shell.user_ns_hidden
        found = find_tables(cell.tree, cell.reading.reads, cell.namespace, hidden)
        _record(cell, found, cell_s=0.0)
        return _Seen(len(found), remember_bound(cell.reading.computed, cell.namespace))

    def after(self, cell: Watched, seen: _Seen, outcome: Outcome) -> None:
        """Record the tables that the cell loaded, and those that it made and then read."""
        if cell.tree is None or cell.reading is None:
            return
        bound = bound_tables(cell.reading, cell.namespace, before=seen.bound, end=outcome)
        if not bound:
            return
        roles = roles_of(bound, cell.tree, cell.reading, cell.namespace)
        chosen = [(role, bound[name]) for name, role in roles.items()]
        left = MAX_TABLES - seen.count
        for role in ("loaded", "made"):
            every = [one for of, tables in chosen if of == role for one in tables.items()]
            _record(cell, dict(every[: max(left, 0)]), cell_s=cell.elapsed_s(), role=role)
            left -= len(every)


def _record(
    cell: Watched, tables: Mapping[str, Any], *, cell_s: float, role: DataRole = "input"
) -> None:
    """Record ``tables``, the small ones first, as long as the budget of a cell of ``cell_s`` lasts."""
    if not tables:
        return
    # Loaded with the first table, once a process: a session without tables needs none of it.
    from .datasample import extent_of
    from .dataturn import Turn
    from .dataversion import record_table

    started = time.perf_counter()
    turn = Turn(started + cell.budget.left(cell_s=cell_s))
    for label, value in sorted(tables.items(), key=lambda item: extent_of(item[1])):
        try:
            record_table(cell, label, value, turn=turn, role=role)
        except Exception as error:  # noqa: BLE001 - the other tables can be told all the same
            own_fault(f"reading the table {label!r}", error)
    turn.end(cell)
    cell.budget.spend(time.perf_counter() - started)
