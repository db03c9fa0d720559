"""Owns how new points get into the database, as fast as each driver can."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat
from math import isnan
from typing import Any

from sqlalchemy import Connection, RowMapping, delete

from .pointcolumns import NEGATIVE_ZERO, Columns
from .pointpacking import WORTH_PACKING, read_rows
from .pointsummaries import CHUNK_POINTS, chunk_rows, insert_chunks
from .rows import insert_rows_sql
from .tables import metric_point

PointRow = tuple[int, int, int, int, float | None]
"""Series, ordinal, step, milliseconds since the series' first time, value; a NaN is None."""

_COPY = "COPY metric_point (series_id, ordinal, step, elapsed, value) FROM STDIN (FORMAT BINARY)"
_TYPES = ("int8", "int8", "int8", "int8", "float8")
_NAN = float("nan")


def write_chunks(tx: Connection, stored: RowMapping, new: Columns) -> int:
    """Store new points as chunks where they are enough for one, together with rows before them.

    It takes less time than to store as many rows, which then would have to be packed.

    Args:
        tx: a write transaction that holds the series.
        stored: the row of the series, as it was before these points.
        new: the points that are in no row and no chunk, by arrival.

    Returns:
        Up to which ordinal the series is packed now; the points from there on are to be rows.
    """
    packed, count = int(stored["packed"]), new.ordinals[0]
    if len(new) < CHUNK_POINTS or count - packed >= WORTH_PACKING:
        return packed
    whole = read_rows(tx, stored["id"], begin=packed, end=count) if packed < count else Columns()
    whole.extend(new)
    full = len(whole) - len(whole) % CHUNK_POINTS
    insert_chunks(tx, list(chunk_rows(stored["id"], whole.part(0, full))))
    if packed < count:
        of_series = metric_point.c.series_id == stored["id"]
        tx.execute(delete(metric_point).where(of_series, metric_point.c.ordinal < packed + full))
    return packed + full


def columns_of(
    first: int, *, steps: list[int], elapsed: list[int], values: Sequence[float | None]
) -> Columns:
    """Return new points as columns, the first of them with the ordinal ``first``."""
    numbers = [_NAN if value is None else value for value in values]
    return Columns(list(range(first, first + len(steps))), list(steps), elapsed, numbers)


def rows_of(series_id: int, points: Columns) -> list[PointRow]:
    """Return points as rows of the table."""
    values = [None if isnan(value) else value for value in points.values]
    columns = (points.ordinals, points.steps, points.elapsed, values)
    return list(zip(repeat(series_id, len(values)), *columns, strict=True))


def insert_rows(tx: Connection, rows: Sequence[PointRow]) -> None:
    """Append points, straight through the driver: here the cost of a row counts."""
    if not rows:
        return
    if tx.dialect.name == "postgresql":
        # psycopg's own cursor knows COPY, which DB-API does not.
        own: Any = tx.connection.cursor()
        with own as cursor, cursor.copy(_COPY) as copy:
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)
        return
    tx.exec_driver_sql(insert_rows_sql(tx, metric_point), _with_signs(rows))


def _with_signs(rows: Sequence[PointRow]) -> Any:
    """Return the rows with -0.0 as SQLite keeps it: in a column of numbers it would become 0."""
    if not any(row[4] == 0.0 for row in rows):
        return rows
    return [
        (*row[:4], NEGATIVE_ZERO) if row[4] == 0.0 and str(row[4]) == "-0.0" else row
        for row in rows
    ]
