"""Owns what REST adds to ``lab.writing``: experiments by name, and orders that are done once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy.exc import IntegrityError

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import ConflictError, LabError, NotFoundError
from mlops_lab.core.logged import LoggedParam, LoggedPoint, NameTakenError, NewClientRun
from mlops_lab.core.numbers import from_wire
from mlops_lab.core.tracking import Run
from mlops_lab.core.writing import (
    NOTE_TAG,
    BatchOutcome,
    ParamValue,
    RunBatch,
    RunBatchOf,
    RunList,
    RunOrder,
)
from mlops_lab.store import logged, runs
from mlops_lab.store.store import Store

from .writing import WritingService


class OrdersService:
    """The orders of programs that write over REST. Safe to use from several threads."""

    def __init__(self, store: Store, writing: WritingService) -> None:
        self._store = store
        self._writing = writing

    def create_run(self, order: RunOrder, *, user: str, key: str | None) -> Run:
        """Make a run, or return the one that the same order made before.

        Args:
            order: what to make.
            user: who orders it.
            key: a word of the caller's own that tells this order from others; None for none.

        Raises:
            ConflictError: the id or key belongs to another run, or the experiment is in the trash.
            NotFoundError: there is no such parent.
            LimitError: a param or tag is beyond the limits.
        """
        run_id = order.id or (None if key is None else _id_of(user, key))
        if run_id is not None and (made := self._find(run_id)) is not None:
            return _same(made, order)
        if order.parent_run_id is not None and self._find(order.parent_run_id) is None:
            raise NotFoundError(
                f"There is no run {order.parent_run_id}, which should be the parent.",
                hint="Make the parent first.",
            )
        new = NewClientRun(
            experiment_id=self._experiment_id(order.experiment, user=user),
            name=order.name or "",
            user=user,
            started_at=order.started_at,
            tags=[LoggedParam(name, value) for name, value in order.tags.items()],
            params=[LoggedParam(*pair) for pair in _texts(order.params).items()],
            parent_run_id=order.parent_run_id,
            notebook_path=order.notebook_path,
            status=order.status,
        )
        try:
            return self._get(self._writing.create_run(new, run_id=run_id))
        except IntegrityError:
            made = None if run_id is None else self._find(run_id)
            if made is None:
                raise
            # The same order came twice at once.
            return _same(made, order)

    def log(self, run_id: str, batch: RunBatch) -> None:
        """Add a batch to a run; see ``WritingService.log_batch`` for what it raises."""
        now = now_ms()
        self._writing.log_batch(
            run_id,
            metrics=[
                LoggedPoint(
                    one.name,
                    from_wire(one.value),
                    time=now if one.time is None else one.time,
                    step=one.step,
                )
                for one in batch.metrics
            ],
            params=_texts(batch.params),
            tags=batch.tags,
        )

    def log_all(self, batches: Sequence[RunBatchOf]) -> list[BatchOutcome]:
        """Add each batch for itself, and say what became of it.

        Raises:
            StoreUnavailableError: the store cannot be written now; what is not said is not stored.
        """
        return [self._try(batch) for batch in batches]

    def _try(self, batch: RunBatchOf) -> BatchOutcome:
        try:
            self.log(batch.run_id, batch)
        except (NotFoundError, ConflictError) as error:
            return BatchOutcome(batch.run_id, error.code, str(error))
        except LabError as error:
            if error.code not in ("invalid_input", "limit_exceeded"):
                raise
            return BatchOutcome(batch.run_id, error.code, str(error))
        return BatchOutcome(batch.run_id)

    def set_note(self, run_id: str, text: str, *, who: str | None = None) -> None:
        """Set the note of a run, or take it away with an empty text.

        Raises:
            NotFoundError: there is no such run.
        """
        if text:
            self._writing.set_tag(run_id, NOTE_TAG, text, who=who)
        elif any(tag.name == NOTE_TAG for tag in self._get(run_id).tags):
            self._writing.delete_tag(run_id, NOTE_TAG, who=who)

    def read_runs(self, run_ids: Sequence[str]) -> RunList:
        """Return the runs of these ids, each once."""
        wanted = list(dict.fromkeys(run_ids))
        with self._store.read() as cx:
            found = runs.read_runs(cx, wanted)
        return RunList(
            runs=[found[one] for one in wanted if one in found],
            missing=[one for one in wanted if one not in found],
        )

    def _experiment_id(self, name: str, *, user: str) -> str:
        found = self._find_experiment(name)
        if found is None:
            try:
                return self._writing.create_experiment(name, who=user)
            except NameTakenError:
                # Somebody made it in between.
                found = self._find_experiment(name)
                if found is None:
                    raise
        return found

    def _find_experiment(self, name: str) -> str | None:
        with self._store.read() as cx:
            found = logged.find_experiment(cx, name)
        return None if found is None else found.id

    def _find(self, run_id: str) -> Run | None:
        with self._store.read() as cx:
            return runs.read_runs(cx, [run_id]).get(run_id)

    def _get(self, run_id: str) -> Run:
        found = self._find(run_id)
        if found is None:
            raise NotFoundError(f"There is no run {run_id!r}.")
        return found


def _same(made: Run, order: RunOrder) -> Run:
    is_other = made.summary.experiment != order.experiment or order.name not in (
        None,
        made.summary.name,
    )
    if is_other:
        raise ConflictError(
            f"The id or key belongs to run {made.summary.id}, {made.summary.name!r} of experiment "
            f"{made.summary.experiment!r}.",
            hint="Give another run an id or key of its own.",
        )
    return made


def _id_of(user: str, key: str) -> str:
    return hashlib.sha256(f"{user}\n{key}".encode("utf-8", "replace")).hexdigest()[:32]


def _texts(params: Mapping[str, ParamValue]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else repr(value) for name, value in params.items()
    }
