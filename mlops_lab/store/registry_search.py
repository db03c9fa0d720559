"""Owns how filters and orders of the registry become conditions and places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, exists, select

from mlops_lab.core.clauses import Clause, OrderBy, parse_clauses, parse_order
from mlops_lab.core.errors import InvalidInputError

from .comparing import all_of, compare
from .keyset import Place
from .registry_tables import (
    model_version,
    model_version_tag,
    registered_model,
    registered_model_tag,
)

PROMPT_TAG = "mlflow.prompt.is_prompt"
"""MLflow keeps prompts among the models; lists leave them out unless a filter asks for them."""

_TEXT = frozenset({"=", "!=", "LIKE", "ILIKE"})
_NUMBER = frozenset({"=", "!=", ">", ">=", "<", "<="})
_TAG_WORDS = frozenset({"tag", "tags"})
_OWN_WORDS = frozenset({"", "attribute", "attributes", "attr"})

_MODEL_COLUMNS: Mapping[str, ColumnElement[Any]] = {"name": registered_model.c.name}
_VERSION_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "name": registered_model.c.name,
    "version_number": model_version.c.number,
    "run_id": model_version.c.run_id,
    "source_path": model_version.c.source,
}
_MODEL_ORDER: Mapping[str, tuple[ColumnElement[Any], str]] = {
    "name": (registered_model.c.name, "name"),
    "creation_timestamp": (registered_model.c.created_at, "created_at"),
    "last_updated_timestamp": (registered_model.c.updated_at, "updated_at"),
    "timestamp": (registered_model.c.updated_at, "updated_at"),
}
_VERSION_ORDER: Mapping[str, tuple[ColumnElement[Any], str]] = {
    "name": (registered_model.c.name, "name"),
    "version_number": (model_version.c.number, "version"),
    "creation_timestamp": (model_version.c.created_at, "created_at"),
    "last_updated_timestamp": (model_version.c.updated_at, "updated_at"),
}


def model_condition(cx: Connection, text: str | None) -> ColumnElement[bool]:
    """Return what a filter of registered models asks.

    Raises:
        InvalidInputError: it cannot be read, or names what a model does not have.
    """
    of_model = registered_model_tag.c.model_id == registered_model.c.id
    return _condition(cx, text, columns=_MODEL_COLUMNS, tags=registered_model_tag, tag_of=of_model)


def version_condition(cx: Connection, text: str | None) -> ColumnElement[bool]:
    """Return what a filter of model versions asks.

    Raises:
        InvalidInputError: it cannot be read, or names what a version does not have.
    """
    of_version = and_(
        model_version_tag.c.model_id == model_version.c.model_id,
        model_version_tag.c.number == model_version.c.number,
    )
    return _condition(cx, text, columns=_VERSION_COLUMNS, tags=model_version_tag, tag_of=of_version)


def model_places(order_by: Sequence[str]) -> tuple[list[Place], list[str]]:
    """Return the places of an order of registered models, and the fields that they are read from.

    Raises:
        InvalidInputError: it names a column twice, or one that a model does not have.
    """
    return _places(order_by, known=_MODEL_ORDER, last=(("name", True),))


def version_places(order_by: Sequence[str]) -> tuple[list[Place], list[str]]:
    """Return the places of an order of model versions, and the fields that they are read from.

    Raises:
        InvalidInputError: it names a column twice, or one that a version does not have.
    """
    newest = () if order_by else (("last_updated_timestamp", False),)
    last = (*newest, ("name", True), ("version_number", False))
    return _places(order_by, known=_VERSION_ORDER, last=last)


def _condition(
    cx: Connection,
    text: str | None,
    *,
    columns: Mapping[str, ColumnElement[Any]],
    tags: Table,
    tag_of: ColumnElement[bool],
) -> ColumnElement[bool]:
    found: list[ColumnElement[bool]] = []
    prompts = False
    for clause in parse_clauses(text):
        if clause.entity.lower() in _TAG_WORDS:
            if clause.key == PROMPT_TAG and clause.comparator in {"=", "!="}:
                prompts = (clause.value == "true") == (clause.comparator == "=")
                continue
            found.append(_has_tag(cx, clause, tags=tags, tag_of=tag_of))
        else:
            found.append(_attribute(cx, clause, columns))
    is_prompt = exists(
        select(tags.c.name).where(tag_of, tags.c.name == PROMPT_TAG, tags.c.value == "true")
    )
    return all_of([*found, is_prompt if prompts else ~is_prompt])


def _attribute(
    cx: Connection, clause: Clause, columns: Mapping[str, ColumnElement[Any]]
) -> ColumnElement[bool]:
    column = columns.get(clause.key)
    if column is None or clause.entity.lower() not in _OWN_WORDS:
        raise InvalidInputError(
            f"Invalid attribute key '{clause.key}' specified. Valid keys are '{sorted(columns)}'."
        )
    if column is model_version.c.number:
        if clause.comparator not in _NUMBER or not isinstance(clause.value, float):
            raise InvalidInputError(
                f"Invalid comparator for attribute {clause.key}: {clause.comparator}",
                hint="A version number is compared with a number.",
            )
        return compare(cx, column, clause.comparator, clause.value)
    allowed = _TEXT | {"IN"} if clause.key == "run_id" else _TEXT
    if clause.comparator not in allowed:
        raise InvalidInputError(f"Invalid comparator for attribute: {clause.comparator}")
    if isinstance(clause.value, float):
        raise InvalidInputError(
            "Parameter value is either not quoted or unidentified quote types used for string "
            f"value {clause.value:g}. Use either single or double quotes."
        )
    return compare(cx, column, clause.comparator, clause.value)


def _has_tag(
    cx: Connection, clause: Clause, *, tags: Table, tag_of: ColumnElement[bool]
) -> ColumnElement[bool]:
    if clause.comparator not in _TEXT or not isinstance(clause.value, str):
        raise InvalidInputError(f"Invalid comparator for tag: {clause.comparator}")
    meets = compare(cx, tags.c.value, clause.comparator, clause.value)
    return exists(select(tags.c.name).where(tag_of, tags.c.name == clause.key, meets))


def _places(
    order_by: Sequence[str],
    *,
    known: Mapping[str, tuple[ColumnElement[Any], str]],
    last: Sequence[tuple[str, bool]],
) -> tuple[list[Place], list[str]]:
    wanted = [_checked(parse_order(text), known) for text in order_by]
    places: dict[str, Place] = {}
    for key, ascending in wanted:
        column, field = known[key]
        if field in places:
            raise InvalidInputError(f"`order_by` contains duplicate fields: {list(order_by)}")
        places[field] = Place(column, ascending)
    for key, ascending in last:
        column, field = known[key]
        places.setdefault(field, Place(column, ascending))
    return list(places.values()), list(places)


def _checked(order: OrderBy, known: Mapping[str, Any]) -> tuple[str, bool]:
    if order.entity.lower() not in _OWN_WORDS or order.key not in known:
        raise InvalidInputError(
            f"Invalid order by key '{order.key}' specified. Valid keys are '{sorted(known)}'."
        )
    return order.key, order.ascending
