"""Owns the cells that ran in this kernel, tracked or not, until a tracked run has them recorded."""

from __future__ import annotations

import ast
import os
import threading
import time
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import MAX_CELL_BYTES
from mlops_lab.core.records import CellExecuted

from .boundnames import CellNames, read_names
from .changing import may_change
from .display import own_fault
from .notebookfile import names_of_source
from .run import RunLog

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell

    from .capture.cell import CellReading

MAX_CELLS = 5_000
"""So many of the latest cells are remembered; with each the names that it bound and read."""

MAX_SOURCE_BYTES = 16_777_216
"""Most bytes of sources that are remembered; then the oldest cells go."""

Ended = Literal["ok", "error", "unknown"]


class PastCell:
    """A cell that ran: see ``core.facets.HistoryCell``. ``names`` is None where it was not Python.

    ``modules`` are those of the names that it may have changed which hold a module.
    """

    __slots__ = (
        "bound",
        "cell_id",
        "duration_ms",
        "ended",
        "execution_count",
        "is_read",
        "is_written",
        "modules",
        "names",
        "position",
        "run_id",
        "source",
        "started_at",
        "started_ns",
        "status",
    )

    def __init__(self, position: int, source: str) -> None:
        self.position = position
        self.source = source
        self.cell_id: str | None = None
        self.execution_count: int | None = None
        self.started_at: Millis | None = None
        self.started_ns = 0
        self.duration_ms: Millis | None = None
        self.status: Ended = "unknown"
        self.run_id: str | None = None
        self.names: CellNames | None = None
        self.modules: frozenset[str] = frozenset()
        self.bound: dict[str, str] = {}
        self.ended = False
        self.is_read = False
        self.is_written = False


class History(ast.NodeTransformer):
    """What one kernel process ran, in order. It watches the trees that IPython compiles.

    As an AST transformer it is shown every cell, and changes nothing.
    """

    def __init__(self) -> None:
        self.history_id = new_id()
        self.forgotten = 0
        self._cells: deque[PastCell] = deque()
        self._running: dict[int, PastCell] = {}
        self._binders: dict[str, list[int]] = {}
        self._changers: dict[str, list[int]] = {}
        self._of_cell: dict[str, list[int]] = {}
        self._reading: tuple[ast.Module, CellReading] | None = None
        self._earlier: list[PastCell] = []
        self._namespace: Mapping[str, Any] = {}
        self.deleted: set[str] = set()
        self._next = 0
        self._bytes = 0

    @property
    def position(self) -> int | None:
        """The position of the cell that this thread runs, or else of the one that runs; or None."""
        cell = self._running.get(threading.get_ident()) or next(iter(self._running.values()), None)
        return cell.position if cell is not None else None

    def cells(self) -> list[PastCell]:
        """Return the remembered cells, the oldest first."""
        return list(self._cells)

    def at(self, position: int) -> PastCell | None:
        """Return the cell at a position, if it is remembered."""
        first = self._cells[0].position if self._cells else 0
        index = position - first
        return self._cells[index] if 0 <= index < len(self._cells) else None

    def latest_of(self, cell: PastCell, *, until: int) -> PastCell | None:
        """Return the latest execution of the same cell up to a position."""
        positions = self._of_cell.get(cell.cell_id, []) if cell.cell_id is not None else []
        number = bisect_right(positions, until)
        return self.at(positions[number - 1]) if number else None

    def sources_of(self, name: str, before: int) -> list[int]:
        """Return who made what ``name`` held before a position: who bound it, and who changed it since."""
        if self._earlier:
            self._index_earlier()
        binders = self._binders.get(name, [])
        number = bisect_left(binders, before)
        if not number:
            return []
        bound_at = binders[number - 1]
        changers = self._changers.get(name, [])
        since = changers[bisect_left(changers, bound_at) : bisect_left(changers, before)]
        return [bound_at, *since]

    def take_earlier(self, shell: InteractiveShell) -> None:
        """Take in what IPython remembers of the cells that ran before the extension was loaded."""
        self._namespace = shell.user_ns
        manager = shell.history_manager
        sources = list(getattr(manager, "input_hist_raw", ()) or ())[: shell.execution_count]
        for count, source in enumerate(sources[-MAX_CELLS:], max(0, len(sources) - MAX_CELLS)):
            if not count or not isinstance(source, str) or not source.strip():
                continue
            cell = self._add(source)
            cell.execution_count = count
            cell.ended = True
            self._earlier.append(cell)

    def begin(self, info: ExecutionInfo, execution_count: int) -> None:
        """Remember a cell that begins in this thread; one that leaves no history is not kept."""
        source = info.raw_cell or ""
        if not info.store_history or not source.strip():
            return
        cell = self._add(source)
        cell.cell_id = info.cell_id
        cell.execution_count = execution_count
        cell.started_at = now_ms()
        cell.started_ns = time.monotonic_ns()
        self._running[threading.get_ident()] = cell

    def visit(self, tree: ast.AST) -> ast.AST:
        """Read what the cell of this thread does with names."""
        cell = self._running.get(threading.get_ident())
        if cell is not None and cell.names is None and isinstance(tree, ast.Module):
            try:
                from .capture.cell import read_cell

                reading = read_cell(tree)
                self._reading = tree, reading
                cell.names = read_names(tree, reading.reads)
            except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
                own_fault("reading the cell", error)
        return tree

    def reading_of(self, tree: ast.Module) -> CellReading | None:
        """Return the reading of a tree that was read just now, so that nobody reads it twice."""
        found, self._reading = self._reading, None
        return found[1] if found is not None and found[0] is tree else None

    def end(
        self,
        *,
        status: Ended,
        run_id: str | None,
        namespace: Mapping[str, Any],
        masked: frozenset[str] = frozenset(),
    ) -> None:
        """Complete the cell of this thread, with digests of what it left in the names it bound.

        Of names and tables that ``masked`` covers, or covers in part, there is none.
        """
        cell = self._running.pop(threading.get_ident(), None)
        if cell is None or cell.started_at is None:
            return
        cell.duration_ms = (time.monotonic_ns() - cell.started_ns) // 1_000_000
        cell.status = status
        cell.run_id = run_id
        cell.ended = True
        if cell.cell_id is not None:
            self._of_cell.setdefault(cell.cell_id, []).append(cell.position)
        if cell.names is not None:
            from .valuedigest import digest_names

            cell.bound = digest_names(cell.names.bound, namespace, masked=masked)
            changed = _settle(cell, cell.names, namespace)
            cell.modules = frozenset(n for n in changed if type(namespace.get(n)) is ModuleType)
            self._index(cell)

    def write_to(self, run: RunLog) -> None:
        """Have everything that ended and was not recorded yet recorded with ``run``."""
        if self.forgotten:
            run.warn(
                f"{self.forgotten:,} earlier cells of this kernel are not recorded: only the last "
                f"{MAX_CELLS:,} are remembered."
            )
            self.forgotten = 0
        for cell in self._unwritten():
            cell.is_written = True
            run.write(self._record(cell, run))

    def start_anew(self) -> None:
        """After ``%reset``: nothing that ran before can be read any more, but it did run."""
        self._binders.clear()
        self._changers.clear()

    def _index(self, cell: PastCell) -> None:
        if cell.names is None:
            return
        for name in cell.names.deleted:
            self._binders.pop(name, None)
        for name in cell.names.bound:
            self._binders.setdefault(name, []).append(cell.position)
        for name in cell.names.changed:
            self._changers.setdefault(name, []).append(cell.position)

    def _index_earlier(self) -> None:
        """Read the cells of before the extension, when somebody asks for them: loading must be quick."""
        cells, self._earlier = self._earlier, []
        for cell in reversed(cells):
            cell.names = names_of_source(cell.source)
            if cell.names is None:
                continue
            for name in cell.names.bound:
                self._binders.setdefault(name, []).insert(0, cell.position)
            for name in _settle(cell, cell.names, self._namespace):
                self._changers.setdefault(name, []).insert(0, cell.position)

    def _unwritten(self) -> Iterator[PastCell]:
        # From the end: what is written lies before, however long the session is.
        found = []
        for cell in reversed(self._cells):
            if cell.is_written:
                break
            if cell.ended:
                found.append(cell)
        return reversed(found)

    def _record(self, cell: PastCell, run: RunLog) -> CellExecuted:
        from mlops_lab.core.secretfinding import secrets_of_text
        from mlops_lab.core.secrets import mask_text

        run.spool.secrets.add(secrets_of_text(cell.source, os.environ))
        return CellExecuted(
            0,
            run.run_id,
            self.history_id,
            cell.position,
            mask_text(cell.source),
            cell.cell_id,
            cell.execution_count,
            cell.started_at,
            cell.duration_ms,
            cell.status,
            cell.run_id,
            cell.bound,
        )

    def _add(self, source: str) -> PastCell:
        if len(source) > MAX_CELL_BYTES // 4:
            source = f"{source[: MAX_CELL_BYTES // 4]}\n# ... cut by MLOps Lab\n"
        cell = PastCell(self._next, source)
        self._next += 1
        self._cells.append(cell)
        self._bytes += len(source)
        while len(self._cells) > MAX_CELLS or (
            self._bytes > MAX_SOURCE_BYTES and len(self._cells) > 1
        ):
            oldest = self._cells.popleft()
            self._bytes -= len(oldest.source)
            self.forgotten += not oldest.is_written
        return cell


def _settle(cell: PastCell, names: CellNames, namespace: Mapping[str, Any]) -> list[str]:
    """Have the names that the calls of a cell may have changed count as changed; return all changed."""
    if names.calls:
        called = [path[0] for path in names.calls if may_change(path, namespace)]
        changed = list(dict.fromkeys([*names.changed, *called]))
        cell.names = msgspec.structs.replace(names, changed=changed, calls=[])
        return changed
    return names.changed
