"""Owns the rows of facets, kernel history and files of runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, func, or_, select, update

from mlops_lab.core.clock import Millis
from mlops_lab.core.facets import FacetKind

from .capture_tables import facet, history_cell, run_artifact
from .documents import having
from .rows import pieces, storable, storable_or_none, upsert
from .tables import run

ORDER_PROBLEM = "order.problem"
"""The field of the entry that a document of kind ``order`` has when there is a problem."""


_AFTER_ALL = 2**31 - 1

_KERNELS_AT_ONCE = 50
"""Runs whose histories are read together: the positions of all are looked for in each."""


class FacetRow(msgspec.Struct, frozen=True):
    """A facet: ``digest`` names its document."""

    run_id: str
    kind: FacetKind
    name: str
    digest: str
    key: str


class HistoryRow(msgspec.Struct, frozen=True):
    """A cell that ran in a kernel: ``digest`` names the document of its source, ``bound`` is JSON."""

    history_id: str
    position: int
    digest: str
    cell_id: str | None
    execution_count: int | None
    started_at: Millis | None
    duration_ms: Millis | None
    status: Literal["ok", "error", "unknown"]
    run_id: str | None
    bound: str


class ArtifactRow(msgspec.Struct, frozen=True):
    """A file of a run, whose bytes are kept under ``digest``."""

    run_id: str
    path: str
    digest: str
    size: int
    media_type: str


def set_facets(tx: Connection, rows: Sequence[FacetRow]) -> None:
    """Write facets; a later one of the same run, kind and name replaces the one that is there.

    Their documents have been indexed. What the facet of kind ``order`` says is noted with the run.
    """
    if not rows:
        return
    newest = {(row.run_id, row.kind, row.name): row for row in rows}
    write = upsert(tx, facet)
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["run_id", "kind", "name"],
            set_={"digest": write.excluded.digest, "key": write.excluded.key},
        ),
        [msgspec.structs.asdict(row) for _, row in sorted(newest.items())],
    )
    orders = {row.run_id: row.digest for row in newest.values() if row.kind == "order"}
    with_problems = having(tx, orders.values(), ORDER_PROBLEM) if orders else set()
    for run_id, digest in sorted(orders.items()):
        tx.execute(
            update(run).where(run.c.id == run_id).values(order_problems=digest in with_problems)
        )


def read_facets(
    cx: Connection, run_ids: Iterable[str], *, kinds: Collection[FacetKind] = ()
) -> dict[str, list[FacetRow]]:
    """Return the facets of each run by kind and name; of some kinds only, when they are named."""
    found: dict[str, list[FacetRow]] = {}
    for some in pieces(run_ids):
        query = select(facet).where(facet.c.run_id.in_(some))
        if kinds:
            query = query.where(facet.c.kind.in_(sorted(kinds)))
        for row in cx.execute(query.order_by(facet.c.run_id, facet.c.kind, facet.c.name)):
            one = FacetRow(row.run_id, row.kind, row.name, row.digest, row.key)
            found.setdefault(row.run_id, []).append(one)
    return found


def add_history(tx: Connection, rows: Sequence[HistoryRow]) -> None:
    """Write cells of a kernel's history; one that is there at the same position is brought up to date."""
    if not rows:
        return
    newest = {(row.history_id, row.position): row for row in rows}
    write = upsert(tx, history_cell)
    later = {
        name: write.excluded[name]
        for name in HistoryRow.__struct_fields__
        if name not in ("history_id", "position")
    }
    tx.execute(
        write.on_conflict_do_update(index_elements=["history_id", "position"], set_=later),
        [_history_values(row) for _, row in sorted(newest.items())],
    )


def place_jobs(tx: Connection, histories: Mapping[str, str]) -> None:
    """Give own runs of jobs, by id, the history of their kernel: all of its cells belong to the run.

    The first one counts; runs of notebooks know their place since they began.
    """
    if not histories:
        return
    tx.execute(
        update(run)
        .where(run.c.id == bindparam("of_run"), run.c.source == "job", run.c.history_id.is_(None))
        .values(history_id=bindparam("new_history"), history_position=_AFTER_ALL),
        [{"of_run": one, "new_history": history} for one, history in sorted(histories.items())],
    )


def _history_values(row: HistoryRow) -> dict[str, Any]:
    return msgspec.structs.asdict(row) | {
        "cell_id": storable_or_none(row.cell_id),
        "bound": storable(row.bound),
    }


def read_history_before(cx: Connection, run_id: str) -> list[HistoryRow]:
    """Return the cells that ran in the kernel of a run before the run's own, in order."""
    return _read_history(cx, run_id, history_cell.c.position < run.c.history_position)


def read_own_history(cx: Connection, run_id: str) -> list[HistoryRow]:
    """Return the cells from the one in which a run began to the last one that belongs to it."""
    other = history_cell.alias()
    last = select(func.max(other.c.position)).where(
        other.c.history_id == run.c.history_id, other.c.run_id == run_id
    )
    first = run.c.history_position
    until = func.coalesce(last.correlate(run).scalar_subquery(), first)
    position = history_cell.c.position
    return _read_history(cx, run_id, position >= first, or_(position == first, position <= until))


def read_history_at(
    cx: Connection, positions: Mapping[str, Collection[int]]
) -> dict[str, list[HistoryRow]]:
    """Return the cells at some positions of the kernel of each run, in order, by the run's id."""
    found: dict[str, list[HistoryRow]] = {}
    for some in pieces(sorted(positions), _KERNELS_AT_ONCE):
        wanted = {position for run_id in some for position in positions[run_id]}
        query = (
            select(history_cell, run.c.id.label("reader"))
            .join(run, run.c.history_id == history_cell.c.history_id)
            .where(
                run.c.id.in_(some),
                history_cell.c.position < run.c.history_position,
                history_cell.c.position.in_(sorted(wanted)),
            )
            .order_by(history_cell.c.position)
        )
        for row in cx.execute(query).mappings():
            if row["position"] in positions[row["reader"]]:
                found.setdefault(row["reader"], []).append(_history_row(row))
    return found


def _read_history(
    cx: Connection, run_id: str, *conditions: ColumnElement[bool]
) -> list[HistoryRow]:
    query = (
        select(history_cell)
        .join(run, run.c.history_id == history_cell.c.history_id)
        .where(run.c.id == run_id, *conditions)
        .order_by(history_cell.c.position)
    )
    return [_history_row(row) for row in cx.execute(query).mappings()]


def _history_row(row: RowMapping) -> HistoryRow:
    return HistoryRow(**{name: row[name] for name in HistoryRow.__struct_fields__})


def set_artifacts(tx: Connection, rows: Sequence[ArtifactRow]) -> None:
    """Write files of runs; a later one of the same path replaces the one that is there."""
    if not rows:
        return
    newest = {(row.run_id, row.path): row for row in rows}
    write = upsert(tx, run_artifact)
    later = {name: write.excluded[name] for name in ("digest", "size", "media_type")}
    tx.execute(
        write.on_conflict_do_update(index_elements=["run_id", "path"], set_=later),
        [msgspec.structs.asdict(row) for _, row in sorted(newest.items())],
    )


def read_artifacts(cx: Connection, run_id: str) -> list[ArtifactRow]:
    """Return the files of a run by path."""
    query = select(run_artifact).where(run_artifact.c.run_id == run_id)
    rows = cx.execute(query.order_by(run_artifact.c.path))
    return [ArtifactRow(r.run_id, r.path, r.digest, r.size, r.media_type) for r in rows]


def named_digests(cx: Connection, digests: Iterable[str]) -> set[str]:
    """Return those of ``digests`` that a file of some run has."""
    found: set[str] = set()
    for some in pieces(digests):
        query = select(run_artifact.c.digest).where(run_artifact.c.digest.in_(some)).distinct()
        found.update(cx.execute(query).scalars())
    return found


def runs_with(cx: Connection, digest: str) -> list[str]:
    """Return the runs that have a file with this digest."""
    query = select(run_artifact.c.run_id).where(run_artifact.c.digest == digest).distinct()
    return list(cx.execute(query.order_by(run_artifact.c.run_id)).scalars())


def digests_of(found: Mapping[str, Sequence[FacetRow]]) -> set[str]:
    """Return the digests of all documents that facets name."""
    return {row.digest for rows in found.values() for row in rows}
