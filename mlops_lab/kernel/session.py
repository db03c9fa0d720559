"""Owns the tracking of this process: which cell is tracked now, and what its run is told."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import RunFinished, RunStarted
from mlops_lab.core.tracking import RunStatus

from .background import Background
from .capture.base import Outcome
from .capture.origin import Origin, find_origin
from .capture.registry import make_captures
from .delivery import Delivery
from .display import own_fault, warn
from .execution import Execution, describe_error
from .jobmode import JobMode, find_job
from .run import RunLog
from .trackline import TrackOptions

if TYPE_CHECKING:
    from IPython.core.interactiveshell import (
        ExecutionInfo,
        ExecutionResult,
        InteractiveShell,
    )

BACKGROUND_S = 5.0
"""At the end of the process captures in the background may take this long."""

OptionsOf = Callable[[str], TrackOptions | None]


class Session:
    """Opens a run for each tracked cell, and knows the run that ``lab.log_metric`` is meant for."""

    def __init__(self) -> None:
        self.delivery: Delivery | None = None
        self.last_run: tuple[str, str] | None = None
        self._shell: InteractiveShell | None = None
        self._options_of: OptionsOf = lambda _raw_cell: None
        self._origin: Origin | None = None
        self._job: JobMode | None = None
        self._job_run: RunLog | None = None
        self._cells: dict[int, list[ExecutionInfo]] = {}
        self._executions: dict[int, Execution] = {}
        self._runs: dict[int, RunLog] = {}
        self._latest: RunLog | None = None
        self._told_untracked = False
        self._is_child = False
        self._background = Background()
        self._captures = make_captures()

    def attach(self, shell: InteractiveShell, options_of: OptionsOf) -> None:
        """Track the cells of ``shell`` for which ``options_of`` gives options; the job's, in a job."""
        self._shell = shell
        self._options_of = options_of
        self._job = find_job()
        if self._job is not None:
            self._job_run = RunLog(self._job.run_id, self._deliver().spool)
            self._latest = self._run_between_cells()
        shell.events.register("pre_run_cell", self._on_pre_run_cell)
        shell.events.register("post_run_cell", self._on_post_run_cell)
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._go_on_in_child)

    def detach(self) -> None:
        """Track no more cells, and end what is open."""
        if self._shell is not None:
            self._shell.events.unregister("pre_run_cell", self._on_pre_run_cell)
            self._shell.events.unregister("post_run_cell", self._on_post_run_cell)
        atexit.unregister(self.close)
        self.close()
        self._shell = None

    def current(self) -> RunLog | None:
        """Return the run of the cell that this thread runs, or else of the latest cell that runs."""
        return self._runs.get(threading.get_ident()) or self._latest

    def warn_untracked(self, what: str) -> None:
        """Tell, once a cell, that nothing is tracked here."""
        if not self._told_untracked:
            self._told_untracked = True
            warn(f"{what} was not logged: put %%track at the top of the cell.")

    def close(self) -> None:
        """End what is open, deliver what is left, and close the spool."""
        if self.delivery is None:
            return
        if not self._is_child:
            self._background.finish(timeout=BACKGROUND_S)
            for execution in list(self._executions.values()):
                duration_ms = execution.elapsed_ms()
                self._write_end(execution, status="killed", duration_ms=duration_ms)
        self._executions.clear()
        self._runs.clear()
        self.delivery.close()
        self.delivery = None

    def _run_between_cells(self) -> RunLog | None:
        """Return the run that takes what untracked cells log: none, but for a job that tracks none."""
        if self._job is None or self._job.has_tracked_cells:
            return None
        return self._job_run

    def _deliver(self) -> Delivery:
        if self.delivery is None:
            self.delivery = Delivery()
        return self.delivery

    def _on_pre_run_cell(self, info: ExecutionInfo) -> None:
        try:
            thread = threading.get_ident()
            self._cells.setdefault(thread, []).append(info)
            self._told_untracked = False
            if thread not in self._executions:
                self._begin(info, thread)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
            own_fault("starting the run", error)

    def _on_post_run_cell(self, result: ExecutionResult | None) -> None:
        thread = threading.get_ident()
        execution = self._executions.get(thread)
        try:
            ended = self._pop_cells(thread, result)
            if execution is None:
                return
            if any(info is execution.info for info in ended):
                self._finish(execution, thread, result)
            elif result is not None:
                execution.note_inner(_error_of(result))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
            own_fault("ending the run", error)

    def _pop_cells(self, thread: int, result: ExecutionResult | None) -> list[ExecutionInfo]:
        """Return the cells that end with ``result``: nested ones end before the one around them."""
        cells = self._cells.get(thread, [])
        info = result.info if result is not None else None
        at = next((n for n, cell in enumerate(cells) if cell is info), None)
        if at is None:
            # IPython reports no cell or a new one after an interrupt; an empty cell has not begun.
            blank = info is not None and not (info.raw_cell or "").strip()
            at = len(cells) if blank else max(len(cells) - 1, 0)
        ended = cells[at:]
        del cells[at:]
        return ended

    def _begin(self, info: ExecutionInfo, thread: int) -> None:
        if self._shell is None:
            return
        if self._job is not None and self._job_run is not None:
            raw_cell = info.raw_cell or ""
            if not self._job.is_tracked(raw_cell) and self._options_of(raw_cell) is None:
                return
            run, options = self._job_run, TrackOptions()
        else:
            found = self._options_of(info.raw_cell or "")
            if found is None:
                return
            run, options = self._open_run(info, found, self._shell), found
        execution = Execution(
            run,
            info,
            shell=self._shell,
            options=options,
            captures=self._captures,
            later=self._background.submit,
            skip_params=self._job.injected if self._job else frozenset(),
        )
        self._executions[thread] = execution
        self._runs[thread] = self._latest = run
        try:
            execution.begin(self._deliver().spool)
        finally:
            self._deliver().wake(busy=True)

    def _open_run(
        self, info: ExecutionInfo, options: TrackOptions, shell: InteractiveShell
    ) -> RunLog:
        if self._origin is None:
            self._origin = find_origin(shell)
        origin = self._origin
        count = shell.execution_count - bool(info.store_history)
        notebook = origin.notebook_name
        started = RunStarted(
            seq=0,
            run_id=new_id(),
            name=options.name or f"{notebook or 'run'} [{count}]",
            experiment=options.experiment or notebook or "default",
            source="notebook",
            user=origin.user,
            started_at=now_ms(),
            notebook_file=origin.notebook_file,
            cell_id=info.cell_id,
            kernel_id=origin.kernel_id,
            kernel_name=origin.kernel_name,
            primary_metric=options.metric,
            job_id=None,
        )
        spool = self._deliver().spool
        spool.write(started)
        self.last_run = (started.run_id, started.name)
        return RunLog(started.run_id, spool)

    def _finish(self, execution: Execution, thread: int, result: ExecutionResult | None) -> None:
        duration_ms = execution.elapsed_ms()
        failure = _error_of(result) or execution.inner_error()
        ended_well = failure is None
        primary = None
        try:
            execution.stop_watching()
            result_value = result.result if result is not None else None
            execution.look_after(Outcome(ended_well, failure, result_value))
            primary = execution.capture(ended_well=ended_well)
        except Exception as error:  # noqa: BLE001 - the run must end all the same
            own_fault("capturing the cell", error)
        finally:
            del self._executions[thread]
            self._runs.pop(thread, None)
            self._latest = next(reversed(self._runs.values()), self._run_between_cells())
            self._write_end(
                execution,
                status="finished" if ended_well else "failed",
                duration_ms=duration_ms,
                primary=primary,
                error=failure,
            )
            self._deliver().wake(busy=self._latest is not None)

    def _write_end(
        self,
        execution: Execution,
        *,
        status: RunStatus,
        duration_ms: Millis,
        primary: str | None = None,
        error: BaseException | None = None,
    ) -> None:
        """Record the end of the run; in a job its worker does that."""
        if self._job is not None or self._shell is None:
            return
        spool = self._deliver().spool
        if spool.dropped:
            execution.run.warn(
                f"{spool.dropped:,} points were dropped: the spool could not be written, "
                "and the memory for what waits was full."
            )
            spool.dropped = 0
        info = describe_error(error, self._shell) if error is not None else None
        end = RunFinished(0, execution.run.run_id, status, now_ms(), duration_ms, primary, info)
        spool.write(end)

    def _go_on_in_child(self) -> None:
        """After a fork: the file and the thread are the parent's; the child has a spool of its own.

        What it logs reaches the store by the sweep of the spool folder.
        """
        self._is_child = True
        self._background = Background()
        if self.delivery is None:
            return
        self.delivery = self.delivery.for_child()
        for run in [*self._runs.values(), *([self._job_run] if self._job_run else [])]:
            run.move_to(self.delivery.spool)


def _error_of(result: ExecutionResult | None) -> BaseException | None:
    if result is None:
        return KeyboardInterrupt()
    return result.error_before_exec or result.error_in_exec


@cache
def process_session() -> Session:
    """Return the one session of this process."""
    return Session()
