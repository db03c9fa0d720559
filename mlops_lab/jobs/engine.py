"""Owns how papermill runs a notebook for us: whole saves, and a report after each cell."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

from mlops_lab.core.clock import now_ms
from mlops_lab.core.jobs import FailingCell

from .files import write_whole
from .order import CellsDone, Phase, PhaseReached, Progress

ENGINE_NAME = "mlops-lab"


class Watch:
    """What is known of a notebook while it runs, and whom to tell."""

    def __init__(self, *, executed: Path, report: Callable[[Progress], None]) -> None:
        self._executed = executed
        self._report = report
        self._reached: set[Phase] = set()
        self._cells: list[FailingCell] = []
        self.total = 0
        self.done = 0
        self.current: int | None = None
        self.stopped_at: int | None = None

    def reach(self, phase: Phase) -> None:
        """Report that the execution got this far, once."""
        if phase not in self._reached:
            self._reached.add(phase)
            self._report(PhaseReached(phase=phase, time=now_ms()))

    def begin(self, notebook: Any) -> None:
        """Take note of the cells, the injected one among them."""
        self._cells = [
            FailingCell(index=index, cell_id=cell.get("id"), source=cell.source)
            for index, cell in enumerate(notebook.cells)
        ]
        self.total = len(notebook.cells)
        self._report(CellsDone(done=0, total=self.total))

    def complete(self, index: int) -> None:
        """Report that a cell has ended, well or not."""
        self.done = index + 1
        self._report(CellsDone(done=self.done, total=self.total))

    def save(self, notebook: Any) -> None:
        """Write the executed notebook: a reader sees the one before or this one, never a part."""
        write_whole(self._executed, nbformat.writes(notebook).encode("utf-8", "replace"))  # type: ignore[no-untyped-call]

    def failing_cell(self, index: int) -> FailingCell:
        """Return the cell with this index, as it is in the executed notebook."""
        return self._cells[index]


class _Manager(NotebookExecutionManager):  # type: ignore[misc]
    def __init__(self, nb: Any, *, watch: Watch, **options: Any) -> None:
        super().__init__(nb, **options)
        self.nb: Any = nb
        self.watch = watch

    def save(self, **kwargs: Any) -> None:
        self.nb = kwargs.get("nb") or self.nb
        self.watch.save(self.nb)
        self.last_save_time = self.now()

    def notebook_start(self, **kwargs: Any) -> None:
        self.watch.begin(self.nb)
        super().notebook_start(**kwargs)

    def cell_start(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        self.watch.reach("kernel")
        self.watch.current = cell_index
        super().cell_start(cell, cell_index, **kwargs)

    def cell_exception(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        self.watch.stopped_at = cell_index
        super().cell_exception(cell, cell_index, **kwargs)

    def cell_complete(self, cell: Any, cell_index: int | None = None, **kwargs: Any) -> None:
        super().cell_complete(cell, cell_index, **kwargs)
        if cell.get("cell_type") == "code":
            self.watch.reach("first_cell")
        if cell_index is not None:
            self.watch.complete(cell_index)


class _Engine(NBClientEngine):  # type: ignore[misc]
    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        watch: Watch = options.pop("watch")
        manager = _Manager(
            nb,
            watch=watch,
            output_path=options.pop("output_path", None),
            progress_bar=False,
            log_output=options["log_output"],
            autosave_cell_every=options.pop("autosave_cell_every", 30),
        )
        options.pop("progress_bar", None)
        manager.notebook_start()
        try:
            cls.execute_managed_notebook(manager, kernel_name, **options)
        except BaseException:
            _mark_failed(manager, watch.current)
            raise
        finally:
            manager.notebook_complete()
            watch.reach("kernel_ended")
        return manager.nb


def register() -> None:
    """Make the engine known to papermill under ``ENGINE_NAME``."""
    papermill_engines.register(ENGINE_NAME, _Engine)


def _mark_failed(manager: _Manager, index: int | None) -> None:
    # Papermill counts the cell in which a kernel dies, and all that follow, as completed.
    manager.nb.metadata.papermill["exception"] = True
    with contextlib.suppress(IndexError, TypeError):
        manager.nb.cells[index].metadata.papermill["exception"] = True
        manager.nb.cells[index].metadata.papermill["status"] = manager.FAILED
