"""Owns how logged models are found: filters on what they are, their params, tags and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, case, exists, func, select

from mlops_lab.core.clauses import Clause, parse_clauses
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.loggedmodels import DatasetFilter, MetricOrder

from .comparing import all_of, any_of, compare
from .keyset import Place, Scalar, after, order_of
from .registry_tables import (
    logged_model,
    logged_model_metric,
    logged_model_param,
    logged_model_tag,
)

_ATTRIBUTES: Mapping[str, ColumnElement[Any]] = {
    "name": logged_model.c.name,
    "model_id": logged_model.c.id,
    "model_type": logged_model.c.model_type,
    "status": logged_model.c.status,
    "source_run_id": logged_model.c.source_run_id,
    "experiment_id": logged_model.c.experiment_id,
    "creation_timestamp": logged_model.c.created_at,
    "creation_time": logged_model.c.created_at,
    "creation_timestamp_ms": logged_model.c.created_at,
    "last_updated_timestamp": logged_model.c.updated_at,
    "last_updated_timestamp_ms": logged_model.c.updated_at,
}
_TIMES = (logged_model.c.created_at, logged_model.c.updated_at)
_TEXT = frozenset({"=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"})
_NUMBER = frozenset({"=", "!=", ">", ">=", "<", "<="})


def page_logged(
    cx: Connection,
    *,
    experiment_ids: Sequence[str],
    text: str | None,
    datasets: Sequence[DatasetFilter],
    places: Sequence[Place],
    after_values: Sequence[Scalar] | None,
    limit: int,
) -> list[tuple[str, list[Scalar]]]:
    """Return ids of logged models with their values at the places, in that order.

    Raises:
        InvalidInputError: the filter cannot be read, or names what a logged model does not have.
    """
    shown = [place.column.label(f"place_{index}") for index, place in enumerate(places)]
    query = select(logged_model.c.id, *shown).where(
        logged_model.c.experiment_id.in_(experiment_ids), _condition(cx, text, datasets)
    )
    if after_values is not None:
        query = query.where(after(places, after_values))
    rows = cx.execute(query.order_by(*order_of(places)).limit(limit))
    return [(row[0], list(row[1:])) for row in rows]


def logged_places(order_by: Sequence[MetricOrder]) -> list[Place]:
    """Return the places of an order of logged models; what lacks a metric comes last.

    Raises:
        InvalidInputError: it names what a logged model does not have.
    """
    places: list[Place] = []
    for order in order_by:
        entity, _, key = order.field_name.partition(".")
        if entity == "metrics" and key:
            value = _latest(key.strip('`"'), order)
            places.append(Place(case((value.is_(None), 1), else_=0)))
            places.append(Place(func.coalesce(value, 0.0), order.ascending))
            continue
        name = key if entity in {"attributes", "attribute"} else order.field_name
        column = _ATTRIBUTES.get(name)
        if column is None:
            raise InvalidInputError(
                f"Invalid order by field name: {order.field_name}.",
                hint=f"Use metrics.NAME or one of {', '.join(sorted(_ATTRIBUTES))}.",
            )
        if column.nullable:
            places.append(Place(case((column.is_(None), 1), else_=0)))
            column = func.coalesce(column, "")
        places.append(Place(column, order.ascending))
    newest = () if order_by else (Place(logged_model.c.created_at, ascending=False),)
    return [*places, *newest, Place(logged_model.c.id, ascending=False)]


def _latest(name: str, order: MetricOrder) -> Any:
    columns = logged_model_metric.c
    query = select(columns.value).where(columns.model_id == logged_model.c.id, columns.name == name)
    if order.dataset_name:
        query = query.where(columns.dataset_name == order.dataset_name)
    if order.dataset_digest:
        query = query.where(columns.dataset_digest == order.dataset_digest)
    newest = query.order_by(columns.time.desc(), columns.step.desc(), columns.run_id.desc())
    return newest.limit(1).correlate(logged_model).scalar_subquery()


def _condition(
    cx: Connection, text: str | None, datasets: Sequence[DatasetFilter]
) -> ColumnElement[bool]:
    on_datasets = [_on_dataset(one) for one in datasets]
    found: list[ColumnElement[bool]] = []
    measured = False
    for clause in parse_clauses(text):
        if clause.entity == "metrics":
            measured = True
            found.append(_metric(cx, clause, on_datasets))
        elif clause.entity in {"params", "tags"}:
            table = logged_model_param if clause.entity == "params" else logged_model_tag
            found.append(_text(cx, clause, table))
        elif clause.entity in {"", "attributes", "attribute"}:
            found.append(_attribute(cx, clause))
        else:
            raise InvalidInputError(
                f"Invalid entity type: {clause.entity!r}. "
                "Expected one of ['attributes', 'metrics', 'params', 'tags']."
            )
    if on_datasets and not measured:
        of_model = logged_model_metric.c.model_id == logged_model.c.id
        found.append(
            exists(select(logged_model_metric.c.name).where(of_model, any_of(on_datasets)))
        )
    return all_of(found)


def _on_dataset(wanted: DatasetFilter) -> ColumnElement[bool]:
    columns = logged_model_metric.c
    conditions = [columns.dataset_name == wanted.dataset_name]
    if wanted.dataset_digest:
        conditions.append(columns.dataset_digest == wanted.dataset_digest)
    return all_of(conditions)


def _metric(
    cx: Connection, clause: Clause, on_datasets: list[ColumnElement[bool]]
) -> ColumnElement[bool]:
    if clause.comparator not in _NUMBER or not isinstance(clause.value, float):
        raise _refused(clause)
    columns = logged_model_metric.c
    conditions = [
        columns.model_id == logged_model.c.id,
        columns.name == clause.key,
        compare(cx, columns.value, clause.comparator, clause.value),
    ]
    if on_datasets:
        conditions.append(any_of(on_datasets))
    return exists(select(columns.name).where(*conditions))


def _text(cx: Connection, clause: Clause, table: Table) -> ColumnElement[bool]:
    if clause.comparator not in _TEXT:
        raise _refused(clause)
    value = f"{clause.value:g}" if isinstance(clause.value, float) else clause.value
    return exists(
        select(table.c.name).where(
            table.c.model_id == logged_model.c.id,
            table.c.name == clause.key,
            compare(cx, table.c.value, clause.comparator, value),
        )
    )


def _attribute(cx: Connection, clause: Clause) -> ColumnElement[bool]:
    column = _ATTRIBUTES.get(clause.key)
    if column is None:
        raise InvalidInputError(
            f"Invalid attribute: {clause.key!r}.",
            hint=f"Use one of {', '.join(sorted(_ATTRIBUTES))}.",
        )
    if any(column is time for time in _TIMES):
        if clause.comparator not in _NUMBER or not isinstance(clause.value, float):
            raise _refused(clause)
        return compare(cx, column, clause.comparator, clause.value)
    if clause.comparator not in _TEXT or isinstance(clause.value, float):
        raise _refused(clause)
    value = clause.value
    if column is logged_model.c.status and isinstance(value, str):
        value = value.lower()
    return compare(cx, column, clause.comparator, value)


def _refused(clause: Clause) -> InvalidInputError:
    shown = f"{clause.entity}.{clause.key}" if clause.entity else f"attributes.{clause.key}"
    return InvalidInputError(
        f"Invalid comparison operator for {shown}: {clause.comparator!r}.",
        hint="Numbers take = != < <= > >=; texts take = != LIKE ILIKE IN.",
    )
