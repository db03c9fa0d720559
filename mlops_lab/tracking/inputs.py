"""Owns ``lab.inputs``: datasets that clients name as what went into a run.

Such a dataset is data of the run like any that was captured: it is found by name, digest and columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from mlops_lab.core.clock import Clock, now_ms
from mlops_lab.core.data import ColumnVersion, DataVersion
from mlops_lab.core.inputs import DatasetInput, DatasetUse
from mlops_lab.core.logged import check_goes_on
from mlops_lab.core.masking import masked
from mlops_lab.core.records import DocumentKept, FacetCaptured
from mlops_lab.store import facets, inputs, outbox
from mlops_lab.store.store import Store

from .captures import store_captures
from .sorting import Sorted
from .writing import hold_active

MAX_SHOWN = 1_000
_MAX_COLUMNS = 5_000


class InputsService:
    """The datasets of the runs of one store. Safe to use from several threads."""

    def __init__(self, store: Store, *, clock: Clock = now_ms) -> None:
        self._store = store
        self._clock = clock

    def log_inputs(self, run_id: str, given: Sequence[DatasetInput]) -> None:
        """Note the datasets that went into a run; one that is there already stays as it is.

        Raises:
            NotFoundError: there is no such run.
            NotActiveError: it is in the trash.
            ConflictError: it is the run of a job that has ended.
        """
        clean = [masked(one) for one in given]
        with self._store.write() as tx:
            held = hold_active(tx, run_id)
            check_goes_on(run_id, source=held["source"], status=held["status"])
            inputs.add_inputs(tx, run_id, held["experiment_id"], clean)
            known = facets.read_facets(tx, [run_id], kinds=["data"]).get(run_id, [])
            names = {one.name for one in known}
            content = Sorted()
            for one in clean:
                # What was captured tells more than what a client says of it.
                if one.dataset.name not in names:
                    _add_facet(content, run_id, one)
            store_captures(tx, content, stored={run_id}, warnings=[], now=self._clock())
            outbox.put_change(tx, "run", run_id, "updated")

    def of_runs(self, run_ids: Sequence[str]) -> dict[str, list[DatasetInput]]:
        """Return the datasets that went into each run."""
        with self._store.read() as cx:
            return inputs.read_inputs(cx, run_ids)

    def of_experiments(self, experiment_ids: Sequence[str]) -> list[DatasetUse]:
        """Return the datasets of experiments with what runs used them for; at most a thousand."""
        with self._store.read() as cx:
            return inputs.read_uses(cx, experiment_ids, limit=MAX_SHOWN)


def _add_facet(content: Sorted, run_id: str, one: DatasetInput) -> None:
    version = data_version(one)
    text = msgspec.json.encode(version).decode()
    digest = hashlib.sha256(text.encode()).hexdigest()
    content.documents.append(DocumentKept(0, run_id, digest, text))
    content.facets.append(FacetCaptured(0, run_id, "data", version.name, digest, version.digest))


def data_version(one: DatasetInput) -> DataVersion:
    """Return what a client says of a dataset as a version of data."""
    described = one.dataset
    columns = _columns(described.schema)
    return DataVersion(
        name=described.name,
        source="name",
        library_type=f"mlflow.{described.source_type}",
        digest=described.digest,
        shape=_shape(described.profile, len(columns)),
        path=_path(described.source),
        columns=columns,
        notes=["Described by MLflow's client; its content was not read here."],
    )


def _columns(schema: str | None) -> list[ColumnVersion]:
    listed = _decoded(schema).get("mlflow_colspec")
    return [
        ColumnVersion(name=one["name"], type=str(one.get("type", "")), kind="other", missing=None)
        for one in (listed[:_MAX_COLUMNS] if isinstance(listed, list) else [])
        if isinstance(one, dict) and isinstance(one.get("name"), str)
    ]


def _shape(profile: str | None, columns: int) -> list[int]:
    rows = _decoded(profile).get("num_rows")
    if not isinstance(rows, int):
        return []
    return [rows, columns] if columns else [rows]


def _path(source: str) -> str | None:
    told = _decoded(source)
    path = told.get("uri") or told.get("url") or told.get("path")
    return path if isinstance(path, str) else None


def _decoded(text: str | None) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text or "{}")
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}
