"""Owns searching experiments as MLflow's clients ask: filter, order, and what each may name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select

from mlops_lab.core.clauses import Clause, parse_clauses, parse_order
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.store.like import ilike, like
from mlops_lab.store.tables import experiment, experiment_tag

_TEXTS = {"name": experiment.c.name}
_TIMES = {
    "creation_time": experiment.c.created_at,
    "last_update_time": experiment.c.updated_at,
}
_ORDERED = {**_TEXTS, **_TIMES, "experiment_id": experiment.c.id}
_ATTRIBUTES = ("", "attribute", "attributes", "attr")
_TAGS = ("tag", "tags")


def experiment_conditions(text: str, *, dialect: str) -> list[ColumnElement[bool]]:
    """Return the conditions that a filter such as ``name LIKE 'a%' AND tags.k = 'v'`` means.

    Raises:
        InvalidInputError: it cannot be read, or names what experiments do not have.
    """
    return [_condition(clause, dialect) for clause in parse_clauses(text)]


def experiment_order(order_by: Sequence[str]) -> list[ColumnElement[Any]]:
    """Return the columns to sort by; the newest comes first unless something else is asked for.

    Raises:
        InvalidInputError: a clause cannot be read, or names what experiments are not sorted by.
    """
    order: list[ColumnElement[Any]] = []
    for text in order_by or ("creation_time DESC", "experiment_id ASC"):
        asked = parse_order(text)
        if asked.entity not in _ATTRIBUTES:
            raise InvalidInputError(f"Invalid order_by entity: {asked.entity}")
        column = _named(_ORDERED, asked.key)
        order.append(column.asc() if asked.ascending else column.desc())
    return [*order, experiment.c.id.desc()]


def _named(known: Mapping[str, ColumnElement[Any]], key: str) -> ColumnElement[Any]:
    if key not in known:
        raise InvalidInputError(
            f"Invalid attribute key '{key}' specified. Valid keys are '{sorted(known)}'"
        )
    return known[key]


def _condition(clause: Clause, dialect: str) -> ColumnElement[bool]:
    if clause.entity in _TAGS:
        return _tag_condition(clause, dialect)
    if clause.entity not in _ATTRIBUTES:
        raise InvalidInputError(
            f"Invalid entity type '{clause.entity}'. "
            "Valid entity types are ('attribute', 'tag', 'tags')"
        )
    if clause.key in _TIMES:
        return _number_condition(_TIMES[clause.key], clause)
    _named({**_TEXTS, **_TIMES}, clause.key)
    return _text_condition(_TEXTS[clause.key], clause, dialect, "string attribute")


def _tag_condition(clause: Clause, dialect: str) -> ColumnElement[bool]:
    of_tag = and_(
        experiment_tag.c.experiment_id == experiment.c.id, experiment_tag.c.name == clause.key
    )
    if clause.comparator == "IS NULL":
        return ~exists(select(experiment_tag.c.name).where(of_tag))
    if clause.comparator == "IS NOT NULL":
        return exists(select(experiment_tag.c.name).where(of_tag))
    matches = _text_condition(experiment_tag.c.value, clause, dialect, "tag")
    return exists(select(experiment_tag.c.name).where(of_tag, matches))


def _text_condition(
    column: ColumnElement[Any], clause: Clause, dialect: str, kind: str
) -> ColumnElement[bool]:
    value = clause.value
    if clause.comparator not in ("=", "!=", "LIKE", "ILIKE"):
        raise InvalidInputError(f"Invalid comparator for {kind}: {clause.comparator}")
    if not isinstance(value, str):
        raise InvalidInputError(
            f"Expected a quoted string value for {clause.key} (e.g. 'my-value'). Got value {value}"
        )
    if clause.comparator == "=":
        return column == value
    if clause.comparator == "!=":
        return column != value
    return (like if clause.comparator == "LIKE" else ilike)(column, value, dialect=dialect)


def _number_condition(column: ColumnElement[Any], clause: Clause) -> ColumnElement[bool]:
    if clause.comparator not in ("=", "!=", "<", "<=", ">", ">="):
        raise InvalidInputError(f"Invalid comparator for numeric attribute: {clause.comparator}")
    try:
        number = float(clause.value)  # type: ignore[arg-type]  # what is no number is refused
    except (TypeError, ValueError):
        raise InvalidInputError(
            f"Expected numeric value for attribute: {clause.key}. Found {clause.value}"
        ) from None
    compared: ColumnElement[bool] = column.op(clause.comparator, is_comparison=True)(number)
    return compared
