"""Owns which values a field has among the runs of a search, and names for completion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, select, true

from mlops_lab.core.clock import Millis
from mlops_lab.core.literals import plain_value
from mlops_lab.core.query import FacetOrder, Field, Kind

from .capture_tables import entry
from .like import ByBytes, begins, holds
from .rows import pieces
from .search import COLUMNS, among
from .search_axes import count_upto
from .search_lists import Plan
from .tables import experiment, key, param, run, series, tag

MAX_FACETED = 10_000
"""Among so many of the newest runs values are counted, where a filter leaves more."""

MAX_USES = 1_000
"""How far the uses of a name are counted: it is for an order by use."""

_MAX_NAMES = 2_000
MAX_GROUPED = 500_000
"""So many runs are grouped by what they themselves have, where nothing is filtered."""

_EXPERIMENT = Field("attribute", "experiment")
FACETED = ("user", "status", "experiment", "notebook", "source")


class Group(NamedTuple):
    """A value, how many runs have it, and when the newest of them began."""

    value: str | None
    runs: int
    last_started_at: Millis


class Counted(msgspec.Struct, frozen=True):
    """Groups of runs that are alike in a field, and how many groups there are in all."""

    groups: list[Group]
    total: int
    is_exact: bool


def count_values(
    cx: Connection, field: Field, planned: Plan, *, order: FacetOrder, limit: int
) -> Counted:
    """Return the first values of a field in an order; None stands for runs that have none.

    Counts are exact where a search finds few runs, and of what a run itself has while nothing is
    filtered; else they are those among the newest ``MAX_FACETED`` runs.
    """
    value = _value_of(field, planned.known.keys.get(field.name, -1))
    rows, is_exact = _looked_at(cx, select(value.label("value"), run.c.started_at), field, planned)
    found = rows.select_from(run).subquery()
    query = select(found.c.value, func.count(), func.max(found.c.started_at))
    groups = [Group(*row) for row in cx.execute(query.group_by(found.c.value))]
    if field == _EXPERIMENT:
        groups = _named(cx, groups)
    groups.sort(key=_rank(order))
    show = plain_value if field.kind == "param" else str
    shown = [
        one if one.value is None else one._replace(value=show(one.value)) for one in groups[:limit]
    ]
    return Counted(shown, len(groups), is_exact)


def _looked_at(
    cx: Connection, rows: Select[Any], field: Field, planned: Plan
) -> tuple[Select[Any], bool]:
    """Narrow rows of runs to those that are looked at; tell whether these are all that are meant."""
    asked = planned.asked
    if asked.condition is not None:
        rows = rows.where(asked.condition)
    if asked.driver is not None:
        return rows.where(among(asked.driver)), True
    is_own = field.kind == "attribute" and not planned.is_filtered
    most = MAX_GROUPED if is_own else MAX_FACETED
    newest = select(run.c.seq).order_by(run.c.started_at.desc())
    if count_upto(cx, newest, most + 1) <= most:
        return rows, True
    some = newest.limit(most).correlate(None).subquery()
    return rows.where(run.c.seq.in_(select(some.c.seq))), False


def _rank(order: FacetOrder) -> Callable[[Group], tuple[Any, ...]]:
    def by_count(one: Group) -> tuple[Any, ...]:
        return (-one.runs, one.value is not None, (one.value or "").encode())

    def by_time(one: Group) -> tuple[Any, ...]:
        return (-one.last_started_at, *by_count(one))

    return by_time if order == "newest" else by_count


def _named(cx: Connection, groups: Sequence[Group]) -> list[Group]:
    """Return groups of experiments by their names in place of their ids."""
    names: dict[str, str] = {}
    for some in pieces(one.value for one in groups if one.value is not None):
        query = select(experiment.c.id, experiment.c.name).where(experiment.c.id.in_(some))
        names.update((row.id, row.name) for row in cx.execute(query))
    return [one._replace(value=names.get(one.value or "")) for one in groups]


def _value_of(field: Field, key_id: int) -> ColumnElement[Any]:
    if field == _EXPERIMENT:
        return run.c.experiment_id
    if field.kind == "attribute":
        return COLUMNS[field.name]
    table = (tag if field.kind == "tag" else param).alias()
    held = select(table.c.value).where(table.c.run_seq == run.c.seq, table.c.key_id == key_id)
    return held.correlate(run).scalar_subquery()


def find_names(
    cx: Connection, kind: Kind, *, prefix: str, piece: str, limit: int
) -> list[tuple[str, int]]:
    """Return names that begin with ``prefix`` and hold ``piece``, with their uses up to a limit.

    A use is a run that has the name; no more than ``MAX_USES`` are counted.
    """
    if kind == "captured":
        return _columns_of_data(cx, prefix=prefix, piece=piece, limit=limit)
    is_meant = _meant(cx, key.c.name, prefix=prefix, piece=piece)
    named = select(key.c.name, *_uses(kind)).where(is_meant).limit(_MAX_NAMES)
    counted = [(name, min(sum(counts), MAX_USES)) for name, *counts in cx.execute(named)]
    found = [(name, count) for name, count in counted if count]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]


def _uses(kind: Kind) -> list[ColumnElement[Any]]:
    """Return how many rows of some kinds have a name, together all: each is counted in an index."""
    by_kind: dict[Kind, list[tuple[Any, ColumnElement[bool]]]] = {
        "metric": [(series, true())],
        # What is no number has a word, and what has no word is a number.
        "param": [(param, param.c.number.is_not(None)), (param, param.c.word.is_not(None))],
        "tag": [(tag, tag.c.word.is_not(None))],
    }
    found: list[ColumnElement[Any]] = []
    for table, condition in by_kind[kind]:
        uses: Select[Any] = select(literal_column("1").label("one"))
        uses = uses.where(table.c.key_id == key.c.id, condition).limit(MAX_USES)
        counted = select(func.count()).select_from(uses.correlate(key).subquery())
        found.append(counted.correlate(key).scalar_subquery())
    return found


def _meant(
    cx: Connection, name: ColumnElement[str], *, prefix: str, piece: str
) -> ColumnElement[bool]:
    dialect = cx.dialect.name
    is_begun = begins(name, prefix, dialect=dialect)
    return and_(is_begun, holds(name, piece, dialect=dialect)) if piece else is_begun


def _columns_of_data(
    cx: Connection, *, prefix: str, piece: str, limit: int
) -> list[tuple[str, int]]:
    times = func.count().label("times")
    query = (
        select(entry.c.name, times)
        .where(entry.c.field == "data.column", _meant(cx, entry.c.name, prefix=prefix, piece=piece))
        .group_by(entry.c.name)
        .order_by(times.desc(), ByBytes(entry.c.name))
        .limit(limit)
    )
    return [(name, int(count)) for name, count in cx.execute(query)]
