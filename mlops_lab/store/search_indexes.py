"""Owns the indexes of runs and their values: those that searches walk, and that purges look into."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, text

from .tables import param, run, series, tag


def _some(where: str, *columns: Column[Any], name: str | None = None) -> Index:
    """Make an index of the rows that meet a condition."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


Index(None, run.c.started_at)
# With what lists ask of a run: so a place far down is found in the index alone.
_ASKED = (run.c.archived_at, run.c.trashed_at)
_some("trashed_at IS NULL", run.c.started_at, *_ASKED, name="ix_run_kept")
# Of what lists show at first: nobody's children.
_TOP = "parent_run_id IS NULL AND trashed_at IS NULL"
_some(_TOP, run.c.started_at, run.c.parent_run_id, *_ASKED, name="ix_run_top")
# With what the sums of an experiment are made of.
_some(
    _TOP,
    run.c.experiment_id,
    run.c.started_at,
    run.c.duration_ms,
    run.c.cpu_ms,
    run.c.peak_memory,
    # Always NULL here: only with them SQLite reads the index alone.
    run.c.parent_run_id,
    run.c.trashed_at,
    name="ix_run_top_of_experiment",
)
for _column in (
    run.c.experiment_id,
    run.c.notebook_path,
    run.c.name,
    run.c.user,
    run.c.status,
    run.c.source,
):
    Index(None, _column, run.c.started_at)
# Children are counted from it alone.
_some(
    "parent_run_id IS NOT NULL",
    run.c.parent_run_id,
    run.c.started_at,
    run.c.trashed_at,
)
_some("identity IS NOT NULL", run.c.identity, run.c.started_at)
_some("cell_id IS NOT NULL", run.c.cell_id, run.c.started_at)
for _column in (
    run.c.trashed_at,
    run.c.archived_at,
    run.c.error_name,
    run.c.ended_at,
    run.c.duration_ms,
    run.c.cpu_ms,
    run.c.peak_memory,
):
    _some(f"{_column.name} IS NOT NULL", _column)

# What refers to runs, jobs and histories is looked up when these go.
for _column in (run.c.job_id, run.c.same_as, run.c.source_run_id, run.c.history_id):
    _some(f"{_column.name} IS NOT NULL", _column)

_some("number IS NOT NULL", param.c.key_id, param.c.number, param.c.run_seq)
_some("word IS NOT NULL", param.c.key_id, param.c.word, param.c.run_seq)
_some("word IS NOT NULL", tag.c.key_id, tag.c.word, tag.c.run_seq)

Index(None, series.c.key_id, series.c.last, series.c.run_seq)
# Of a series of one point all three values are the same.
_some("count > 1", series.c.key_id, series.c.min, series.c.run_seq)
_some("count > 1", series.c.key_id, series.c.max, series.c.run_seq)
