"""Owns how runs are opened, resumed and ended: names, experiments, and the records of both ends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import ExperimentSet, RunFinished, RunResumed, RunStarted, TagSet
from mlops_lab.core.tracking import Direction, ErrorInfo, RunStatus

from .capture.origin import Origin
from .run import RunKind, RunLog
from .spool import Spool
from .usage import Usage

MAX_REMEMBERED = 1_000
"""So many ended runs of this process can go on with their params and steps known."""


class Place(msgspec.Struct, frozen=True):
    """Where in the kernel's life a run is opened: the cell, and its place in the history."""

    cell_id: str | None = None
    execution_count: int | None = None
    history_id: str | None = None
    history_position: int | None = None


class Goal(msgspec.Struct, frozen=True):
    """The primary metric of an experiment, and which way it is better."""

    metric: str
    direction: Direction


class Opener:
    """Opens and ends the runs of one process. ``experiment`` is the one that was set for all."""

    def __init__(self, find_spool: Callable[[], Spool], find_origin: Callable[[], Origin]) -> None:
        self._find_spool = find_spool
        self._find_origin = find_origin
        self._names: dict[str, count[int]] = {}
        self._goals: dict[str, Goal] = {}
        self._told: set[tuple[str, str, Goal]] = set()
        self._usage: dict[str, Usage] = {}
        self.experiment: str | None = None
        self.job_id: str | None = None
        self.opened: dict[str, RunLog] = {}

    def experiment_for(self, named: str | None, parent: RunLog | None = None) -> str:
        """Return the experiment of a new run: named, of its parent, set for all, or by its place."""
        if named:
            return named
        if parent is not None and parent.started is not None:
            return parent.started.experiment
        return self.experiment or self._find_origin().notebook_name or script_name() or "default"

    def set_goal(self, experiment: str, goal: Goal) -> None:
        """Have the primary metric of an experiment recorded with its next run, or an open one."""
        self._goals[experiment] = goal

    def open(
        self,
        *,
        name: str | None,
        experiment: str | None,
        kind: RunKind,
        place: Place,
        parent: RunLog | None = None,
        parent_id: str | None = None,
        primary_metric: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> RunLog:
        """Record that a run began, and return it."""
        origin = self._find_origin()
        started = RunStarted(
            seq=0,
            run_id=new_id(),
            name=name or self._make_name(kind, place, parent),
            experiment=self.experiment_for(experiment, parent),
            source="notebook",
            user=origin.user,
            started_at=now_ms(),
            notebook_file=origin.notebook_file,
            cell_id=place.cell_id,
            kernel_id=origin.kernel_id,
            kernel_name=origin.kernel_name,
            primary_metric=primary_metric,
            job_id=self.job_id,
            parent_run_id=parent_id or (parent.run_id if parent is not None else None),
            history_id=place.history_id,
            history_position=place.history_position,
        )
        spool = self._find_spool()
        run = RunLog(started.run_id, spool, kind=kind, started=started)
        run.write(started)
        self.tell_goal(run)
        for tag, value in (tags or {}).items():
            run.write(TagSet(0, run.run_id, tag, value, started.started_at))
        return self.remember(run)

    def resume(self, run: RunLog) -> RunLog:
        """Record that a run that had ended goes on in this process."""
        run.move_to(self._find_spool())
        run.begin_stretch()
        run.write(RunResumed(0, run.run_id, now_ms()))
        return self.remember(run)

    def end(
        self,
        run: RunLog,
        status: RunStatus,
        *,
        primary: str | None = None,
        error: ErrorInfo | None = None,
        measured: bool = True,
    ) -> None:
        """Record the end of a run. ``measured`` is False where the user wants no hardware captured."""
        usage = self._usage.pop(run.run_id, None) or Usage()
        run.status, run.ended_at = status, now_ms()
        self._names.pop(run.run_id, None)
        cpu_ms, peak = (run.cpu_ms, run.peak_memory) if measured else (None, None)
        if measured:
            cpu_ms = usage.cpu_ms() if cpu_ms is None else cpu_ms
            peak = usage.peak_memory() if peak is None else peak
        spool = run.spool
        if spool.dropped:
            run.warn(
                f"{spool.dropped:,} records were dropped: the spool could not be written or was "
                "full, and the memory for what waits was full."
            )
            spool.dropped = 0
        run.write(
            RunFinished(
                0,
                run.run_id,
                status,
                run.ended_at,
                usage.wall_ms(),
                run.primary or primary or (run.leading.name if run.leading else None),
                error,
                cpu_ms,
                peak,
            )
        )

    def tell_goal(self, run: RunLog) -> None:
        """Record the primary metric of the run's experiment, once in each spool."""
        experiment = run.started.experiment if run.started is not None else None
        goal = self._goals.get(experiment) if experiment is not None else None
        if experiment is None or goal is None:
            return
        key = (run.spool.spool_id, experiment, goal)
        if key not in self._told:
            self._told.add(key)
            run.write(ExperimentSet(0, run.run_id, experiment, goal.metric, goal.direction))

    def goal_of(self, experiment: str) -> Goal | None:
        """Return the primary metric that this process knows of an experiment."""
        return self._goals.get(experiment)

    def remember(self, run: RunLog) -> RunLog:
        """Keep a run, so that it can go on after its end, and begin to measure what it takes."""
        self.opened.pop(run.run_id, None)
        self.opened[run.run_id] = run
        self._usage[run.run_id] = Usage()
        if len(self.opened) > MAX_REMEMBERED:
            oldest = next(iter(self.opened))
            if not self.opened[oldest].is_open:
                del self.opened[oldest]
        return run

    def stop_clock(self, run: RunLog) -> Millis:
        """Count no more time for a run, and return how long it went on, in milliseconds."""
        usage = self._usage.get(run.run_id)
        if usage is None:
            return 0
        usage.stop()
        return usage.wall_ms()

    def _make_name(self, kind: RunKind, place: Place, parent: RunLog | None) -> str:
        if parent is not None and kind == "started":
            return f"{parent.name or 'run'}.{next(self._names.setdefault(parent.run_id, count(1)))}"
        base = self._find_origin().notebook_name or script_name() or "run"
        if kind == "notebook":
            return base
        if place.execution_count is not None:
            base = f"{base} [{place.execution_count}]"
            if kind == "cell":
                return base
        number = next(self._names.setdefault(base, count(1)))
        return base if number == 1 else f"{base} #{number}"


def script_name() -> str | None:
    """Return the name of the script that this process runs, without folder and ending."""
    main: Any = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    return Path(file).stem if isinstance(file, str) and "ipykernel" not in file else None
