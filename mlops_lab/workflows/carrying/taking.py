"""Owns writing a run that comes from elsewhere: it is stored whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.carrying import CarriedPoints, CarriedRun
from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.errors import ConflictError
from mlops_lab.core.ids import new_id
from mlops_lab.core.masking import masked
from mlops_lab.core.records import (
    ArtifactLogged,
    CellCaptured,
    FacetCaptured,
    ParamLogged,
    TagSet,
)
from mlops_lab.store import audit, carried, outbox, trash
from mlops_lab.store.carried import Origin
from mlops_lab.store.store import Store
from mlops_lab.tracking.content import store_content
from mlops_lab.tracking.sorting import Points, Sorted

AT_ONCE = 50_000
"""A run with more points is written in portions of so many, so that others can write between them."""


def take_run(
    store: Store,
    make: Callable[[Connection], CarriedRun],
    points: Iterable[CarriedPoints],
    *,
    origin: Origin,
    who: str,
) -> bool:
    """Write a run with all that it holds; False, and nothing written, if its id is taken.

    Its secrets are masked, wherever it comes from.

    A run with many points is in the trash until it is whole, and known as unfinished: an import
    that was broken off begins it anew. Documents that its facets name are in the store already, as
    are the bytes of its files. A value beyond the limits becomes a warning of the run.

    Args:
        store: the open store.
        make: returns the run, in the transaction that writes it.
        points: of its metrics, in portions.
        origin: where it comes from.
        who: the user, for the audit.

    Raises:
        ConflictError: another import has begun the same run meanwhile.
    """
    portions = _gathered(points)
    first = next(portions, [])
    second = next(portions, None)
    now = now_ms()
    with store.write() as tx:
        run = masked(make(tx))
        if second is None:
            return _add(tx, run, first, origin, now=now) and _tell(tx, run, origin, who=who)
        mark = msgspec.structs.replace(origin, digest=f"{carried.UNFINISHED}{new_id()}")
        if not _add(tx, msgspec.structs.replace(run, trashed_at=now), first, mark, now=now):
            return False
    for some in chain([second], portions):
        with store.write() as tx:
            _check_mark(tx, run, mark)
            _add_points(tx, run.id, some, now=now)
    with store.write() as tx:
        _check_mark(tx, run, mark)
        carried.finish(tx, run.id, origin, trashed_at=run.trashed_at)
        return _tell(tx, run, origin, who=who)


def _gathered(points: Iterable[CarriedPoints]) -> Iterator[list[CarriedPoints]]:
    some: list[CarriedPoints] = []
    count = 0
    for portion in points:
        some.append(portion)
        count += len(portion.steps)
        if count >= AT_ONCE:
            yield some
            some, count = [], 0
    if some:
        yield some


def _check_mark(tx: Connection, run: CarriedRun, mark: Origin) -> None:
    known = carried.read_imported(tx, mark.kind, [mark.foreign_id]).get(mark.foreign_id)
    if known is None or known.digest != mark.digest:
        raise ConflictError(
            f"Another import takes the run {run.id} in.", hint="Wait for it, then start again."
        )


def _add(
    tx: Connection, run: CarriedRun, points: list[CarriedPoints], origin: Origin, *, now: Millis
) -> bool:
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
    _add_points(tx, run_id, points, now=now)
    return True


def _add_points(
    tx: Connection, run_id: str, points: Iterable[CarriedPoints], *, now: Millis
) -> None:
    for portion in points:
        came = Points(portion.steps, portion.times, portion.values)
        some = Sorted(metrics={(run_id, portion.name): came})
        store_content(tx, some, stored={run_id}, now=now)


def _tell(tx: Connection, run: CarriedRun, origin: Origin, *, who: str) -> bool:
    trash.bring_back(tx, [run.id], now=now_ms())
    audit.note(tx, "import", "run", run.id, who=who, source=origin.kind, place=origin.place)
    outbox.put_change(tx, "run", run.id, "created")
    return True
