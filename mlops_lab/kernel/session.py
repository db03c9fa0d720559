"""Owns the tracking of this process: its runs, its spool, and what ends with it."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from functools import cache
from typing import TYPE_CHECKING

from mlops_lab.core.errors import LabError
from mlops_lab.core.tracking import ErrorInfo, RunStatus

from .background import Background
from .capture.origin import Origin, find_origin
from .cells import CellWatch, OptionsOf, goal_of
from .delivery import Delivery
from .display import own_fault, warn
from .ending import error_info, is_clean_exit, uncaught_error
from .history import History
from .jobmode import JobMode, find_job
from .opener import Opener, Place
from .openruns import OpenRuns
from .pasttracking import find_ended
from .run import RunLog
from .scriptend import script_frame
from .secretwatch import SecretWatch
from .spool import Spool
from .standing import Standing
from .surroundings import Surroundings, current_code, look_around, look_back
from .switches import Switches
from .trackline import TrackOptions

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .capture.base import Capture

FLUSH_S = 3.0
"""Who reads the store waits so long for what this process has recorded itself."""

BACKGROUND_S = 5.0
"""At the end of the process captures in the background may take this long."""


class Session:
    """The runs of one process: those of tracked cells, and those that ``lab.start_run`` opens.

    ``notebook_run`` is open while ``%track on`` holds; ``to_resume`` goes on with the next cell that
    is tracked. ``told_untracked`` is set where a job was told what it does not log.
    """

    def __init__(self) -> None:
        self.delivery: Delivery | None = None
        self.last_run: tuple[str, str] | None = None
        self.runs = OpenRuns()
        self.opener = Opener(self.find_spool, self.find_origin)
        self.standing = Standing(self.opener)
        self.history = History()
        self.switches = Switches()
        self.secrets = SecretWatch()
        self.background = Background()
        self._captures: list[Capture] | None = None
        self._making = threading.Lock()
        self.job: JobMode | None = None
        self.notebook_run: RunLog | None = None
        self.to_resume: RunLog | None = None
        self.surroundings: dict[str, Surroundings] = {}
        self.told_untracked = False
        self.cells: CellWatch | None = None
        self._job_run: RunLog | None = None
        self._origin: Origin | None = None
        self._is_child = False
        self._is_prepared = False

    @property
    def captures(self) -> list[Capture]:
        """One of each capture; made when they are needed first, or in the background before that."""
        with self._making:
            if self._captures is None:
                from .capture.registry import make_captures

                self._captures = make_captures()
            return self._captures

    def prepare(self) -> None:
        """Make ready for the end of the process, for forks, and for the job that it may run for."""
        if self._is_prepared:
            return
        self._is_prepared = True
        script_frame()
        self.job = find_job()
        if self.job is not None:
            self.opener.job_id = self.job.job_id
            self._job_run = RunLog(self.job.run_id, self.find_spool(), kind="job")
            self.runs.base = None if self.job.has_tracked_cells else self._job_run
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._go_on_in_child)

    def attach(self, shell: InteractiveShell, options_of: OptionsOf) -> None:
        """Track the cells of ``shell`` for which ``options_of`` gives options; the job's, in a job."""
        self.prepare()
        if self.cells is not None and self.cells.shell is shell:
            self.cells.options_of = options_of
            return
        self.cells = CellWatch(self, shell, options_of)
        if self.job is not None and self._job_run is not None:
            self._job_run.started = begun = self.job.begun(self.find_origin())
            self._job_run.name = begun.name
        self.history.take_earlier(shell)
        self.cells.attach()
        self.background.submit(self._warm_up)
        if self.job is None and self.switches.duplicates and self.standing.has_server:
            self.standing.ask(self.opener.experiment_for(None))

    def keep_history(self) -> None:
        """Record a cell that has ended with the run that it opened by a call; all cells in a job."""
        run = self._job_run or self._opened_here()
        if run is not None and "history" not in self.switches.off:
            self.history.write_to(run)
            self.wake()

    def _opened_here(self) -> RunLog | None:
        """Return the latest run that a call opened, if the cell in which it began has just ended."""
        run = self.opener.opened.get(self.last_run[0]) if self.last_run is not None else None
        if run is None or run.kind != "started" or run.started is None:
            return None
        position = run.started.history_position
        cell = self.history.at(position) if position is not None else None
        return run if cell is not None and cell.ended and not cell.is_written else None

    def detach(self) -> None:
        """Track no more cells, and end what is open."""
        if self.cells is not None:
            self.cells.detach()
        atexit.unregister(self.close)
        self.close()
        self.cells = None

    def current(self) -> RunLog | None:
        """Return the run that takes what is logged now; None where a job logs nothing.

        Where no run is open one is opened: for the rest of the cell, in a script until its end.
        """
        return self.runs.current() or self._open_implicit()

    def warn_untracked(self, what: str) -> None:
        """Tell, once a cell, that a job does not log what the notebook did not track."""
        if not self.told_untracked:
            self.told_untracked = True
            warn(f"{what} was not logged: the cell was not tracked when the job was made.")

    def find_origin(self) -> Origin:
        """Return who runs this process and where."""
        if self._origin is None:
            self._origin = find_origin(self.cells.shell if self.cells is not None else None)
        return self._origin

    def place(self) -> Place:
        """Return the cell and the place in the history at which this thread is."""
        return self.cells.place() if self.cells is not None else Place()

    def look_for_secrets(self) -> None:
        """Find the values of secret names, as they are now, so that records hold none of them."""
        try:
            self.secrets.look(*current_code(self))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not reach the user
            own_fault("looking for secrets", error)

    def find_options(self, raw_cell: str, options_of: OptionsOf) -> TrackOptions | None:
        """Return the options of a cell that is to be tracked, None for any other."""
        found = options_of(raw_cell)
        if self.job is not None:
            return TrackOptions() if found is not None or self.job.is_tracked(raw_cell) else None
        if found is None and self.notebook_run is not None and is_tracked_by_on(raw_cell):
            return TrackOptions()
        return found

    def open_cell_run(self, options: TrackOptions, place: Place) -> RunLog:
        """Return the run of a tracked cell: a new one, the one to resume, or that of the job."""
        if self._job_run is not None:
            return self._job_run
        if self.to_resume is not None:
            run = self.opener.resume(self.to_resume)
        else:
            run = self.opener.open(
                name=options.name,
                experiment=options.experiment,
                kind="cell",
                place=place,
                parent=self._parent_for(options),
                parent_id=self._find_named(options.parent),
                primary_metric=options.metric,
            )
        goal = goal_of(options)
        if goal is not None and run.started is not None:
            self.opener.set_goal(run.started.experiment, goal)
            self.opener.tell_goal(run)
        self.last_run = (run.run_id, run.name)
        return run

    def note_opened(self, run: RunLog) -> None:
        """Make a run that logging opened the current one, and deliver its records."""
        self.runs.push(run, is_cell=False)
        self.last_run = (run.run_id, run.name)
        self.wake()

    def end_run(
        self,
        run: RunLog,
        status: RunStatus,
        *,
        primary: str | None = None,
        error: ErrorInfo | None = None,
        measured: bool = True,
    ) -> None:
        """Record the end of a run, and take it out of the open ones; a job's is ended by its worker."""
        self.runs.remove(run)
        if run.kind != "job" and run.is_open:
            self.opener.end(run, status, primary=primary, error=error, measured=measured)
        self.wake()

    def end_notebook(self, run: RunLog) -> None:
        """End the run of ``%track on``."""
        look_back(self, run, None)
        self.end_run(run, "finished", measured="hardware" not in self.switches.off)

    def wake(self) -> None:
        """Have what is recorded delivered."""
        self._deliver().wake(busy=self.runs.innermost() is not None)

    def _warm_up(self) -> None:
        """Load what the first tracked cell needs: between two cells there is time for that."""
        from . import execution, identity, valuedigest  # noqa: F401 - loading them is the purpose

        self.captures  # noqa: B018 - making them is the purpose

    def flush(self, *, timeout: float = FLUSH_S) -> None:
        """Have the server take in what is recorded, for at most ``timeout`` seconds."""
        if self.delivery is not None:
            self.delivery.flush(timeout=timeout)

    def close(self) -> None:
        """End what is open, deliver what is left, and close the spool."""
        if not self._is_child:
            self.background.close(timeout=BACKGROUND_S)
        if self.delivery is None:
            return
        if not self._is_child:
            self.standing.keep()
            for run in self.cells.drop_executions() if self.cells is not None else []:
                self.end_run(run, "killed")
            if self.runs.every():
                self.look_for_secrets()
            error = uncaught_error() if self.cells is None else None
            failed = error is not None and not is_clean_exit(error)
            for run in self.runs.every():
                info = error_info(error) if error is not None and failed else None
                look_back(self, run, error)
                self.end_run(run, "failed" if failed else "finished", error=info)
        self.delivery.close()
        self.delivery = None

    def _find_named(self, written: str | None) -> str | None:
        if written is None:
            return None
        try:
            return find_ended(self, written)
        except LabError as error:
            warn(f"The run has no parent: {error}")
            return None

    def _parent_for(self, options: TrackOptions) -> RunLog | None:
        if options.nested:
            return self.runs.own() or self.runs.innermost() or self.notebook_run
        return self.notebook_run

    def _open_implicit(self) -> RunLog | None:
        self.prepare()
        if self.job is not None:
            return self.runs.base
        if self.cells is None:
            self._attach_quietly()
        if self.cells is not None:
            return self.cells.open_implicit()
        run = self.opener.open(name=None, experiment=None, kind="implicit", place=Place())
        self.note_opened(run)
        look_around(self, run, hardware=True, inside=None)
        return run

    def attach_if_interactive(self) -> None:
        """See the cells of a shell in which the extension was not loaded, once something is logged."""
        self.prepare()
        if self.cells is None:
            self._attach_quietly()

    def _attach_quietly(self) -> None:
        interactive = sys.modules.get("IPython.core.interactiveshell")
        if interactive is None or not interactive.InteractiveShell.initialized():
            return
        shell = interactive.InteractiveShell.instance()
        self.attach(shell, lambda _raw_cell: None)

    def find_spool(self) -> Spool:
        """Return the spool, made when the first record comes."""
        return self._deliver().spool

    def _deliver(self) -> Delivery:
        if self.delivery is None:
            self.delivery = Delivery(secrets=self.secrets.values)
        return self.delivery

    def _go_on_in_child(self) -> None:
        """After a fork: the file and the thread are the parent's; the child has a spool of its own.

        What it logs reaches the store by the sweep of the spool folder.
        """
        self._is_child = True
        self.background = Background()
        self._making = threading.Lock()
        self.runs.start_anew_in_child()
        if self.delivery is None:
            return
        self.delivery = self.delivery.for_child()
        for run in [*self.runs.every(), *([self._job_run] if self._job_run else [])]:
            run.move_to(self.delivery.spool)


def is_tracked_by_on(raw_cell: str) -> bool:
    """Tell whether ``%track on`` has a run for the cell: not if it is empty or magics alone."""
    lines = [line.strip() for line in raw_cell.splitlines()]
    code = [line for line in lines if line and not line.startswith("#")]
    if not code:
        return False
    if code[0].startswith("%%"):
        return not code[0].startswith("%%track")
    return any(not line.startswith(("%", "!", "?")) and not line.endswith("?") for line in code)


@cache
def process_session() -> Session:
    """Return the one session of this process."""
    try:
        return Session()
    except Exception as error:
        own_fault("starting", error)
        raise
