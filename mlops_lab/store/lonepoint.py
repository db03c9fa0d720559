"""Owns the only point of a series: the row of the series says it, and no row of points."""

from __future__ import annotations

import math

from sqlalchemy import ColumnElement, RowMapping, func

from .pointcolumns import Columns
from .tables import series


def is_alone(count: int, last: float | None) -> bool:
    """Tell whether the row of a series says its points: there is one, and it is not zero.

    The sign of a zero is in the row of the point, because ``series.last`` does not keep it in
    SQLite.
    """
    return count == 1 and last != 0


def alone(stored: RowMapping) -> Columns:
    """Return the point that only the row of the series says; none when points have their rows."""
    last = stored["last"]
    if not is_alone(stored["count"], last):
        return Columns()
    return Columns([0], [stored["last_step"]], [0], [math.nan if last is None else last])


def bound(aspect: str) -> ColumnElement[float]:
    """Return the lowest or the highest value of a series in SQL; ``aspect`` is min, max or last.

    Of a series of one point min and max are not stored.
    """
    if aspect == "last":
        return series.c.last
    return func.coalesce(series.c[aspect], series.c.last)
