"""Owns the indexes that searches walk: of runs, of values of metrics, of params and tags."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, text

from .tables import param, run, series, tag


def _some(where: str, *columns: Column[Any]) -> Index:
    """Make an index of the rows that meet a condition."""
    return Index(None, *columns, sqlite_where=text(where), postgresql_where=text(where))


Index(None, run.c.user, run.c.started_at)
Index(None, run.c.status, run.c.started_at)
for _column in (
    run.c.trashed_at,
    run.c.ended_at,
    run.c.duration_ms,
    run.c.cpu_ms,
    run.c.peak_memory,
):
    _some(f"{_column.name} IS NOT NULL", _column)

_some("number IS NOT NULL", param.c.key_id, param.c.number, param.c.run_seq)
_some("word IS NOT NULL", param.c.key_id, param.c.word, param.c.run_seq)
_some("word IS NOT NULL", tag.c.key_id, tag.c.word, tag.c.run_seq)

Index(None, series.c.key_id, series.c.last, series.c.run_seq)
# Of a series of one point all three values are the same.
_some("count > 1", series.c.key_id, series.c.min, series.c.run_seq)
_some("count > 1", series.c.key_id, series.c.max, series.c.run_seq)
