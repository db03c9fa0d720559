"""Owns the rows of logged models: what they are, their params, tags and metrics, and who uses them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.loggedmodels import (
    LoggedModel,
    LoggedModelStatus,
    ModelMetric,
    ModelRole,
    RunModel,
)

from .registry_tables import (
    logged_model,
    logged_model_metric,
    logged_model_param,
    logged_model_tag,
    model_version,
    registered_model,
    run_model,
)
from .rows import pieces, storable, storable_or_none, upsert

VERSIONS_TAG = "mlflow.modelVersions"
"""The tag in which MLflow keeps the versions that were made from a logged model, as JSON."""


def insert_logged(tx: Connection, model: LoggedModel) -> None:
    """Make a logged model with its params and tags."""
    values = {
        "id": model.id,
        "experiment_id": model.experiment_id,
        "name": storable(model.name),
        "location": storable(model.location),
        "created_at": model.created_at,
        "updated_at": model.updated_at,
        "status": model.status,
        "status_message": storable_or_none(model.status_message),
        "model_type": storable_or_none(model.model_type),
        "source_run_id": storable_or_none(model.source_run_id),
    }
    tx.execute(insert(logged_model), [values])
    put_texts(tx, logged_model_param, model.id, model.params)
    put_texts(tx, logged_model_tag, model.id, model.tags)


def put_texts(tx: Connection, table: Table, model_id: str, texts: Mapping[str, str]) -> None:
    """Set params or tags of a logged model."""
    if not texts:
        return
    write = upsert(tx, table)
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["model_id", "name"], set_={"value": write.excluded["value"]}
        ),
        [
            {"model_id": model_id, "name": storable(name), "value": storable(value)}
            for name, value in texts.items()
        ],
    )


def delete_tag(tx: Connection, model_id: str, name: str) -> bool:
    """Remove a tag; return whether there was one."""
    of_model = logged_model_tag.c.model_id == model_id
    named = logged_model_tag.c.name == storable(name)
    return tx.execute(delete(logged_model_tag).where(of_model, named)).rowcount > 0


def put_metrics(tx: Connection, model_id: str, metrics: Iterable[ModelMetric]) -> None:
    """Add metrics to a logged model; one with the same step, time and dataset is replaced."""
    rows = {
        (m.name, m.run_id, m.dataset_name, m.dataset_digest, m.step, m.time): m for m in metrics
    }
    if not rows:
        return
    write = upsert(tx, logged_model_metric)
    keys = [column.name for column in logged_model_metric.primary_key]
    tx.execute(
        write.on_conflict_do_update(index_elements=keys, set_={"value": write.excluded["value"]}),
        [
            {
                "model_id": model_id,
                "name": storable(m.name),
                "run_id": m.run_id,
                "dataset_name": storable(m.dataset_name),
                "dataset_digest": storable(m.dataset_digest),
                "step": m.step,
                "time": m.time,
                "value": None if m.value is None or math.isnan(m.value) else m.value,
            }
            for m in rows.values()
        ],
    )


def set_status(
    tx: Connection, model_id: str, status: LoggedModelStatus, message: str | None
) -> None:
    """Set how the logging of a model ended."""
    tx.execute(
        update(logged_model)
        .where(logged_model.c.id == model_id)
        .values(status=status, status_message=storable_or_none(message), updated_at=now_ms())
    )


def delete_logged(tx: Connection, model_id: str) -> None:
    """Remove a logged model with all that it has."""
    tx.execute(delete(logged_model).where(logged_model.c.id == model_id))


def has_logged(cx: Connection, model_id: str) -> bool:
    """Tell whether there is a logged model of this id."""
    return (
        cx.execute(select(logged_model.c.id).where(logged_model.c.id == model_id)).first()
        is not None
    )


def known_logged(cx: Connection, model_ids: Iterable[str]) -> set[str]:
    """Return those ids that logged models have."""
    found: set[str] = set()
    for some in pieces(sorted(set(model_ids))):
        found.update(
            cx.execute(select(logged_model.c.id).where(logged_model.c.id.in_(some))).scalars()
        )
    return found


def find_location(cx: Connection, model_id: str) -> str:
    """Return where the files of a logged model are.

    Raises:
        NotFoundError: there is no such model.
    """
    query = select(logged_model.c.location).where(logged_model.c.id == model_id)
    found = cx.execute(query).scalar_one_or_none()
    if found is None:
        raise not_found(model_id)
    return str(found)


def find_run(cx: Connection, model_id: str) -> str | None:
    """Return the run that a logged model comes from, if it is known."""
    query = select(logged_model.c.source_run_id).where(logged_model.c.id == model_id)
    return cx.execute(query).scalar_one_or_none()


def add_version(tx: Connection, model_id: str, *, name: str, number: int) -> None:
    """Write into a logged model that a version was made from it.

    Raises:
        NotFoundError: there is no such model.
    """
    if not has_logged(tx, model_id):
        raise not_found(model_id)
    query = select(logged_model_tag.c.value).where(
        logged_model_tag.c.model_id == model_id, logged_model_tag.c.name == VERSIONS_TAG
    )
    written = tx.execute(query).scalar_one_or_none()
    try:
        known = json.loads(written) if written else []
    except ValueError:
        known = []
    known = known if isinstance(known, list) else []
    text = json.dumps([*known, {"name": name, "version": number}])
    put_texts(tx, logged_model_tag, model_id, {VERSIONS_TAG: text})


def put_run_models(
    tx: Connection, run_id: str, role: ModelRole, models: Iterable[RunModel]
) -> None:
    """Have a run take in or give out logged models."""
    rows = {
        m.model_id: {"run_id": run_id, "role": role, "model_id": m.model_id, "step": m.step}
        for m in models
    }
    if not rows:
        return
    write = upsert(tx, run_model)
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["run_id", "role", "model_id"], set_={"step": write.excluded["step"]}
        ),
        list(rows.values()),
    )


def read_run_models(
    cx: Connection, run_ids: Iterable[str]
) -> dict[tuple[str, ModelRole], list[RunModel]]:
    """Return the logged models that runs take in and give out."""
    found: dict[tuple[str, ModelRole], list[RunModel]] = {}
    for some in pieces(run_ids):
        query = select(run_model).where(run_model.c.run_id.in_(some))
        for row in cx.execute(query.order_by(run_model.c.step, run_model.c.model_id)):
            found.setdefault((row.run_id, row.role), []).append(RunModel(row.model_id, row.step))
    return found


def read_logged(cx: Connection, model_ids: Sequence[str]) -> list[LoggedModel]:
    """Return logged models in the order of their ids; those that do not exist are left out."""
    rows: dict[str, Any] = {}
    for some in pieces(model_ids):
        query = select(logged_model).where(logged_model.c.id.in_(some))
        rows.update((row.id, row) for row in cx.execute(query))
    tags = _read_texts(cx, logged_model_tag, rows)
    params = _read_texts(cx, logged_model_param, rows)
    metrics, versions = _read_metrics(cx, rows), _read_versions(cx, rows)
    return [
        LoggedModel(
            id=row.id,
            experiment_id=row.experiment_id,
            name=row.name,
            location=row.location,
            created_at=row.created_at,
            updated_at=row.updated_at,
            status=row.status,
            status_message=row.status_message,
            model_type=row.model_type,
            source_run_id=row.source_run_id,
            tags=tags.get(row.id, {}),
            params=params.get(row.id, {}),
            metrics=metrics.get(row.id, []),
            versions=versions.get(row.id, []),
        )
        for row in (rows[model_id] for model_id in model_ids if model_id in rows)
    ]


def not_found(model_id: str) -> NotFoundError:
    """Return the error of a logged model that does not exist."""
    return NotFoundError(f"Logged model with ID '{model_id[:80]}' not found.")


def _read_texts(cx: Connection, table: Table, ids: Iterable[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for some in pieces(ids):
        query = select(table).where(table.c.model_id.in_(some)).order_by(table.c.name)
        for row in cx.execute(query):
            found.setdefault(row.model_id, {})[row.name] = row.value
    return found


def _read_metrics(cx: Connection, ids: Iterable[str]) -> dict[str, list[ModelMetric]]:
    found: dict[str, list[ModelMetric]] = {}
    columns = logged_model_metric.c
    for some in pieces(ids):
        query = select(logged_model_metric).where(columns.model_id.in_(some))
        for row in cx.execute(query.order_by(columns.name, columns.time, columns.step)):
            found.setdefault(row.model_id, []).append(
                ModelMetric(
                    name=row.name,
                    value=row.value,
                    step=row.step,
                    time=row.time,
                    run_id=row.run_id,
                    dataset_name=row.dataset_name,
                    dataset_digest=row.dataset_digest,
                )
            )
    return found


def _read_versions(cx: Connection, ids: Iterable[str]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for some in pieces(ids):
        query = (
            select(model_version.c.logged_model_id, registered_model.c.name, model_version.c.number)
            .join(registered_model, registered_model.c.id == model_version.c.model_id)
            .where(model_version.c.logged_model_id.in_(some))
            .order_by(registered_model.c.name, model_version.c.number)
        )
        for model_id, name, number in cx.execute(query):
            found.setdefault(model_id, []).append((name, number))
    return found
