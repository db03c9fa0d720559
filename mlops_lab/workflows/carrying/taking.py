"""Owns writing a run that comes from elsewhere: it is stored whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from mlops_lab.core.carrying import CarriedPoints, CarriedRun
from mlops_lab.core.clock import Millis
from mlops_lab.core.records import (
    ArtifactLogged,
    CellCaptured,
    FacetCaptured,
    ParamLogged,
    TagSet,
)
from mlops_lab.store import audit, carried, outbox
from mlops_lab.store.carried import Origin
from mlops_lab.tracking.content import store_content
from mlops_lab.tracking.sorting import Points, Sorted


def take_run(
    tx: Connection,
    run: CarriedRun,
    points: Iterable[CarriedPoints],
    *,
    origin: Origin,
    who: str,
    now: Millis,
) -> bool:
    """Write a run with all that it holds; False, and nothing written, if its id is taken.

    Documents that its facets name are in the store already, as are the bytes of its files. A value
    beyond the limits becomes a warning of the run.
    """
    if not carried.add_carried(tx, run, origin=origin, now=now):
        return False
    run_id = run.id
    content = Sorted(
        params=[ParamLogged(0, run_id, p.name, p.value, p.origin, p.detail) for p in run.params],
        tags=[TagSet(0, run_id, tag.name, tag.value, tag.set_at) for tag in run.tags],
        cells=[CellCaptured(0, run_id, c.source, c.cell_id, c.execution_count) for c in run.cells],
        facets=[FacetCaptured(0, run_id, f.kind, f.name, f.digest, f.key) for f in run.facets],
        artifacts=[
            ArtifactLogged(0, run_id, f.path, f.digest, f.size, f.media_type) for f in run.files
        ],
        warnings=[(run_id, text) for text in run.warnings],
    )
    store_content(tx, content, stored={run_id}, now=now)
    for portion in points:
        came = Points(portion.steps, portion.times, portion.values)
        some = Sorted(metrics={(run_id, portion.name): came})
        store_content(tx, some, stored={run_id}, now=now)
    audit.note(tx, "import", "run", run_id, who=who, source=origin.kind, place=origin.place)
    outbox.put_change(tx, "run", run_id, "created")
    return True
