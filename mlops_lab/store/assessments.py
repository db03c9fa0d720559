"""Owns the rows of what was judged of traces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select, update

from mlops_lab.core.traces import Assessment

from .rows import pieces, storable, upsert
from .trace_tables import assessment


def put_assessment(tx: Connection, one: Assessment) -> None:
    """Write an assessment; one of the same id is replaced."""
    values = {
        "id": one.id,
        "trace_id": one.trace_id,
        "name": storable(one.name),
        "kind": one.kind,
        "value": storable(_searched(one)),
        "valid": one.valid,
        "overrides": one.overrides,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "content": storable(msgspec.json.encode(one.content).decode()),
    }
    write = upsert(tx, assessment)
    later = {name: write.excluded[name] for name in values if name != "id"}
    tx.execute(write.on_conflict_do_update(index_elements=["id"], set_=later), [values])


def set_valid(tx: Connection, assessment_id: str, *, valid: bool) -> None:
    """Say whether an assessment counts."""
    tx.execute(update(assessment).where(assessment.c.id == assessment_id).values(valid=valid))


def delete_assessment(tx: Connection, assessment_id: str) -> None:
    """Remove an assessment."""
    tx.execute(delete(assessment).where(assessment.c.id == assessment_id))


def find_assessment(cx: Connection, trace_id: str, assessment_id: str) -> Assessment | None:
    """Return an assessment of a trace, or None."""
    query = select(assessment).where(
        assessment.c.id == assessment_id, assessment.c.trace_id == trace_id
    )
    row = cx.execute(query).one_or_none()
    return None if row is None else _of(row)


def read_assessments(cx: Connection, trace_ids: Iterable[str]) -> dict[str, list[Assessment]]:
    """Return the assessments of traces, the oldest first."""
    found: dict[str, list[Assessment]] = {}
    for some in pieces(trace_ids):
        query = select(assessment).where(assessment.c.trace_id.in_(some))
        for row in cx.execute(query.order_by(assessment.c.created_at, assessment.c.id)):
            found.setdefault(row.trace_id, []).append(_of(row))
    return found


def _of(row: Any) -> Assessment:
    return Assessment(
        id=row.id,
        trace_id=row.trace_id,
        name=row.name,
        kind=row.kind,
        valid=row.valid,
        overrides=row.overrides,
        created_at=row.created_at,
        updated_at=row.updated_at,
        content=msgspec.json.decode(row.content),
    )


def _searched(one: Assessment) -> str:
    given = one.content.get(one.kind)
    value = given.get("value") if isinstance(given, dict) else None
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
