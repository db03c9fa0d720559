"""Owns how clients write experiments over HTTP: made, renamed, tagged."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mlops_lab.core.clock import Clock, now_ms
from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import check_key
from mlops_lab.core.logged import (
    DEFAULT_EXPERIMENT,
    DEFAULT_EXPERIMENT_ID,
    LoggedExperiment,
    LoggedParam,
    NameTakenError,
    NotActiveError,
)
from mlops_lab.core.masking import mask_json
from mlops_lab.store import audit, clientruns, logged, outbox, retention
from mlops_lab.store.rows import storable
from mlops_lab.store.store import Store


class ExperimentWriting:
    """Writes experiments of one store directly; a part of ``WritingService``."""

    def __init__(self, store: Store, *, clock: Clock = now_ms) -> None:
        self._store = store
        self._clock = clock

    def ensure_default(self) -> None:
        """Make the experiment ``Default`` with the id "0", unless it is there."""
        with self._store.read() as cx:
            if logged.read_experiment(cx, DEFAULT_EXPERIMENT_ID) is not None:
                return
        with self._store.write() as tx:
            clientruns.add_experiment(
                tx,
                DEFAULT_EXPERIMENT_ID,
                DEFAULT_EXPERIMENT,
                artifact_location=None,
                now=self._clock(),
            )

    def create_experiment(
        self,
        name: str,
        *,
        tags: Mapping[str, str] | None = None,
        artifact_location: str | None = None,
        who: str,
    ) -> str:
        """Make an experiment and return its id.

        Raises:
            NameTakenError: another one has the name, maybe one in the trash.
            LimitError: a tag has no usable name.
        """
        made = DEFAULT_EXPERIMENT_ID if name == DEFAULT_EXPERIMENT else new_id()
        with self._store.write() as tx:
            if not clientruns.add_experiment(
                tx, made, name, artifact_location=artifact_location, now=self._clock()
            ):
                raise NameTakenError(
                    f"There is an experiment {name!r} already.",
                    hint="Use it, or choose another name; it may be in the trash.",
                )
            clientruns.set_experiment_tags(tx, made, masked(tags or {}))
            audit.note(tx, "create", "experiment", made, who=who, name=name)
            outbox.put_change(tx, "experiment", made, "created")
        return made

    def rename_experiment(self, experiment_id: str, name: str, *, who: str) -> None:
        """Give an experiment another name.

        Raises:
            NotFoundError: there is no such experiment.
            NotActiveError: it is in the trash.
            NameTakenError: another one has the name.
        """
        taken = NameTakenError(f"There is an experiment {name!r} already.")
        try:
            with self._store.write() as tx:
                before = active_experiment(tx, experiment_id)
                other = logged.find_experiment(tx, name)
                if other is not None and other.id != experiment_id:
                    raise taken
                clientruns.change_experiment(
                    tx, experiment_id, name=storable(name), updated_at=self._clock()
                )
                told = {"name": name, "before": before.name}
                audit.note(tx, "update", "experiment", experiment_id, who=who, **told)
                if retention.move_policy(tx, before.name, storable(name)):
                    audit.note(tx, "retain", "experiment", name, who=who, before=before.name)
                outbox.put_change(tx, "experiment", experiment_id, "updated")
        except IntegrityError as error:
            # Somebody gave the name to another one since we looked.
            raise taken from error

    def set_experiment_tag(
        self, experiment_id: str, name: str, value: str, *, who: str | None = None
    ) -> None:
        """Set a tag of an experiment.

        Raises:
            NotFoundError: there is no such experiment.
            NotActiveError: it is in the trash.
        """
        with self._store.write() as tx:
            active_experiment(tx, experiment_id)
            clientruns.set_experiment_tags(tx, experiment_id, masked({name: value}))
            if who is not None:
                audit.note(tx, "update", "experiment", experiment_id, who=who, tag=name)
            clientruns.change_experiment(tx, experiment_id, updated_at=self._clock())
            outbox.put_change(tx, "experiment", experiment_id, "updated")

    def delete_experiment_tag(
        self, experiment_id: str, name: str, *, who: str | None = None
    ) -> None:
        """Remove a tag of an experiment.

        Raises:
            NotFoundError: there is no such experiment, or it has no such tag.
            NotActiveError: it is in the trash.
        """
        with self._store.write() as tx:
            active_experiment(tx, experiment_id)
            if not clientruns.delete_experiment_tag(tx, experiment_id, name):
                raise NotFoundError(f"Experiment {experiment_id} has no tag {name!r}.")
            if who is not None:
                audit.note(tx, "update", "experiment", experiment_id, who=who, removed_tag=name)
            clientruns.change_experiment(tx, experiment_id, updated_at=self._clock())
            outbox.put_change(tx, "experiment", experiment_id, "updated")


def active_experiment(tx: Connection, experiment_id: str) -> LoggedExperiment:
    """Return an experiment that may be written into.

    Raises:
        NotFoundError: there is none with this id.
        NotActiveError: it is in the trash.
    """
    found = logged.read_experiment(tx, experiment_id)
    if found is None:
        raise NotFoundError(f"There is no experiment with the id {experiment_id!r}.")
    if found.trashed_at is not None:
        raise NotActiveError(
            f"The experiment {found.name!r} is in the trash.", hint="Restore it first."
        )
    return found


def masked(given: Mapping[str, str]) -> list[LoggedParam]:
    """Return params or tags with their secrets as ``***``.

    Raises:
        LimitError: a name cannot be used.
    """
    return [
        LoggedParam(check_key("param", name), mask_json(name, value))
        for name, value in given.items()
    ]
