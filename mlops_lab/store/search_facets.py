"""Owns which values a field has among the runs of a search, and names for completion."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select

from mlops_lab.core.literals import plain_value
from mlops_lab.core.query import Field, Kind

from .capture_tables import entry
from .like import ByBytes, begins
from .search import COLUMNS, among
from .search_lists import Plan
from .tables import experiment, key, param, run, series, tag

MAX_FACETED = 10_000
"""Among so many of the newest runs values are counted, where a filter leaves more."""

MAX_USES = 1_000
"""How far the uses of a name are counted: it is for an order by use."""

_MAX_NAMES = 2_000
FACETED = ("user", "status", "experiment", "notebook", "source")


class Counted(msgspec.Struct, frozen=True):
    """Values with how many runs have each, the most frequent first."""

    values: list[tuple[str | None, int]]
    is_exact: bool


def count_values(cx: Connection, field: Field, planned: Plan, *, limit: int) -> Counted:
    """Return the most frequent values of a field; None stands for runs that have none.

    Counts are exact in a small store, and in a search that finds few runs; else they are those
    among the newest ``MAX_FACETED`` runs.
    """
    value = _value_of(field, planned.known.keys.get(field.name, -1))
    asked = planned.asked
    is_exact = True
    if asked.driver is not None:
        rows = select(value.label("value")).where(among(asked.driver))
        if asked.condition is not None:
            rows = rows.where(asked.condition)
    else:
        newest = select(run.c.seq).order_by(run.c.started_at.desc())
        some = newest.limit(MAX_FACETED + 1).correlate(None).subquery()
        reached = cx.execute(select(func.count()).select_from(some)).scalar_one()
        rows = select(value.label("value"))
        if reached > MAX_FACETED:
            is_exact = False
            rows = rows.where(run.c.seq.in_(select(some.c.seq)))
        if asked.condition is not None:
            rows = rows.where(asked.condition)
    found = rows.select_from(run).subquery()
    times = func.count().label("times")
    query = select(found.c.value, times).group_by(found.c.value)
    query = query.order_by(times.desc(), ByBytes(found.c.value)).limit(limit)
    show = plain_value if field.kind == "param" else str
    return Counted(
        [(None if text is None else show(text), count) for text, count in cx.execute(query)],
        is_exact,
    )


def _value_of(field: Field, key_id: int) -> ColumnElement[Any]:
    if field.kind == "attribute" and field.name == "experiment":
        name = select(experiment.c.name).where(experiment.c.id == run.c.experiment_id)
        return name.correlate(run).scalar_subquery()
    if field.kind == "attribute":
        return COLUMNS[field.name]
    table = (tag if field.kind == "tag" else param).alias()
    held = select(table.c.value).where(table.c.run_seq == run.c.seq, table.c.key_id == key_id)
    return held.correlate(run).scalar_subquery()


def find_names(cx: Connection, kind: Kind, prefix: str, *, limit: int) -> list[tuple[str, int]]:
    """Return names that begin so, with how many runs use each (no more than ``MAX_USES``)."""
    if kind == "captured":
        return _columns_of_data(cx, prefix, limit=limit)
    table: Any = {"metric": series, "param": param, "tag": tag}[kind]
    uses: Select[Any] = select(literal_column("1").label("one")).where(table.c.key_id == key.c.id)
    counted = select(func.count()).select_from(uses.limit(MAX_USES).correlate(key).subquery())
    times = counted.correlate(key).scalar_subquery().label("times")
    is_meant = begins(key.c.name, prefix, dialect=cx.dialect.name)
    named = select(key.c.name, times).where(is_meant).limit(_MAX_NAMES)
    found = [(name, int(count)) for name, count in cx.execute(named) if count]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]


def _columns_of_data(cx: Connection, prefix: str, *, limit: int) -> list[tuple[str, int]]:
    times = func.count().label("times")
    query = (
        select(entry.c.name, times)
        .where(
            entry.c.field == "data.column", begins(entry.c.name, prefix, dialect=cx.dialect.name)
        )
        .group_by(entry.c.name)
        .order_by(times.desc(), ByBytes(entry.c.name))
        .limit(limit)
    )
    return [(name, int(count)) for name, count in cx.execute(query)]
