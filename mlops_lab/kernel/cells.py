"""Owns the cells of a shell as they begin and end: which are tracked, and by which run."""

from __future__ import annotations

import ast
import re
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mlops_lab.core.ids import short_id
from mlops_lab.core.records import RunIdentified

from .chip import chip_text, draws_chips, show_line
from .display import own_fault
from .ending import is_clean_exit
from .mlflowruns import MlflowRuns
from .opener import Goal, Place
from .run import RunLog
from .standing import shown_known
from .surroundings import look_around, look_back
from .trackline import TrackOptions

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

    from .execution import Execution
    from .session import Session

REFRESH_EVERY_S = 1.0
"""Whether there is a store to read is looked for so often at most."""

_RESET = re.compile(r"^\s*%reset\b(?!_)", re.MULTILINE)

OptionsOf = Callable[[str], TrackOptions | None]


class CellWatch:
    """Sees the cells of ``shell`` begin and end, and opens a run for each that is tracked."""

    def __init__(self, session: Session, shell: InteractiveShell, options_of: OptionsOf) -> None:
        self.shell = shell
        self.options_of = options_of
        self._session = session
        self._cells: dict[int, list[ExecutionInfo]] = {}
        self._executions: dict[int, Execution] = {}
        self._implicit: dict[int, RunLog] = {}
        self._mlflow = MlflowRuns()
        self._refreshed: tuple[str | None, float] = (None, 0.0)

    def attach(self) -> None:
        """Begin to watch."""
        self.shell.events.register("pre_run_cell", self.on_pre_run_cell)
        self.shell.events.register("post_run_cell", self.on_post_run_cell)
        self.shell.ast_transformers.insert(0, self._session.history)

    def detach(self) -> None:
        """Watch no more."""
        self.shell.events.unregister("pre_run_cell", self.on_pre_run_cell)
        self.shell.events.unregister("post_run_cell", self.on_post_run_cell)
        history = self._session.history
        self.shell.ast_transformers[:] = [
            one for one in self.shell.ast_transformers if one is not history
        ]

    def place(self) -> Place:
        """Return where in the kernel's life this thread is; in no cell it is that of the latest."""
        info = self.running()
        history = self._session.history
        count = self.shell.execution_count - bool(info is not None and info.store_history)
        return Place(
            cell_id=info.cell_id if info is not None else None,
            execution_count=count,
            history_id=history.history_id,
            history_position=history.position,
        )

    def running(self) -> ExecutionInfo | None:
        """Return the cell that this thread runs, or else the latest one that runs; None between."""
        cells = self._cells.get(threading.get_ident())
        if not cells:
            cells = next((some for some in reversed(self._cells.values()) if some), None)
        return cells[0] if cells else None

    def open_implicit(self) -> RunLog:
        """Open the run that takes what an untracked cell logs; it ends with the cell."""
        session, info = self._session, self.running()
        session.look_for_secrets()
        run = session.opener.open(
            name=None,
            experiment=None,
            kind="implicit",
            place=self.place(),
            parent=session.notebook_run,
        )
        owner = next((key for key, cells in self._cells.items() if cells and cells[0] is info), 0)
        self._implicit[owner] = run
        session.note_opened(run)
        look_around(session, run, hardware=True, inside=None)
        return run

    def drop_executions(self) -> list[RunLog]:
        """Return the runs of the cells that run now, and forget them: the process ends."""
        runs = [execution.run for execution in self._executions.values()]
        self._executions.clear()
        return runs

    def on_pre_run_cell(self, info: ExecutionInfo) -> None:
        """Begin a run if the cell is tracked."""
        try:
            thread = threading.get_ident()
            cells = self._cells.setdefault(thread, [])
            cells.append(info)
            if len(cells) == 1:
                self._session.runs.set_home()
                self._mlflow.note()
                self._session.told_untracked = False
                count = self.shell.execution_count - bool(info.store_history)
                self._session.history.deleted.update(deleted_cells(self.shell))
                self._session.history.begin(info, count)
            if thread not in self._executions:
                self._begin(info, thread)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
            own_fault("starting the run", error)

    def on_post_run_cell(self, result: ExecutionResult | None) -> None:
        """End the run of the cell, and what an untracked cell had opened without saying so."""
        thread = threading.get_ident()
        execution = self._executions.get(thread)
        run_id = execution.run.run_id if execution is not None else None
        try:
            ended = self._pop_cells(thread, result)
            if execution is not None:
                self._session.opener.stop_clock(execution.run)
            if not self._cells.get(thread):
                if execution or _error_of(result) is not None or thread in self._implicit:
                    self._mlflow.settle(failed=_error_of(result) is not None)
                switches = self._session.switches
                self._session.history.end(
                    status="error" if _error_of(result) is not None else "ok",
                    run_id=run_id or self._implicit_id(thread),
                    namespace=self.shell.user_ns,
                    masked=switches.masked_for(execution.options) if execution else switches.masked,
                )
            if execution is not None and any(info is execution.info for info in ended):
                self._finish(execution, thread, result)
            elif execution is not None and result is not None:
                execution.note_inner(_error_of(result))
            if not self._cells.get(thread):
                self._end_implicit(thread, result)
                self._session.keep_history()
                info = result.info if result is not None else None
                if info is not None and _RESET.search(info.raw_cell or ""):
                    self._session.history.start_anew()
                    give_lab(self.shell)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
            own_fault("ending the run", error)

    def _implicit_id(self, thread: int) -> str | None:
        run = self._implicit.get(thread) or self._implicit.get(0)
        return run.run_id if run is not None else None

    def _end_implicit(self, thread: int, result: ExecutionResult | None) -> None:
        session = self._session
        for run in [self._implicit.pop(thread, None), self._implicit.pop(0, None)]:
            if run is None or not run.is_open:
                continue
            from .execution import describe_error

            error = _error_of(result)
            session.look_for_secrets()
            if "history" not in session.switches.off:
                session.history.write_to(run)
            look_back(session, run, error)
            session.end_run(
                run,
                "finished" if error is None or is_clean_exit(error) else "failed",
                error=describe_error(error, self.shell) if error is not None else None,
            )

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
        if not cells:
            self._cells.pop(thread, None)
        return ended

    def _begin(self, info: ExecutionInfo, thread: int) -> None:
        session = self._session
        found = session.find_options(info.raw_cell or "", self.options_of)
        if found is None:
            return
        session.look_for_secrets()
        run = session.open_cell_run(found, self.place())
        off = session.switches.off_for(found)
        # Here and below: loading the extension waits for nothing that a tracked cell needs first.
        from .execution import Execution

        execution = Execution(
            run,
            info,
            shell=self.shell,
            options=session.switches.options_for(found),
            captures=session.captures,
            later=session.background.submit,
            off=off,
            masked=session.switches.masked_for(found),
            history=session.history,
            skip_params=session.job.injected if session.job else frozenset(),
        )
        self._executions[thread] = execution
        session.runs.push(run, is_cell=True)
        try:
            execution.begin()
            if session.job is None and run.started is not None:
                session.standing.ask(run.started.experiment)
                execution.on_ready = partial(self._identify, execution)
            if execution.options.autolog:
                from . import autolog

                execution.end_autolog = autolog.begin(run)
        finally:
            session.wake()

    def _refresh(self, experiment: str) -> None:
        """Have what is known of an experiment renewed; where nobody can tell, not with every cell."""
        now_s = time.monotonic()
        if self._refreshed[0] != experiment or now_s - self._refreshed[1] > REFRESH_EVERY_S:
            self._refreshed = experiment, now_s
            self._session.standing.refresh(experiment)

    def _identify(self, execution: Execution, tree: ast.Module | None) -> None:
        """Record what tells this run, and say before the cell's code runs if there was one like it."""
        session, run, reading = self._session, execution.run, execution.reading
        if not session.switches.duplicates or run.started is None:
            return
        from .identity import identify

        names = reading.reads if reading is not None else []
        namespace, hidden = self.shell.user_ns, self.shell.user_ns_hidden
        reads = {n: namespace[n] for n in names if n in namespace and n not in hidden}
        source = execution.info.raw_cell or ""
        identity = identify(tree, source, run=run, reads=reads)
        if identity is None:
            return
        known = session.standing.find(identity, run.started.experiment)
        same_as = known.run_id if known is not None and known.run_id != run.run_id else None
        run.identity = identity
        run.write(RunIdentified(0, run.run_id, identity, same_as))
        if known is None or same_as is None or not self._shows_lines(execution):
            return
        told = shown_known(known, session.standing.result_of(known))
        same = "Code, data (large tables by a sample)" if run.glimpses else "Code, data"
        show_line(
            self.shell,
            f"{same} and params are those of the run {told}. It runs again. "
            f"mlops-lab runs show {short_id(known.run_id)}",
        )

    def _shows_lines(self, execution: Execution) -> bool:
        """Tell whether lines of ours belong below this cell: where nothing else draws a chip."""
        if self._session.job is not None or "chip" in execution.off:
            return False
        return not draws_chips(self.shell, has_server=self._session.standing.has_server)

    def _show_chip(self, execution: Execution, primary: str | None) -> None:
        run, standing = execution.run, self._session.standing
        try:
            primary = standing.metric_of(run, run.primary or primary)
            if self._shows_lines(execution):
                if run.find_order is not None:
                    run.find_order()
                show_line(self.shell, chip_text(run, primary, standing))
                if run.started is not None:
                    self._refresh(run.started.experiment)
            standing.note_end(run, run.identity, primary)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
            own_fault("showing the run", error)

    def _finish(self, execution: Execution, thread: int, result: ExecutionResult | None) -> None:
        from .capture.base import Outcome
        from .execution import describe_error

        failure = _error_of(result) or execution.inner_error()
        if is_clean_exit(failure):
            failure = None
        primary = None
        try:
            execution.stop_watching()
            self._session.secrets.look(execution.info.raw_cell or "", self.shell.user_ns)
            if execution.end_autolog is not None:
                execution.end_autolog()
            result_value = result.result if result is not None else None
            primary = execution.record(Outcome(failure is None, failure, result_value))
        except Exception as error:  # noqa: BLE001 - the run must end all the same
            own_fault("capturing the cell", error)
        finally:
            del self._executions[thread]
            if "history" not in execution.off and self._session.job is None:
                self._session.history.write_to(execution.run)
            self._session.end_run(
                execution.run,
                "finished" if failure is None else "failed",
                primary=primary,
                error=describe_error(failure, self.shell) if failure is not None else None,
                measured="hardware" not in execution.off,
            )
            self._show_chip(execution, primary)


def give_lab(shell: InteractiveShell) -> None:
    """Give the user the name ``lab``, unless there is one, hidden from listings as a name of ours."""
    if "lab" not in shell.user_ns:
        # Not by an import: that of the whole package would pull the server through the wall.
        shell.push(  # type: ignore[no-untyped-call]
            {"lab": sys.modules[__name__.partition(".")[0]]}, interactive=False
        )


def deleted_cells(shell: InteractiveShell) -> list[str]:
    """Return the ids of cells that were deleted since the last execution, as JupyterLab tells them."""
    get_parent = getattr(shell, "get_parent", None)
    metadata = (get_parent() or {}).get("metadata", {}) if get_parent is not None else {}
    deleted = metadata.get("deletedCells") if isinstance(metadata, dict) else None
    return [one for one in deleted if isinstance(one, str)] if isinstance(deleted, list) else []


def goal_of(options: TrackOptions) -> Goal | None:
    """Return the primary metric that a cell sets for its experiment."""
    if options.metric is None or options.direction is None:
        return None
    return Goal(options.metric, options.direction)


def _error_of(result: ExecutionResult | None) -> BaseException | None:
    if result is None:
        return KeyboardInterrupt()
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    return error
