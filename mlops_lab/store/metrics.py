"""Owns the rows of metrics: one series a (run, name) with its summary, and the points of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import isnan
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, func, or_, select

from mlops_lab.core.clock import Millis
from mlops_lab.core.metrics import SYSTEM_PREFIX, primary_rank
from mlops_lab.core.numbers import to_wire
from mlops_lab.core.tracking import MetricSummary

from . import pointhistory, pointpacking, pointreading, pointwriting
from .kpis import read_kpis
from .leading import find_kept, find_leading
from .like import begins_with
from .lonepoint import alone, is_alone
from .pointcolumns import Columns
from .rows import pieces, run_seqs, upsert
from .tables import experiment, key, run, series

_NAN = float("nan")

Row = tuple[int, Millis, float | None]
"""A stored point: step, time, value; a NaN is None."""


class NewPoints(msgspec.Struct):
    """Points to be added to one series, in the order of their arrival; a NaN is None."""

    steps: list[int] = []
    times: list[Millis] = []
    values: list[float | None] = []


class SeriesRow(msgspec.Struct, frozen=True):
    """A series as it is stored; a value that is NaN, or not known, is None."""

    id: int
    run_id: str
    name: str
    last: float | None
    last_step: int
    last_time: Millis
    first_time: Millis
    count: int
    min: float | None
    max: float | None
    is_kpi: bool = False

    @property
    def is_alone(self) -> bool:
        """Whether this row says all of the only point."""
        return is_alone(self.count, self.last)

    def only_point(self) -> Columns:
        """Return the point of a series that is alone."""
        return Columns([0], [self.last_step], [0], [_or_nan(self.last)])

    def summary(self) -> MetricSummary:
        """Return what users see of it."""
        return MetricSummary(
            name=self.name,
            last=to_wire(_or_nan(self.last)),
            step=self.last_step,
            count=self.count,
            min=to_wire(_or_nan(self.min)),
            max=to_wire(_or_nan(self.max)),
            is_kpi=self.is_kpi,
        )


class History(msgspec.Struct, frozen=True):
    """Points of a series by time; ``after`` asks for the page behind them, None at the end."""

    points: list[Row]
    after: str | None


def _or_nan(value: float | None) -> float:
    return _NAN if value is None else value


def add_points(tx: Connection, added: Mapping[tuple[str, int], NewPoints]) -> None:
    """Append points to the series of (run id, key id), making the series that are new.

    The order of ``added`` is that in which each run began them; lists show a run's first.
    """
    rows: list[pointwriting.PointRow] = []
    updates: list[tuple[Any, ...]] = []
    worth_packing: list[int] = []
    seqs = run_seqs(tx, (run_id for run_id, _ in added))
    by_seq = {(seqs[run_id], key_id): points for (run_id, key_id), points in added.items()}
    for some in pieces(by_seq):
        for stored in _open_series(tx, {pair: by_seq[pair] for pair in some}):
            points = by_seq[stored["run_seq"], stored["key_id"]]
            series_id, since = stored["id"], stored["first_time"]
            new = alone(stored)
            new.extend(
                pointwriting.columns_of(
                    stored["count"],
                    steps=points.steps,
                    elapsed=[time - since for time in points.times],
                    values=points.values,
                )
            )
            packed = pointwriting.write_chunks(tx, stored, new)
            loose = new.part(max(0, packed - new.ordinals[0]), len(new))
            count = new.ordinals[-1] + 1
            if not is_alone(count, points.values[-1]):
                rows += pointwriting.rows_of(series_id, loose)
            updates.append(_merge(stored, points, packed=packed))
            if count - packed >= pointpacking.WORTH_PACKING:
                worth_packing.append(series_id)
    if not updates:
        return
    pointwriting.insert_rows(tx, rows)
    tx.exec_driver_sql(_update_sql(tx), updates)
    pointpacking.queue(tx, worth_packing)


_MERGED = ("last", "last_step", "last_elapsed", "count", "min", "max", "packed")


def _update_sql(tx: Connection) -> str:
    """Return the UPDATE of the merged columns and then the id, in the order of ``_merge``."""
    mark = "%s" if tx.dialect.name == "postgresql" else "?"
    quote = tx.dialect.identifier_preparer.quote
    columns = ", ".join(f"{quote(name)} = {mark}" for name in _MERGED)
    return f"UPDATE series SET {columns} WHERE id = {mark}"  # noqa: S608 - names of ours


def _open_series(tx: Connection, wanted: Mapping[tuple[int, int], NewPoints]) -> list[RowMapping]:
    """Return the series of (run, key), made without points where they are new."""
    query = (
        select(series)
        .where(
            series.c.run_seq.in_({run_seq for run_seq, _ in wanted}),
            series.c.key_id.in_({key_id for _, key_id in wanted}),
        )
        .order_by(series.c.id)
        .with_for_update()
    )

    def read() -> list[RowMapping]:
        found = tx.execute(query).mappings()
        return [row for row in found if (row["run_seq"], row["key_id"]) in wanted]

    stored = read()
    missing = set(wanted) - {(row["run_seq"], row["key_id"]) for row in stored}
    if not missing:
        return stored
    rows = [_empty_row(pair, points) for pair, points in wanted.items() if pair in missing]
    tx.execute(
        upsert(tx, series).on_conflict_do_nothing(index_elements=["run_seq", "key_id"]),
        rows,
    )
    return read()


def _empty_row(pair: tuple[int, int], points: NewPoints) -> dict[str, Any]:
    """Return a series without points that is as wide as with its first: one that grows splits pages."""
    first = {"last": points.values[0], "last_step": points.steps[0], "first_time": points.times[0]}
    return {"run_seq": pair[0], "key_id": pair[1], "count": 0, "last_elapsed": 0, **first}


def _merge(stored: RowMapping, points: NewPoints, *, packed: int) -> tuple[Any, ...]:
    """Return the new summary: the last point is the one of the highest step, then the latest."""
    top = max(points.steps)
    at = max(
        (i for i, step in enumerate(points.steps) if step == top),
        key=lambda i: (points.times[i], i),
    )
    last = (points.values[at], top, points.times[at] - stored["first_time"])
    count = stored["count"] + len(points.steps)
    if count == 1:
        return (*last, count, None, None, packed, stored["id"])
    known = points.values
    if stored["count"]:
        before = (stored["last"], stored["last_step"], stored["last_elapsed"])
        last = before if before[1:] > last[1:] else last
        known = [stored["min"], stored["max"], stored["last"], *known]
    bounds = [value for value in known if value is not None]
    low, high = min(bounds, default=None), max(bounds, default=None)
    return (*last, count, low, high, packed, stored["id"])


def read_series(cx: Connection, run_ids: Iterable[str]) -> dict[str, list[SeriesRow]]:
    """Return all series of each run, in the order in which the run began them."""
    found: dict[str, list[SeriesRow]] = {}
    for some in pieces(run_ids):
        for run_id, stored in _read_where(cx, some, run.c.id.in_(some)):
            found.setdefault(run_id, []).append(stored)
    return found


def _read_where(
    cx: Connection, run_ids: Sequence[str], condition: ColumnElement[bool]
) -> Iterator[tuple[str, SeriesRow]]:
    query = (
        select(series, key.c.name, run.c.id.label("run_id"))
        .join(key, key.c.id == series.c.key_id)
        .join(run, run.c.seq == series.c.run_seq)
        .where(condition)
        .order_by(series.c.id)
    )
    kpis = read_kpis(cx, run_ids)
    for row in cx.execute(query).mappings():
        yield row["run_id"], _series_row(row, kpis)


def read_primary(cx: Connection, run_ids: Sequence[str]) -> dict[str, MetricSummary]:
    """Return the metric that lists show of each run; see ``read_primary_series`` for which it is."""
    found = read_primary_series(cx, run_ids)
    return {run_id: stored.summary() for run_id, stored in found.items()}


def read_primary_series(cx: Connection, run_ids: Sequence[str]) -> dict[str, SeriesRow]:
    """Return the series that lists show of each run.

    It is the one that the run names, or else that of its experiment, or that of the experiment's
    first run, or what its kernel took for it, or the first of the best ``primary_rank``.
    """
    other, name = series.alias("other"), key.alias("name")
    first = (
        select(func.min(other.c.id))
        .join(name, name.c.id == other.c.key_id)
        .where(other.c.run_seq == run.c.seq, ~begins_with(name.c.name, SYSTEM_PREFIX))
        .scalar_subquery()
    )
    wanted = [run.c.primary_metric, experiment.c.primary_metric, run.c.inferred_metric]
    rank = case(
        *((key.c.name == named, order) for order, named in enumerate(wanted)), else_=len(wanted)
    ).label("rank")
    may_fall_back = run.c.primary_metric.is_(None)
    found: dict[str, tuple[int, SeriesRow]] = {}
    for some in pieces(run_ids):
        query = (
            select(series, key.c.name, run.c.id.label("run_id"), rank)
            .select_from(run)
            .join(experiment, experiment.c.id == run.c.experiment_id)
            .join(series, series.c.run_seq == run.c.seq)
            .join(key, key.c.id == series.c.key_id)
            .where(
                run.c.id.in_(some),
                or_(
                    key.c.name == run.c.primary_metric,
                    and_(
                        may_fall_back,
                        or_(*(key.c.name == named for named in wanted[1:]), series.c.id == first),
                    ),
                ),
            )
        )
        kpis = read_kpis(cx, some)
        for row in cx.execute(query).mappings():
            before = found.get(row["run_id"])
            if before is None or row["rank"] < before[0]:
                found[row["run_id"]] = (row["rank"], _series_row(row, kpis))
    last = len(wanted)
    unnamed = [one for one, (at, row) in found.items() if at == last and primary_rank(row.name)]
    kept = find_kept(cx, {one: row.name for one, (at, row) in found.items() if at > 1})
    leading = find_leading(cx, [one for one in unnamed if one not in kept]) | kept
    return {one: row for one, (_, row) in found.items()} | _read_leading(cx, leading)


def _read_leading(cx: Connection, leading: Mapping[str, int]) -> dict[str, SeriesRow]:
    found: dict[str, SeriesRow] = {}
    for some in pieces(sorted(leading)):
        found |= _read_where(cx, some, series.c.id.in_([leading[one] for one in some]))
    return found


def _series_row(row: RowMapping, kpis: Collection[tuple[str, str]]) -> SeriesRow:
    stored = {name: row[name] for name in SeriesRow.__struct_fields__ if name in row}
    if row["count"] == 1:
        # The rows of most series have one point, and do not say three times what it is.
        stored["min"] = stored["max"] = row["last"]
    is_kpi = (row["run_id"], row["name"]) in kpis
    return SeriesRow(**stored, last_time=row["first_time"] + row["last_elapsed"], is_kpi=is_kpi)


def read_points(cx: Connection, every: Iterable[SeriesRow]) -> dict[int, list[Row]]:
    """Return all points of each series by its id, by step and then by arrival.

    Points that came after the series was read are left out.
    """
    found: dict[int, list[Row]] = {}
    several: list[SeriesRow] = []
    for stored in every:
        if stored.is_alone:
            found[stored.id] = rows_of(stored, stored.only_point())
        else:
            several.append(stored)
    for some in pieces(several):
        points = pointreading.read_all(cx, [stored.id for stored in some])
        for stored in some:
            if stored.id in points:
                whole = points[stored.id].part(0, stored.count)
                ordered = whole if whole.is_sorted() else whole.by_step()
                found[stored.id] = rows_of(stored, ordered)
    return found


def stream_points(cx: Connection, stored: SeriesRow) -> Iterator[list[Row]]:
    """Give all points of one series by arrival, in portions of at most some thousand.

    Points that came after the series was read are left out.
    """
    if stored.is_alone:
        yield rows_of(stored, stored.only_point())
        return
    for portion in pointreading.by_arrival(cx, stored.id, begin=0, count=stored.count):
        yield rows_of(stored, portion)


def read_history(
    cx: Connection, stored: SeriesRow, *, after: str = "", limit: int = 25_000
) -> History:
    """Return a page of all points of a series by time, then step, then value (a NaN counts as 0).

    It is the order of MLflow. However long the series is, no more than two pages are in memory.

    Args:
        cx: an open connection.
        stored: the series; points that came after it was read are left out.
        after: ``History.after`` of the page before; empty for the first page.
        limit: most points of the page, at least 1.

    Raises:
        InvalidInputError: ``after`` is not of a page.
    """
    if stored.is_alone:
        page = pointhistory.page_of(stored.only_point(), after=after, limit=limit)
    else:
        page = pointhistory.read_page(cx, stored.id, count=stored.count, after=after, limit=limit)
    return History(points=rows_of(stored, page.points), after=page.after)


def rows_of(stored: SeriesRow, points: Columns) -> list[Row]:
    """Return the points of a series as (step, time, value); a NaN is None."""
    since = stored.first_time
    return [
        (step, since + elapsed, None if isnan(value) else value)
        for step, elapsed, value in zip(points.steps, points.elapsed, points.values, strict=True)
    ]
