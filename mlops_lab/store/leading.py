"""Owns which series of a run leads where nobody named the primary metric."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from mlops_lab.core.metrics import primary_rank

from .rows import pieces
from .tables import key, run, series


def find_leading(cx: Connection, run_ids: Sequence[str]) -> dict[str, int]:
    """Return the first series of the best ``primary_rank`` of each run that has series."""
    found: dict[str, tuple[int, int]] = {}
    for some in pieces(run_ids):
        query = (
            select(run.c.id.label("run_id"), series.c.id, key.c.name)
            .join(series, series.c.run_seq == run.c.seq)
            .join(key, key.c.id == series.c.key_id)
            .where(run.c.id.in_(some))
        )
        for row in cx.execute(query):
            rank = (primary_rank(row.name), row.id)
            found[row.run_id] = min(rank, found.get(row.run_id, rank))
    return {run_id: series_id for run_id, (_, series_id) in found.items()}
