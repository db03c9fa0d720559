"""Owns ``lab.writing``: experiments and runs that a program writes over HTTP, without a spool.

Every deed is one transaction with its notice in the outbox. Secrets are masked here as in a kernel.
A run that is in the trash takes nothing. Use it as ``lab.writing``::

    experiment_id = lab.writing.create_experiment("churn", tags={"team": "a"}, who=call.user)
    run_id = lab.writing.create_run(NewClientRun(experiment_id, name="first", user=call.user))
    lab.writing.log_batch(run_id, metrics=[LoggedPoint("loss", 0.5, time=ms, step=3)],
                          params={"lr": "0.1"}, tags={"stage": "try"})
    lab.writing.update_run(run_id, status="finished")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.core.ids import new_id, short_id
from mlops_lab.core.limits import MAX_KEY_CHARS, check_key, check_param_value
from mlops_lab.core.literals import literal_of, plain_value
from mlops_lab.core.logged import (
    ENDED,
    LoggedParam,
    LoggedPoint,
    NewClientRun,
    NotActiveError,
    ParamChange,
    ParamChangedError,
    check_goes_on,
)
from mlops_lab.core.loggedmodels import ModelMetric
from mlops_lab.core.masking import mask_json
from mlops_lab.core.mlflowtags import JOINED
from mlops_lab.core.tracking import RunStatus
from mlops_lab.store import (
    audit,
    clientruns,
    logged_models,
    metrics,
    outbox,
    tags as tag_rows,
    trash,
)
from mlops_lab.store.family import with_children
from mlops_lab.store.rows import INT64_MAX, INT64_MIN, key_ids, storable

from .archive import set_archived
from .duplicates import without_duplicates
from .writingexperiments import ExperimentWriting, active_experiment, masked


class WritingService(ExperimentWriting):
    """Writes runs of one store directly. Safe to use from several threads."""

    def create_run(self, new: NewClientRun, *, run_id: str | None = None) -> str:
        """Make a run and return its id; one without a name is called by its id.

        Raises:
            NotFoundError: there is no such experiment.
            NotActiveError: the experiment is in the trash.
            ConflictError: a run of this id was purged.
            LimitError: a param or tag is beyond the limits.
        """
        made = run_id or new_id()
        given = masked({one.name: one.value for one in new.params})
        with self._store.write() as tx:
            active_experiment(tx, new.experiment_id)
            if run_id is not None and trash.purged_of(tx, [run_id]):
                raise ConflictError(
                    f"The run {run_id} was purged: nothing of it is stored again.",
                    hint="Give the new run another id or key.",
                )
            parent = new.parent_run_id
            if parent is not None and not clientruns.known_runs(tx, [parent]):
                parent = None
            name = new.name or f"run {short_id(made)}"
            row = NewClientRun(
                experiment_id=new.experiment_id,
                name=name,
                user=new.user,
                started_at=new.started_at,
                parent_run_id=parent,
                notebook_path=new.notebook_path,
                cell_id=new.cell_id,
                status=new.status,
            )
            now = self._clock()
            clientruns.add_run(tx, made, row, now=now)
            _make_names(tx, *(one.name for one in (*new.tags, *given)))
            _set_tags(tx, made, {one.name: one.value for one in new.tags}, now=now)
            _log_params(tx, made, given)
            outbox.put_change(tx, "run", made, "created")
            if parent is not None:
                outbox.put_change(tx, "run", parent, "updated")
        return made

    def log_batch(
        self,
        run_id: str,
        *,
        metrics: Sequence[LoggedPoint] = (),
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        name: str | None = None,
        by_model: Mapping[str, Sequence[ModelMetric]] | None = None,
        who: str | None = None,
    ) -> None:
        """Add points, params and tags to a run: all of them, or on an error none.

        A point that the run has already, with the same step, time and value, is not added again.
        Tags and a name that somebody gives by hand, which is who is named, go into the audit.
        Points of logged models are kept with those too; models that do not exist are left out.

        Raises:
            NotFoundError: there is no such run.
            NotActiveError: it is in the trash.
            ConflictError: it is the run of a job that has ended: that takes tags only.
            ParamChangedError: a param has another value already.
            LimitError: a name or value is beyond the limits.
        """
        now = self._clock()
        with self._store.write() as tx:
            held = hold_active(tx, run_id)
            if metrics or params:
                check_goes_on(run_id, source=held["source"], status=held["status"])
            _make_names(tx, *(params or ()), *(tags or ()), *(one.name for one in metrics))
            _log_params(tx, run_id, masked(params or {}))
            _add_points(tx, run_id, metrics)
            _set_tags(tx, run_id, tags or {}, now=now)
            if who is not None:
                for tag in tags or {}:
                    audit.note(tx, "update", "run", run_id, who=who, tag=tag)
            if name:
                clientruns.change_run(tx, run_id, **_named(tx, run_id, held, name=name, who=who))
            outbox.put_change(tx, "run", run_id, "updated")
            for model_id in sorted(logged_models.known_logged(tx, by_model or ())):
                logged_models.put_metrics(tx, model_id, (by_model or {})[model_id])
                outbox.put_change(tx, "model", model_id[2:], "updated")

    def update_run(
        self,
        run_id: str,
        *,
        status: RunStatus | None = None,
        ended_at: Millis | None = None,
        name: str | None = None,
        archived: bool | None = None,
        who: str | None = None,
    ) -> None:
        """Set how a run stands, when it ended, its name, or archive it; what is None stays.

        A new name goes into the audit where it is said who gives it. Children are archived with it.

        Raises:
            NotFoundError: there is no such run.
            NotActiveError: it is in the trash.
        """
        with self._store.write() as tx:
            family = [] if archived is None else with_children(tx, [run_id])
            trash.hold_runs(tx, family)
            before = hold_active(tx, run_id)
            if archived is not None:
                set_archived(tx, family, archived=archived, now=self._clock(), who=who)
            values: dict[str, Any] = {}
            if name:
                values |= _named(tx, run_id, before, name=name, who=who)
            if status is not None:
                values["status"] = status
            if ended_at is None and status in ENDED and before["ended_at"] is None:
                ended_at = self._clock()
            if ended_at is not None:
                values["ended_at"] = ended_at
                values["duration_ms"] = max(0, ended_at - before["started_at"])
            if values:
                clientruns.change_run(tx, run_id, **values)
                outbox.put_change(tx, "run", run_id, "updated")

    def join_run(
        self, run_id: str, *, execution: str, tags: Mapping[str, str], name: str = ""
    ) -> bool:
        """Have a run that goes on taken by the first who asks in this execution of its code.

        Its tags and name are set then. False says that it is another's, has ended, or is not there.
        """
        now = self._clock()
        with self._store.write() as tx:
            held = clientruns.read_state(tx, run_id)
            if held is None or held["status"] != "running" or held["trashed_at"] is not None:
                return False
            if execution in {one.value for one in tag_rows.read_history(tx, run_id, JOINED)}:
                return False
            _set_tags(tx, run_id, {**tags, JOINED: execution}, now=now)
            if name:
                clientruns.change_run(tx, run_id, name=storable(name))
            outbox.put_change(tx, "run", run_id, "updated")
        return True

    def set_tag(self, run_id: str, name: str, value: str, *, who: str | None = None) -> None:
        """Set a tag of a run; see ``log_batch`` for what it raises."""
        self.log_batch(run_id, tags={name: value}, who=who)

    def delete_tag(self, run_id: str, name: str, *, who: str | None = None) -> None:
        """Remove a tag of a run.

        Raises:
            NotFoundError: there is no such run, or it has no such tag.
            NotActiveError: it is in the trash.
        """
        with self._store.write() as tx:
            hold_active(tx, run_id)
            if not clientruns.delete_tag(tx, run_id, name):
                raise NotFoundError(f"Run {run_id} has no tag {name!r}.")
            if who is not None:
                audit.note(tx, "update", "run", run_id, who=who, removed_tag=name)
            outbox.put_change(tx, "run", run_id, "updated")


def _named(
    tx: Connection, run_id: str, before: RowMapping, *, name: str, who: str | None
) -> dict[str, str]:
    """Return the new name of a run as a column; noted where somebody gives it by hand."""
    stored = storable(name)
    if who is not None and stored != before["name"]:
        audit.note(tx, "update", "run", run_id, who=who, name=stored, before=before["name"])
    return {"name": stored}


def hold_active(tx: Connection, run_id: str) -> RowMapping:
    """Return the state of a run that may be written, held until the transaction ends.

    Raises:
        NotFoundError: there is no such run.
        NotActiveError: it is in the trash.
    """
    found = clientruns.read_state(tx, run_id)
    if found is None:
        raise NotFoundError(f"There is no run {run_id!r}.")
    if found["trashed_at"] is not None:
        raise NotActiveError(f"Run {run_id} is in the trash.", hint="Restore it first.")
    return found


def _make_names(tx: Connection, *names: str) -> None:
    """Make what names are new, all in one order: two who make the same never wait for each other."""
    key_ids(tx, (storable(name) for name in names if len(name) <= MAX_KEY_CHARS))


def _set_tags(tx: Connection, run_id: str, given: Mapping[str, str], *, now: Millis) -> None:
    usable = {check_key("tag", name): mask_json(name, v) for name, v in given.items()}
    ids = key_ids(tx, (storable(name) for name in usable))
    tag_rows.set_tags(
        tx, [(run_id, ids[storable(name)], value, now) for name, value in usable.items()]
    )


def _log_params(tx: Connection, run_id: str, given: Sequence[LoggedParam]) -> None:
    if not given:
        return
    rows = [(one.name, literal_of(check_param_value(one.name, one.value))) for one in given]
    changed = clientruns.log_params(tx, run_id, rows)
    if changed:
        raise ParamChangedError(
            run_id, [ParamChange(n, plain_value(old), plain_value(new)) for n, old, new in changed]
        )


def _add_points(tx: Connection, run_id: str, points: Sequence[LoggedPoint]) -> None:
    if not points:
        return
    ids = key_ids(tx, (storable(check_key("metric", one.name)) for one in points))
    added: dict[tuple[str, int], metrics.NewPoints] = {}
    for one in points:
        if not (INT64_MIN <= one.step <= INT64_MAX and 0 <= one.time <= INT64_MAX):
            raise InvalidInputError(
                f"The metric {one.name!r} has the step {one.step} and the time {one.time}.",
                hint="Both are whole numbers of 64 bits, and a time is not negative.",
            )
        pair = (run_id, ids[storable(one.name)])
        new = added.setdefault(pair, metrics.NewPoints([], [], []))
        new.steps.append(one.step)
        new.times.append(one.time)
        new.values.append(None if one.value != one.value else one.value)
    fresh = without_duplicates(tx, added)
    if fresh:
        metrics.add_points(tx, fresh)
