"""Owns the runs that the user opens by a call: ``lab.start_run`` and its kin, by MLflow's names."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import msgspec

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import ConflictError, InvalidInputError, did_you_mean
from mlops_lab.core.ids import short_id
from mlops_lab.core.limits import check_key
from mlops_lab.core.metrics import infer_direction
from mlops_lab.core.tracking import Direction, RunStatus

from .ending import checked_status, error_info, is_clean_exit
from .opener import Goal
from .pasttracking import find_ended, find_run
from .run import RunLog
from .session import Session, process_session
from .surroundings import look_around, look_back

NOTE = "mlflow.note.content"
"""The tag that holds the description of a run."""


class RunInfo(msgspec.Struct, frozen=True):
    """What is known of a run by its name and time; ``end_time`` is None while it is open."""

    run_id: str
    run_name: str
    experiment_id: str
    status: RunStatus
    start_time: Millis | None
    end_time: Millis | None
    parent_run_id: str | None


class Experiment(msgspec.Struct, frozen=True):
    """The experiment that was set; its name is its id."""

    experiment_id: str
    name: str
    primary_metric: str | None
    direction: Direction | None


class ActiveRun:
    """A run that was opened by a call. As a context manager it ends with its block."""

    def __init__(self, session: Session, run: RunLog) -> None:
        self._session = session
        self._run = run

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self._run.run_id

    @property
    def info(self) -> RunInfo:
        """Name, experiment, status and times as they are now."""
        run, started = self._run, self._run.started
        return RunInfo(
            run_id=run.run_id,
            run_name=run.name,
            experiment_id=started.experiment if started is not None else "",
            status=run.status,
            start_time=started.started_at if started is not None else None,
            end_time=run.ended_at,
            parent_run_id=started.parent_run_id if started is not None else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        failed = error is not None and not is_clean_exit(error)
        _end(self._session, self._run, "failed" if failed else "finished", error)

    def __repr__(self) -> str:
        return f"<Run {self._run.name!r} {short_id(self.run_id)}, {self._run.status}>"


def start_run(  # noqa: PLR0917 - MLflow's signature
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,  # noqa: FBT001, FBT002 - MLflow's signature
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,  # noqa: FBT001 - MLflow's signature
) -> ActiveRun:
    """Open a run, or go on with one, and make it the one that takes what is logged.

    In a tracked cell it is a child of the cell's run. Use it in ``with``, or end it with ``end_run``.

    Args:
        run_id: go on with this run: its id, or at least four digits of its beginning or end.
        experiment_id: the name of the experiment; else the one set, the parent's, or the notebook's.
        run_name: name of the run.
        nested: make it a child of the run that is open.
        parent_run_id: make it a child of this run.
        tags: tags of the run.
        description: what it is about, as the tag ``mlflow.note.content``.
        log_system_metrics: False leaves processor, memory and the like out.

    Raises:
        ConflictError: a run is open here already, and ``nested`` was not given.
        NotFoundError: there is no run with this id.
    """
    session = _session_to_open()
    own = session.runs.own()
    if own is not None and not nested and own.run_id != run_id:
        _refuse_second(own)
    if run_id is not None:
        run = _resume(session, run_id)
    else:
        run = session.opener.open(
            name=None if run_name is None else check_key("run", run_name),
            experiment=None if experiment_id is None else check_key("experiment", experiment_id),
            kind="started",
            place=session.place(),
            parent=own or session.runs.current() or session.notebook_run,
            parent_id=find_ended(session, parent_run_id) if parent_run_id else None,
        )
    session.note_opened(run)
    described = {} if description is None else {NOTE: description}
    for name, value in {**(tags or {}), **described}.items():
        run.set_tag(name, value)
    look_around(session, run, hardware=log_system_metrics is not False, inside=own)
    return ActiveRun(session, run)


def _session_to_open() -> Session:
    session = process_session()
    session.attach_if_interactive()
    session.look_for_secrets()
    return session


def _refuse_second(own: RunLog) -> None:
    if own.kind == "started":
        raise ConflictError(
            f"The run {own.name!r} ({short_id(own.run_id)}) is open already.",
            hint="Give nested=True for a child of it, or end it first with lab.end_run().",
        )


def end_run(status: str = "FINISHED") -> None:
    """End the innermost run that a call opened here; the run of a tracked cell ends with its cell.

    Raises:
        InvalidInputError: a run cannot end with this status.
    """
    session = process_session()
    word = checked_status(status)
    run = session.runs.own()
    if run is not None and run.kind in {"started", "implicit"}:
        _end(session, run, word, None)


def active_run() -> ActiveRun | None:
    """Return the run that takes what is logged here, also that of a tracked cell; None without."""
    session = process_session()
    run = session.runs.current()
    return None if run is None else ActiveRun(session, run)


def set_experiment(
    name: str, primary_metric: str | None = None, direction: Direction | None = None
) -> Experiment:
    """Make ``name`` the experiment of the runs that begin from here on.

    Args:
        name: the experiment.
        primary_metric: the metric by which its runs are held against one another.
        direction: ``"min"`` or ``"max"``; left out, ``"min"`` where the name of the metric says
            loss, error or time, and ``"max"`` otherwise.

    Raises:
        InvalidInputError: the direction is neither, or was given without a metric.
        LimitError: a name is empty, too long, or holds a control character.
    """
    if direction not in {None, "min", "max"}:
        hint = did_you_mean(str(direction), ["min", "max"])
        raise InvalidInputError(f"{direction!r} is no direction.", hint=hint)
    if direction is not None and primary_metric is None:
        raise InvalidInputError(
            "A direction needs the metric that it is for.", hint="Give primary_metric too."
        )
    session = process_session()
    session.opener.experiment = check_key("experiment", name)
    if primary_metric is not None:
        metric = check_key("metric", primary_metric)
        direction = direction or infer_direction(metric)
        session.opener.set_goal(name, Goal(metric, direction))
        for run in session.runs.every():
            session.opener.tell_goal(run)
    return Experiment(name, name, primary_metric, direction)


def _resume(session: Session, written: str) -> RunLog:
    run = find_run(session, written)
    if run in session.runs.every():
        raise ConflictError(
            f"The run {run.name!r} ({short_id(run.run_id)}) is open already.",
            hint="Log into it; it needs no second start.",
        )
    return session.opener.resume(run)


def _end(session: Session, run: RunLog, status: RunStatus, error: BaseException | None) -> None:
    if not run.is_open:
        return
    session.look_for_secrets()
    info = error_info(error) if error is not None and status == "failed" else None
    for inner in session.runs.within(run):
        if inner.kind == "started":
            look_back(session, inner, error)
            session.end_run(inner, status, error=info)
    look_back(session, run, error)
    session.end_run(run, status, error=info)
