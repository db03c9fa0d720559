"""Owns reading which metrics of runs are marked as business KPIs: by a tag of the run."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from mlops_lab.core.metrics import KPI_TAG, NO_KPI

from .like import begins_with
from .tables import key, run, tag


def read_kpis(cx: Connection, run_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Return (run id, name of the metric) of those that are marked; ``run_ids`` fit one question."""
    marks = {
        row.id: row.name[len(KPI_TAG) :]
        for row in cx.execute(select(key.c.id, key.c.name).where(begins_with(key.c.name, KPI_TAG)))
    }
    if not marks:
        # So it is in most stores: nobody marks a metric.
        return set()
    query = (
        select(run.c.id, tag.c.key_id)
        .join(tag, tag.c.run_seq == run.c.seq)
        .where(run.c.id.in_(run_ids), tag.c.key_id.in_(sorted(marks)), tag.c.value != NO_KPI)
    )
    return {(run_id, marks[key_id]) for run_id, key_id in cx.execute(query)}
