"""Owns ``lab.evaluation``: datasets that models and prompts are evaluated on, and scorers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError, LimitError, NotFoundError
from mlops_lab.core.evaluation import (
    MAX_RECORDS,
    EvaluationDataset,
    EvaluationRecord,
    ScorerVersion,
)
from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import check_key
from mlops_lab.core.masking import mask_json, mask_texts
from mlops_lab.store import audit, evaluation, keyset, logged, scorers
from mlops_lab.store.store import Store


class EvaluationService:
    """The evaluation datasets and scorers of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(
        self,
        name: str,
        *,
        experiment_ids: Sequence[str],
        tags: Mapping[str, str],
        who: str,
    ) -> EvaluationDataset:
        """Make a dataset without records.

        Raises:
            LimitError: the name cannot be one.
            NotFoundError: there is no such experiment.
        """
        check_key("dataset", name)
        now = now_ms()
        made = EvaluationDataset(
            id=f"d-{new_id()}",
            name=name,
            digest=hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8],
            schema=None,
            profile=None,
            created_at=now,
            created_by=who,
            updated_at=now,
            updated_by=who,
            tags=mask_texts(tags),
            experiment_ids=list(experiment_ids),
        )
        with self._store.write() as tx:
            _check_experiments(tx, experiment_ids)
            evaluation.insert_dataset(tx, made)
            audit.note(tx, "create", "evaluation_dataset", made.id, who=who, name=name)
            return _find(tx, made.id)

    def get(self, dataset_id: str) -> EvaluationDataset:
        """Return a dataset.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self._store.read() as cx:
            return _find(cx, dataset_id)

    def delete(self, dataset_id: str, *, who: str) -> None:
        """Remove a dataset with its records, if there is one."""
        with self._store.write() as tx:
            for found in evaluation.read_datasets(tx, [dataset_id]):
                evaluation.delete_dataset(tx, dataset_id)
                audit.note(tx, "delete", "evaluation_dataset", dataset_id, who=who, name=found.name)

    def set_tags(
        self, dataset_id: str, tags: Mapping[str, str | None], *, who: str
    ) -> EvaluationDataset:
        """Set tags; one that is None goes.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self._store.write() as tx:
            _find(tx, dataset_id)
            given = {name: value for name, value in tags.items() if value is not None}
            evaluation.put_tags(tx, dataset_id, mask_texts(given))
            for name in tags.keys() - given.keys():
                evaluation.delete_tag(tx, dataset_id, name)
            evaluation.touch(tx, dataset_id, now=now_ms(), who=who)
            return _find(tx, dataset_id)

    def link(
        self, dataset_id: str, *, added: Sequence[str] = (), removed: Sequence[str] = ()
    ) -> EvaluationDataset:
        """Note which experiments use a dataset.

        Raises:
            NotFoundError: there is no such dataset or experiment.
        """
        with self._store.write() as tx:
            _find(tx, dataset_id)
            _check_experiments(tx, added)
            evaluation.add_links(tx, dataset_id, added)
            evaluation.remove_links(tx, dataset_id, removed)
            return _find(tx, dataset_id)

    def search(
        self,
        *,
        experiment_ids: Sequence[str] = (),
        filter: str | None = None,  # noqa: A002 - the word of the API
        order_by: Sequence[str] = (),
        limit: int = 100,
        cursor: str | None = None,
    ) -> tuple[list[EvaluationDataset], str | None]:
        """Return a page of datasets, the newest first unless an order is given, and the next token.

        Raises:
            InvalidInputError: filter, order or cursor cannot be read.
        """
        places = evaluation.dataset_places(order_by)
        values = keyset.read_token(cursor, places) if cursor else None
        with self._store.read() as cx:
            found = evaluation.page_datasets(
                cx,
                experiment_ids=experiment_ids,
                text=filter,
                places=places,
                after_values=values,
                limit=limit + 1,
            )
            page = evaluation.read_datasets(cx, [row[0] for row in found[:limit]])
        token = keyset.write_token(found[limit - 1][1]) if len(found) > limit else None
        return page, token

    def put_records(
        self, dataset_id: str, records: Sequence[Mapping[str, Any]], *, who: str
    ) -> tuple[int, int]:
        """Add records; one with the same inputs is merged into the known one. Return (added, changed).

        Raises:
            NotFoundError: there is no such dataset.
            InvalidInputError: a record has no inputs, or they are nested too deep.
            LimitError: there are too many.
        """
        if len(records) > MAX_RECORDS:
            raise LimitError(
                f"There are {len(records):,} records.",
                hint=f"Send {MAX_RECORDS:,} at once at most.",
            )
        now = now_ms()
        contents: dict[str, EvaluationRecord] = {}
        for came in records:
            inputs = came.get("inputs")
            if not isinstance(inputs, dict):
                raise InvalidInputError("Each record needs inputs, an object.")
            given = mask_json("", came)
            content = {**given, "created_by": who, "last_updated_by": who, "last_update_time": now}
            contents[_digest_of(inputs)] = EvaluationRecord(
                f"dr-{new_id()}", dataset_id, now, content
            )
        with self._store.write() as tx:
            _find(tx, dataset_id)
            counts = evaluation.put_records(tx, dataset_id, contents)
            evaluation.touch(tx, dataset_id, now=now, who=who)
        return counts

    def delete_records(self, dataset_id: str, ids: Sequence[str], *, who: str) -> int:
        """Remove records; return how many there were.

        Raises:
            NotFoundError: there is no such dataset.
        """
        with self._store.write() as tx:
            _find(tx, dataset_id)
            count = evaluation.delete_records(tx, dataset_id, ids)
            audit.note(tx, "update", "evaluation_dataset", dataset_id, who=who, removed=count)
            evaluation.touch(tx, dataset_id, now=now_ms(), who=who)
        return count

    def list_records(
        self, dataset_id: str, *, limit: int, cursor: str | None = None
    ) -> tuple[list[EvaluationRecord], str | None]:
        """Return a page of records, the oldest first, and the next token.

        Raises:
            NotFoundError: there is no such dataset.
            InvalidInputError: the cursor cannot be read.
        """
        values = keyset.read_token(cursor, evaluation.RECORD_PLACES) if cursor else None
        with self._store.read() as cx:
            _find(cx, dataset_id)
            found = evaluation.page_records(cx, dataset_id, after_values=values, limit=limit + 1)
        if len(found) <= limit:
            return found, None
        last = found[limit - 1]
        return found[:limit], keyset.write_token([last.created_at, last.id])

    def add_scorer(self, experiment_id: str, name: str, content: str) -> ScorerVersion:
        """Make the next version of a scorer.

        Raises:
            NotFoundError: there is no such experiment.
            LimitError: the name cannot be one.
        """
        check_key("scorer", name)
        with self._store.write() as tx:
            _check_experiments(tx, [experiment_id])
            return scorers.add_scorer(tx, experiment_id, name, mask_json("", content), now=now_ms())

    def list_scorers(self, experiment_id: str) -> list[ScorerVersion]:
        """Return the newest version of each scorer of an experiment."""
        with self._store.read() as cx:
            found = scorers.read_scorers(cx, experiment_id)
        return list({one.name: one for one in found}.values())

    def scorer_versions(
        self, experiment_id: str, name: str, *, number: int | None = None
    ) -> list[ScorerVersion]:
        """Return the versions of a scorer, or one of them.

        Raises:
            NotFoundError: there is none.
        """
        with self._store.read() as cx:
            return _find_scorers(cx, experiment_id, name, number)

    def delete_scorer(
        self, experiment_id: str, name: str, *, number: int | None = None, who: str
    ) -> None:
        """Remove a scorer, or one version of it.

        Raises:
            NotFoundError: there is none.
        """
        with self._store.write() as tx:
            found = _find_scorers(tx, experiment_id, name, number)
            scorers.delete_scorers(tx, found)
            for one in found:
                audit.note(tx, "delete", "scorer", one.id, who=who, name=name, version=one.number)


def _digest_of(inputs: Mapping[str, Any]) -> str:
    """Return the digest of inputs as they came: masked, two that differ in a secret would be one."""
    try:
        text = msgspec.json.encode(inputs, order="deterministic")
    except RecursionError:
        raise InvalidInputError("The inputs of a record are nested too deep.") from None
    return hashlib.sha256(text).hexdigest()


def _find(cx: Connection, dataset_id: str) -> EvaluationDataset:
    for found in evaluation.read_datasets(cx, [dataset_id]):
        return found
    raise NotFoundError(f"Evaluation dataset with id '{dataset_id[:80]}' not found")


def _find_scorers(
    cx: Connection, experiment_id: str, name: str, number: int | None
) -> list[ScorerVersion]:
    found = scorers.read_scorers(cx, experiment_id, name=name, number=number)
    if not found:
        version = "" if number is None else f" and version {number}"
        raise NotFoundError(
            f"Scorer with name '{name[:80]}'{version} not found for experiment {experiment_id}."
        )
    return found


def _check_experiments(cx: Connection, experiment_ids: Sequence[str]) -> None:
    for one in experiment_ids:
        if logged.read_experiment(cx, one) is None:
            raise NotFoundError(f"No Experiment with id={one} exists")
