"""Owns what is judged of traces: assessments, of which one may override another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.ids import new_id
from mlops_lab.core.masking import mask_json, masked
from mlops_lab.core.traces import Assessment, Trace
from mlops_lab.store import assessments as judged, audit, traces as rows
from mlops_lab.store.store import Store


class TraceAssessments:
    """The assessments of the traces of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def assess(self, one: Assessment) -> Assessment:
        """Add an assessment; the one that it overrides does not count any more.

        Raises:
            NotFoundError: there is no such trace, or nothing to override.
        """
        made = masked(msgspec.structs.replace(one, id=one.id or f"a-{new_id()}"))
        with self._store.write() as tx:
            find_trace(tx, one.trace_id)
            if made.overrides:
                _find_assessment(tx, one.trace_id, made.overrides)
                judged.set_valid(tx, made.overrides, valid=False)
            judged.put_assessment(tx, made)
        return made

    def get_assessment(self, trace_id: str, assessment_id: str) -> Assessment:
        """Return an assessment.

        Raises:
            NotFoundError: there is no such trace, or it has none of this id.
        """
        with self._store.read() as cx:
            return _find_assessment(cx, trace_id, assessment_id)

    def update_assessment(
        self, trace_id: str, assessment_id: str, content: Mapping[str, Any]
    ) -> Assessment:
        """Replace fields of an assessment.

        Raises:
            NotFoundError: there is no such trace, or it has none of this id.
        """
        with self._store.write() as tx:
            before = _find_assessment(tx, trace_id, assessment_id)
            merged = mask_json("", {**before.content, **content})
            changed = msgspec.structs.replace(
                before,
                name=str(merged.get("assessment_name", before.name)),
                updated_at=now_ms(),
                content=merged,
            )
            judged.put_assessment(tx, changed)
        return changed

    def delete_assessment(self, trace_id: str, assessment_id: str, *, who: str) -> None:
        """Remove an assessment; the one that it overrode counts again.

        Raises:
            NotFoundError: there is no such trace, or it has none of this id.
        """
        with self._store.write() as tx:
            found = _find_assessment(tx, trace_id, assessment_id)
            judged.delete_assessment(tx, assessment_id)
            audit.note(tx, "update", "trace", trace_id, who=who, removed_assessment=found.name)
            if found.overrides:
                judged.set_valid(tx, found.overrides, valid=True)


def find_trace(cx: Connection, trace_id: str) -> Trace:
    """Return a trace without its spans.

    Raises:
        NotFoundError: there is none of this id.
    """
    for found in rows.read_traces(cx, [trace_id]):
        return found
    raise NotFoundError(f"Trace with ID '{trace_id[:80]}' not found.")


def _find_assessment(cx: Connection, trace_id: str, assessment_id: str) -> Assessment:
    find_trace(cx, trace_id)
    found = judged.find_assessment(cx, trace_id, assessment_id)
    if found is None:
        raise NotFoundError(
            f"Assessment with ID '{assessment_id[:80]}' not found for trace '{trace_id}'"
        )
    return found
