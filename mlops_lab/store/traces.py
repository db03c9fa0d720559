"""Owns the rows of traces: what is known of each, its spans, tags and runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, func, select, update

from mlops_lab.core.clock import Millis
from mlops_lab.core.traces import Span, Trace

from .assessments import read_assessments
from .rows import pieces, storable, storable_or_none, upsert
from .trace_tables import span, trace, trace_note, trace_run, trace_tag


def put_trace(tx: Connection, one: Trace) -> None:
    """Write a trace; of one that is known already tags and metadata are added to."""
    values = {
        "id": one.id,
        "experiment_id": one.experiment_id,
        "started_at": one.started_at,
        "duration_ms": one.duration_ms,
        "state": one.state,
        "client_request_id": storable_or_none(one.client_request_id),
        "request_preview": storable_or_none(one.request_preview),
        "response_preview": storable_or_none(one.response_preview),
    }
    write = upsert(tx, trace)
    later = {name: write.excluded[name] for name in values if name != "id"}
    tx.execute(write.on_conflict_do_update(index_elements=["id"], set_=later), [values])
    put_texts(tx, trace_tag, one.id, one.tags)
    put_texts(tx, trace_note, one.id, one.metadata)


def add_trace(tx: Connection, one: Trace) -> None:
    """Write a trace unless it is known already."""
    values = {
        "id": one.id,
        "experiment_id": one.experiment_id,
        "started_at": one.started_at,
        "duration_ms": one.duration_ms,
        "state": one.state,
    }
    tx.execute(upsert(tx, trace).on_conflict_do_nothing(index_elements=["id"]), [values])


def change_trace(tx: Connection, trace_id: str, **values: Any) -> None:
    """Change columns of a trace."""
    tx.execute(update(trace).where(trace.c.id == trace_id).values(**values))


def put_texts(tx: Connection, table: Table, trace_id: str, texts: Mapping[str, str]) -> None:
    """Set tags or metadata of a trace."""
    if not texts:
        return
    write = upsert(tx, table)
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["trace_id", "name"], set_={"value": write.excluded["value"]}
        ),
        [
            {"trace_id": trace_id, "name": storable(name), "value": storable(value)}
            for name, value in sorted(texts.items())
        ],
    )


def delete_tag(tx: Connection, trace_id: str, name: str) -> bool:
    """Remove a tag; return whether there was one."""
    of_trace = trace_tag.c.trace_id == trace_id
    named = trace_tag.c.name == storable(name)
    return tx.execute(delete(trace_tag).where(of_trace, named)).rowcount > 0


def put_spans(tx: Connection, spans: Sequence[Span]) -> None:
    """Write spans; one that is known already is replaced."""
    rows = {
        (one.trace_id, one.id): {
            "trace_id": one.trace_id,
            "id": one.id,
            "parent_id": one.parent_id,
            "name": storable(one.name),
            "type": storable(one.type),
            "status": one.status,
            "started_ns": one.started_ns,
            "ended_ns": one.ended_ns,
            "content": storable(msgspec.json.encode(one.content).decode()),
        }
        for one in spans
    }
    write = upsert(tx, span)
    later = {c.name: write.excluded[c.name] for c in span.c if not c.primary_key}
    tx.execute(
        write.on_conflict_do_update(index_elements=["trace_id", "id"], set_=later),
        [rows[key] for key in sorted(rows)],
    )


def read_spans(cx: Connection, trace_ids: Iterable[str]) -> dict[str, list[Span]]:
    """Return the spans of traces, each trace's in the order of their begin."""
    found: dict[str, list[Span]] = {}
    for some in pieces(trace_ids, 100):
        query = select(span).where(span.c.trace_id.in_(some))
        for row in cx.execute(query.order_by(span.c.started_ns, span.c.id)):
            found.setdefault(row.trace_id, []).append(_span(row))
    return found


def read_spans_by_id(cx: Connection, trace_id: str, ids: Iterable[str]) -> list[Span]:
    """Return those spans of a trace that are known already."""
    found: list[Span] = []
    for some in pieces(sorted(set(ids))):
        query = select(span).where(span.c.trace_id == trace_id, span.c.id.in_(some))
        found.extend(map(_span, cx.execute(query)))
    return found


def _span(row: Any) -> Span:
    return Span(
        trace_id=row.trace_id,
        id=row.id,
        parent_id=row.parent_id,
        name=row.name,
        type=row.type,
        status=row.status,
        started_ns=row.started_ns,
        ended_ns=row.ended_ns,
        content=msgspec.json.decode(row.content),
    )


def count_spans(cx: Connection, trace_id: str) -> int:
    """Return how many spans a trace has."""
    query = select(func.count()).select_from(span).where(span.c.trace_id == trace_id)
    return int(cx.execute(query).scalar_one())


def link_run(tx: Connection, trace_ids: Iterable[str], run_id: str) -> None:
    """Note that traces belong to a run, also those that have not arrived yet."""
    rows = [{"trace_id": one, "run_id": run_id} for one in sorted(set(trace_ids))]
    if rows:
        write = upsert(tx, trace_run)
        tx.execute(write.on_conflict_do_nothing(index_elements=["trace_id", "run_id"]), rows)


def hold_trace(tx: Connection, trace_id: str) -> bool:
    """Keep others from changing a trace until the transaction ends; return whether it is known."""
    query = select(trace.c.id).where(trace.c.id == trace_id).with_for_update()
    return tx.execute(query).first() is not None


def known_traces(cx: Connection, trace_ids: Iterable[str]) -> set[str]:
    """Return those ids that traces have."""
    found: set[str] = set()
    for some in pieces(sorted(set(trace_ids))):
        found.update(cx.execute(select(trace.c.id).where(trace.c.id.in_(some))).scalars())
    return found


def delete_traces(
    tx: Connection,
    experiment_id: str,
    *,
    ids: Sequence[str] = (),
    until: Millis | None = None,
    limit: int,
) -> int:
    """Remove traces of an experiment by id, or the oldest up to a time; return how many."""
    query = select(trace.c.id).where(trace.c.experiment_id == experiment_id)
    if ids:
        query = query.where(trace.c.id.in_(ids))
    if until is not None:
        query = query.where(trace.c.started_at <= until)
    doomed = list(tx.execute(query.order_by(trace.c.started_at, trace.c.id).limit(limit)).scalars())
    for some in pieces(doomed):
        tx.execute(delete(trace_run).where(trace_run.c.trace_id.in_(some)))
        tx.execute(delete(trace).where(trace.c.id.in_(some)))
    return len(doomed)


def read_traces(cx: Connection, trace_ids: Sequence[str]) -> list[Trace]:
    """Return traces in the order of their ids; those that do not exist are left out."""
    rows: dict[str, Any] = {}
    for some in pieces(trace_ids):
        query = select(trace).where(trace.c.id.in_(some))
        rows.update((row.id, row) for row in cx.execute(query))
    tags, notes = _read_texts(cx, trace_tag, rows), _read_texts(cx, trace_note, rows)
    judged = read_assessments(cx, rows)
    return [
        Trace(
            id=row.id,
            experiment_id=row.experiment_id,
            started_at=row.started_at,
            duration_ms=row.duration_ms,
            state=row.state,
            client_request_id=row.client_request_id,
            request_preview=row.request_preview,
            response_preview=row.response_preview,
            tags=tags.get(row.id, {}),
            metadata=notes.get(row.id, {}),
            assessments=judged.get(row.id, []),
        )
        for row in (rows[one] for one in trace_ids if one in rows)
    ]


def _read_texts(cx: Connection, table: Table, ids: Iterable[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for some in pieces(ids):
        query = select(table).where(table.c.trace_id.in_(some)).order_by(table.c.name)
        for row in cx.execute(query):
            found.setdefault(row.trace_id, {})[row.name] = row.value
    return found
