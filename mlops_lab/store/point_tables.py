"""Owns the tables of points that are packed: chunks, their summaries, and what waits to be packed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
)

from .tables import metadata

_Rowid = BigInteger().with_variant(Integer, "sqlite")


def _series_id() -> Column[int]:
    owner = ForeignKey("series.id", ondelete="CASCADE")
    return Column("series_id", _Rowid, owner, nullable=False)


# Points of a series in the order of their arrival, from ordinal ``first`` on.
point_chunk = Table(
    "point_chunk",
    metadata,
    _series_id(),
    Column("first", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("series_id", "first"),
)

# The extremes of the same points. Level 1 has a row a chunk, a higher one a row for 32 of the level
# below. Ranges are of all points that the row stands for, not of those that it keeps.
point_summary = Table(
    "point_summary",
    metadata,
    _series_id(),
    Column("level", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("nan_count", BigInteger, nullable=False),
    Column("low_step", BigInteger, nullable=False),
    Column("high_step", BigInteger, nullable=False),
    # Milliseconds since the series' ``first_time``.
    Column("low_elapsed", BigInteger, nullable=False),
    Column("high_elapsed", BigInteger, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("series_id", "level", "first"),
)

# The series that have points to be packed. A row may be left over: who packs looks before.
point_backlog = Table(
    "point_backlog",
    metadata,
    Column(
        "series_id",
        _Rowid,
        ForeignKey("series.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
)
