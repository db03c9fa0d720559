"""Owns how traces are found: filters on what they are, their tags, spans and assessments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, exists, func, not_, select

from mlops_lab.core.clauses import Clause, parse_clauses, parse_order
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.traces import SOURCE_RUN, TRACE_NAME

from .comparing import all_of, any_of, compare
from .keyset import Place, Scalar, after, order_of
from .trace_tables import assessment, span, trace, trace_note, trace_run, trace_tag

_ENDED = trace.c.started_at + func.coalesce(trace.c.duration_ms, 0)
_NUMBERS: Mapping[str, ColumnElement[Any]] = {
    "timestamp": trace.c.started_at,
    "timestamp_ms": trace.c.started_at,
    "request_time": trace.c.started_at,
    "execution_time": trace.c.duration_ms,
    "execution_time_ms": trace.c.duration_ms,
    "execution_duration": trace.c.duration_ms,
    "end_time": _ENDED,
    "end_time_ms": _ENDED,
}
_TEXTS: Mapping[str, ColumnElement[Any]] = {
    "request_id": trace.c.id,
    "trace_id": trace.c.id,
    "client_request_id": trace.c.client_request_id,
    "status": trace.c.state,
    "state": trace.c.state,
    "experiment_id": trace.c.experiment_id,
}
_COMPARED = frozenset({"=", "!=", "LIKE", "ILIKE", "IN", "NOT IN"})
_ORDERED = frozenset({"=", "!=", ">", ">=", "<", "<="})
_PLAIN = frozenset({"", "attribute", "attributes", "trace"})
_NOTES = frozenset({"metadata", "request_metadata"})
_TAGS = frozenset({"tag", "tags"})
_SPAN: Mapping[str, ColumnElement[Any]] = {
    "name": span.c.name,
    "type": span.c.type,
    "status": span.c.status,
    "content": span.c.content,
}


def page_traces(
    cx: Connection,
    *,
    experiment_ids: Sequence[str],
    text: str | None,
    places: Sequence[Place],
    after_values: Sequence[Scalar] | None,
    limit: int,
) -> list[tuple[str, list[Scalar]]]:
    """Return ids of traces with their values at the places, in that order.

    Raises:
        InvalidInputError: the filter cannot be read, or names what a trace does not have.
    """
    shown = [place.column.label(f"place_{index}") for index, place in enumerate(places)]
    query = select(trace.c.id, *shown).where(
        trace.c.experiment_id.in_(experiment_ids), condition_of(cx, text)
    )
    if after_values is not None:
        query = query.where(after(places, after_values))
    rows = cx.execute(query.order_by(*order_of(places)).limit(limit))
    return [(row[0], list(row[1:])) for row in rows]


def trace_places(order_by: Sequence[str]) -> list[Place]:
    """Return the places of an order of traces.

    Raises:
        InvalidInputError: it names what traces are not ordered by.
    """
    places: list[Place] = []
    for text in order_by:
        order = parse_order(text)
        if order.entity in _PLAIN and order.key in _NUMBERS:
            column = func.coalesce(_NUMBERS[order.key], 0)
        elif order.entity in _PLAIN and order.key in _TEXTS:
            column = func.coalesce(_TEXTS[order.key], "")
        elif order.entity in _PLAIN and order.key in {"name", "run_id"}:
            table, name = _named(order.key)
            column = func.coalesce(_text_of(table, name), "")
        elif order.entity in _TAGS | _NOTES:
            column = func.coalesce(
                _text_of(trace_tag if order.entity in _TAGS else trace_note, order.key), ""
            )
        else:
            raise InvalidInputError(
                f"Invalid order by key '{text}' specified.",
                hint=f"Valid keys are {', '.join(sorted({*_NUMBERS, *_TEXTS, 'name', 'run_id'}))}.",
            )
        places.append(Place(column, order.ascending))
    newest = () if order_by else (Place(trace.c.started_at, ascending=False),)
    return [*places, *newest, Place(trace.c.id)]


def count_traces(cx: Connection, experiment_ids: Sequence[str], *texts: str | None) -> int:
    """Return how many traces all of the filters meet.

    Raises:
        InvalidInputError: a filter cannot be read.
    """
    met = [condition_of(cx, text) for text in texts]
    query = select(func.count()).select_from(trace)
    found = cx.execute(query.where(trace.c.experiment_id.in_(experiment_ids), *met))
    return int(found.scalar_one())


def condition_of(cx: Connection, text: str | None) -> ColumnElement[bool]:
    """Return what a filter of traces asks.

    Raises:
        InvalidInputError: it cannot be read, or names what a trace does not have.
    """
    return all_of([_clause(cx, clause) for clause in parse_clauses(text)])


def _clause(cx: Connection, clause: Clause) -> ColumnElement[bool]:
    entity = clause.entity
    if entity in _TAGS:
        return _has_text(cx, clause, trace_tag, clause.key)
    if entity in _NOTES:
        return _has_text(cx, clause, trace_note, clause.key)
    if entity == "span":
        return _span(cx, clause)
    if entity in {"feedback", "expectation"}:
        return _judged(cx, clause)
    if entity in _PLAIN:
        return _attribute(cx, clause)
    raise InvalidInputError(
        f"Invalid entity type '{entity}' in filter string.",
        hint="Use attributes, tags, metadata, span, feedback or expectation.",
    )


def _attribute(cx: Connection, clause: Clause) -> ColumnElement[bool]:
    key = clause.key
    if key in _NUMBERS:
        if clause.comparator not in _ORDERED or not isinstance(clause.value, float):
            raise _refused(clause)
        return compare(cx, _NUMBERS[key], clause.comparator, clause.value)
    if key == "run_id":
        linked = exists(
            select(trace_run.c.run_id).where(
                trace_run.c.trace_id == trace.c.id,
                compare(cx, trace_run.c.run_id, clause.comparator, clause.value),
            )
        )
        return any_of([linked, _has_text(cx, clause, *_named(key))])
    if key in {"name", "prompt"}:
        return _has_text(cx, clause, *_named(key))
    if key == "text":
        return _anywhere(cx, clause)
    if key not in _TEXTS:
        raise InvalidInputError(
            f"Invalid attribute key '{key}' specified.",
            hint=f"Valid keys are {', '.join(sorted({*_NUMBERS, *_TEXTS, 'name', 'run_id', 'text'}))}.",
        )
    if clause.comparator not in _COMPARED or isinstance(clause.value, float):
        raise _refused(clause)
    return compare(cx, _TEXTS[key], clause.comparator, clause.value)


def _named(key: str) -> tuple[Table, str]:
    if key == "run_id":
        return trace_note, SOURCE_RUN
    return trace_tag, TRACE_NAME if key == "name" else "mlflow.linkedPrompts"


def _text_of(table: Table, name: str) -> Any:
    query = select(table.c.value).where(table.c.trace_id == trace.c.id, table.c.name == name)
    return query.correlate(trace).scalar_subquery()


def _has_text(cx: Connection, clause: Clause, table: Table, name: str) -> ColumnElement[bool]:
    has = [table.c.trace_id == trace.c.id, table.c.name == name]
    if clause.comparator == "IS NULL":
        return not_(exists(select(table.c.name).where(*has)))
    if clause.comparator == "IS NOT NULL":
        return exists(select(table.c.name).where(*has))
    if clause.comparator not in _COMPARED or isinstance(clause.value, float):
        raise _refused(clause)
    meets = compare(cx, table.c.value, clause.comparator, clause.value)
    return exists(select(table.c.name).where(*has, meets))


def _span(cx: Connection, clause: Clause) -> ColumnElement[bool]:
    if clause.comparator not in _COMPARED or isinstance(clause.value, float | None):
        raise _refused(clause)
    value = clause.value
    if clause.key in _SPAN:
        meets = compare(cx, _SPAN[clause.key], clause.comparator, value)
    elif clause.key.startswith("attributes.") and isinstance(value, str):
        meets = _span_attribute(cx, clause, value)
    else:
        raise InvalidInputError(
            f"Invalid span attribute '{clause.key}'.",
            hint="Use name, type, status, content or attributes.NAME.",
        )
    return exists(select(span.c.id).where(span.c.trace_id == trace.c.id, meets))


def _span_attribute(cx: Connection, clause: Clause, value: str) -> ColumnElement[bool]:
    # The JSON of a span has its attributes as texts that are JSON themselves.
    key = msgspec.json.encode(clause.key.removeprefix("attributes.")).decode()
    if clause.comparator in {"=", "!="}:
        held = msgspec.json.encode(msgspec.json.encode(value).decode()).decode()
        find = func.strpos if cx.dialect.name == "postgresql" else func.instr
        met: ColumnElement[bool] = find(span.c.content, f"{key}:{held}") > 0
        return met if clause.comparator == "=" else not_(met)
    return compare(cx, span.c.content, clause.comparator, f'%{key}:"\\"{value}\\""%')


def _judged(cx: Connection, clause: Clause) -> ColumnElement[bool]:
    has = [
        assessment.c.trace_id == trace.c.id,
        assessment.c.kind == clause.entity,
        assessment.c.name == clause.key,
        assessment.c.valid.is_(True),
    ]
    found = select(assessment.c.id).where(*has)
    if clause.comparator == "IS NULL":
        return not_(exists(found))
    if clause.comparator == "IS NOT NULL":
        return exists(found)
    if clause.comparator not in _COMPARED:
        raise _refused(clause)
    value = clause.value
    text = f"{value:g}" if isinstance(value, float) else value
    return exists(found.where(compare(cx, assessment.c.value, clause.comparator, text)))


def _anywhere(cx: Connection, clause: Clause) -> ColumnElement[bool]:
    if clause.comparator not in {"LIKE", "ILIKE"} or not isinstance(clause.value, str):
        raise _refused(clause)
    meets = compare(cx, span.c.content, clause.comparator, clause.value)
    return exists(select(span.c.id).where(span.c.trace_id == trace.c.id, meets))


def _refused(clause: Clause) -> InvalidInputError:
    shown = f"{clause.entity}.{clause.key}" if clause.entity else clause.key
    return InvalidInputError(
        f"Invalid comparator '{clause.comparator}' for '{shown}'.",
        hint="Numbers take = != < <= > >=; texts take = != LIKE ILIKE IN.",
    )
