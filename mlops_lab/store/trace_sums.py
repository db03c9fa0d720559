"""Owns sums over traces, their spans and what was judged of them, grouped by the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    case,
    cast,
    distinct,
    exists,
    func,
    select,
)
from sqlalchemy.types import Float

from mlops_lab.core.clauses import Clause, parse_clauses
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.traces import TRACE_NAME, TRACE_SESSION, TRACE_TOKENS
from mlops_lab.core.tracesums import TIME_BUCKET, Aggregation, TraceQuestion, TraceSum

from .rows import storable
from .trace_tables import assessment, span, trace, trace_note, trace_tag

_COUNTED = frozenset({"COUNT"})
_TIMED = frozenset({"AVG", "MIN", "MAX", "PERCENTILE"})
_SUMMED = _TIMED | {"SUM"}
_NUMBER = r"^-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?$"
_QUOTED = re.compile(r"^\s*trace\.(tag|metadata)\.([`\"])(.+?)\2")
_NS = 1_000_000


class _Metric(msgspec.Struct, frozen=True):
    """A metric of a view: its column, how it may be summed, and by what."""

    column: Callable[[Connection], ColumnElement[Any]]
    kinds: frozenset[str]
    dimensions: tuple[str, ...]


def _tokens(name: str) -> _Metric:
    return _Metric(lambda cx: _token(cx, name), _SUMMED, ("trace_name",))


def _token(cx: Connection, name: str) -> ColumnElement[Any]:
    """Return a count of tokens; NULL where the note is missing or is no JSON."""
    text = _text_of(trace_note, TRACE_TOKENS)
    if cx.dialect.name == "postgresql":
        found = func.substring(text, f'"{name}": *([0-9]{{1,15}})')
        return cast(found, Float)
    return case((func.json_valid(text) == 1, func.json_extract(text, f"$.{name}")))


def _judgement(cx: Connection) -> ColumnElement[Any]:
    """Return the value of an assessment as a number; NULL where it is none."""
    text = assessment.c.value
    if cx.dialect.name == "postgresql":
        number = case((text.op("~")(_NUMBER), cast(text, Float)))
    else:
        kind = func.json_type(case((func.json_valid(text) == 1, text)))
        number = case((kind.in_(("integer", "real")), cast(text, Float)))
    return case((text.in_(("true", "yes")), 1.0), (text.in_(("false", "no")), 0.0), else_=number)


def _text_of(table: Any, name: str) -> Any:
    query = select(table.c.value).where(table.c.trace_id == trace.c.id, table.c.name == name)
    return query.correlate(trace).scalar_subquery()


_SPAN_TIME = (span.c.ended_ns - span.c.started_ns) // _NS
_NAMED = ("trace_name",)
_METRICS: Mapping[str, Mapping[str, _Metric]] = {
    "TRACES": {
        "trace_count": _Metric(lambda _: trace.c.id, _COUNTED, ("trace_name", "trace_status")),
        "session_count": _Metric(lambda _: _text_of(trace_note, TRACE_SESSION), _COUNTED, ()),
        "latency": _Metric(lambda _: trace.c.duration_ms, _TIMED, _NAMED),
        "input_tokens": _tokens("input_tokens"),
        "output_tokens": _tokens("output_tokens"),
        "total_tokens": _tokens("total_tokens"),
        "cache_read_input_tokens": _tokens("cache_read_input_tokens"),
        "cache_creation_input_tokens": _tokens("cache_creation_input_tokens"),
    },
    "SPANS": {
        "span_count": _Metric(
            lambda _: span.c.id, _COUNTED, ("span_name", "span_type", "span_status")
        ),
        "latency": _Metric(lambda _: _SPAN_TIME, _TIMED, ("span_name", "span_status")),
    },
    "ASSESSMENTS": {
        "assessment_count": _Metric(
            lambda _: assessment.c.id, _COUNTED, ("assessment_name", "assessment_value")
        ),
        "assessment_value": _Metric(_judgement, _TIMED, ("assessment_name",)),
    },
}
_DIMENSIONS: Mapping[str, ColumnElement[Any]] = {
    "trace_name": _text_of(trace_tag, TRACE_NAME),
    "trace_status": trace.c.state,
    "span_name": span.c.name,
    "span_type": span.c.type,
    "span_status": span.c.status,
    "assessment_name": assessment.c.name,
    "assessment_value": assessment.c.value,
}
_FROM: Mapping[str, FromClause] = {
    "TRACES": trace,
    "SPANS": trace.join(span, span.c.trace_id == trace.c.id),
    "ASSESSMENTS": trace.join(assessment, assessment.c.trace_id == trace.c.id),
}
_FILTERED: Mapping[str, ColumnElement[Any]] = {
    "trace.status": trace.c.state,
    "span.name": span.c.name,
    "span.type": span.c.type,
    "span.status": span.c.status,
    "assessment.name": assessment.c.name,
    "assessment.type": assessment.c.kind,
}


def sum_traces(cx: Connection, asked: TraceQuestion) -> list[TraceSum]:
    """Return the groups of what is asked, by time and then by their dimensions.

    What has no value, or of which a dimension is unknown, is left out.

    Raises:
        InvalidInputError: the metric, an aggregation, a dimension or a filter is not known.
    """
    metric = _metric_of(asked)
    groups = {name: _DIMENSIONS[name] for name in asked.dimensions}
    if asked.bucket_ms:
        groups = {TIME_BUCKET: _bucket(asked.view, asked.bucket_ms), **groups}
    values = _values(cx, asked, metric=metric, groups=groups)
    by = [values.c[name] for name in groups]
    sums = [_summed(values, one, asked.metric).label(one.name) for one in asked.aggregations]
    query = select(*by, *sums).group_by(*by).order_by(*by).limit(asked.limit)
    found: list[TraceSum] = []
    for row in cx.execute(query):
        named = {
            one.name: float(value)
            for one, value in zip(asked.aggregations, row[len(by) :], strict=True)
            if value is not None
        }
        if named:
            found.append(TraceSum(dict(zip(groups, row[: len(by)], strict=True)), named))
    return found


def _metric_of(asked: TraceQuestion) -> _Metric:
    known = _METRICS[asked.view]
    metric = known.get(asked.metric)
    if metric is None:
        raise InvalidInputError(
            f"metric_name must be one of {list(known)}, got '{asked.metric[:80]}'"
        )
    if wrong := sorted({one.kind for one in asked.aggregations} - metric.kinds):
        raise InvalidInputError(
            f"Found invalid aggregation_type(s): {wrong}. "
            f"Supported aggregation types: {sorted(metric.kinds)}"
        )
    if lost := sorted(set(asked.dimensions) - set(metric.dimensions)):
        raise InvalidInputError(
            f"Found invalid dimension(s): {lost}. Supported dimensions: {sorted(metric.dimensions)}"
        )
    return metric


def _values(
    cx: Connection,
    asked: TraceQuestion,
    *,
    metric: _Metric,
    groups: Mapping[str, ColumnElement[Any]],
) -> FromClause:
    """Return a query with each value, its groups, and its place among the values of its group."""
    where: list[ColumnElement[bool]] = [trace.c.experiment_id.in_(asked.experiment_ids)]
    where += [_filter(asked.view, text) for text in asked.filters]
    where += [] if asked.begin is None else [trace.c.started_at >= asked.begin]
    where += [] if asked.end is None else [trace.c.started_at <= asked.end]
    held = [metric.column(cx).label("held"), *(made.label(name) for name, made in groups.items())]
    plain = select(*held).select_from(_FROM[asked.view]).where(*where).subquery()
    known = [plain.c[name].is_not(None) for name in ("held", *groups)]
    by = [plain.c[name] for name in groups]
    place = func.row_number().over(partition_by=by, order_by=plain.c.held) - 1
    last = func.count().over(partition_by=by) - 1
    ranked = select(*by, plain.c.held, place.label("place"), last.label("last"))
    return ranked.where(*known).subquery()


def _summed(values: FromClause, asked: Aggregation, metric: str) -> ColumnElement[Any]:
    held = values.c.held
    if asked.kind == "COUNT":
        return func.count(distinct(held) if metric == "session_count" else held)
    if asked.percent is None:
        summed: ColumnElement[Any] = getattr(func, asked.kind.lower())(held)
        return summed
    # Between the two nearest values: each counts by how near it is to the place that is asked.
    far = func.abs(values.c.place - values.c.last * (asked.percent / 100))
    return func.sum(case((far < 1, held * (1 - far)), else_=0.0))


def _bucket(view: str, size: int) -> ColumnElement[Any]:
    moment = span.c.started_ns // _NS if view == "SPANS" else trace.c.started_at
    return moment - moment % size


def _filter(view: str, text: str) -> ColumnElement[bool]:
    clauses = parse_clauses(_QUOTED.sub(r"trace.\2\1.\3\2", text))
    if len(clauses) != 1:
        raise InvalidInputError(f"Invalid filter: '{text[:200]}'. Expected one filter clause.")
    clause = clauses[0]
    value = clause.value
    if clause.comparator != "=" or not isinstance(value, str):
        raise InvalidInputError(
            f"Invalid filter: '{text[:200]}'. Only '=' with a quoted value is supported."
        )
    return _meets(view, clause, storable(value))


def _meets(view: str, clause: Clause, value: str) -> ColumnElement[bool]:
    entity, key = clause.entity, clause.key
    for word, table in (("tag.", trace_tag), ("metadata.", trace_note)):
        if entity == "trace" and key.startswith(word):
            named = and_(table.c.trace_id == trace.c.id, table.c.name == key.removeprefix(word))
            return exists(select(table.c.name).where(named, table.c.value == value))
    column = _FILTERED.get(f"{entity}.{key}")
    of_view = {"trace": "TRACES", "span": "SPANS", "assessment": "ASSESSMENTS"}.get(entity)
    if column is None or (entity != "trace" and of_view != view):
        raise InvalidInputError(
            f"Invalid filter of {view}: '{entity}.{key[:80]}'.",
            hint="Known are trace.tag.NAME, trace.metadata.NAME, and of their view "
            + ", ".join(sorted(_FILTERED)),
        )
    met: ColumnElement[bool] = column == (
        value.lower() if key == "type" and entity[0] == "a" else value
    )
    return met
