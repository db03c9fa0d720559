"""Owns ``lab.traces``: traces as clients send them, in any order, with their spans and assessments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.clock import Millis, now_ms
from mlops_lab.core.errors import InvalidInputError, LimitError, NotFoundError
from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import check_key
from mlops_lab.core.logged import NotActiveError
from mlops_lab.core.traces import (
    ARTIFACT_LOCATION,
    MAX_SPANS,
    MAX_TRACE_ID_CHARS,
    SPANS_LOCATION,
    STORED_HERE,
    TRACE_NAME,
    Assessment,
    Span,
    Trace,
    TracePage,
)
from mlops_lab.store import (
    assessments as judged,
    audit,
    clientruns,
    keyset,
    logged,
    outbox,
    traces as rows,
)
from mlops_lab.store.store import Store
from mlops_lab.store.trace_search import count_traces, page_traces, trace_places
from mlops_lab.store.trace_tables import trace_note, trace_tag

_NS = 1_000_000


class TracesService:
    """The traces of one store. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, one: Trace) -> Trace:
        """Write what is known of a trace; its spans may have come before, or come later.

        Raises:
            NotFoundError: there is no such experiment.
            NotActiveError: the experiment is in the trash.
            InvalidInputError: the id cannot be one.
        """
        _check_id(one.id)
        with self._store.write() as tx:
            place = f"{_root(tx, one.experiment_id)}/traces/{one.id}/artifacts"
            tags = {ARTIFACT_LOCATION: place, **one.tags}
            rows.put_trace(tx, msgspec.structs.replace(one, tags=tags))
            for given in one.assessments:
                judged.put_assessment(tx, msgspec.structs.replace(given, trace_id=one.id))
            return _find(tx, one.id)

    def put_spans(self, experiment_id: str, spans: Sequence[Span]) -> None:
        """Write spans; a trace that is not known yet is made from them.

        Raises:
            NotFoundError: there is no such experiment.
            NotActiveError: the experiment is in the trash.
            InvalidInputError: an id cannot be one.
            LimitError: a trace would have too many spans.
        """
        by_trace: dict[str, list[Span]] = {}
        for one in spans:
            by_trace.setdefault(_check_id(one.trace_id), []).append(one)
        with self._store.write() as tx:
            root = _root(tx, experiment_id)
            for trace_id in sorted(by_trace):
                some = by_trace[trace_id]
                if rows.count_spans(tx, trace_id) + len(some) > MAX_SPANS:
                    raise LimitError(
                        f"The trace {trace_id} has too many spans.",
                        hint=f"The limit is {MAX_SPANS:,}.",
                    )
                known = trace_id in rows.known_traces(tx, [trace_id])
                rows.add_trace(tx, _from_spans(experiment_id, trace_id, some))
                rows.put_spans(tx, some)
                tags = {SPANS_LOCATION: STORED_HERE}
                top = next((one for one in some if one.parent_id is None), None)
                if not known:
                    tags[ARTIFACT_LOCATION] = f"{root}/traces/{trace_id}/artifacts"
                    tags |= {TRACE_NAME: top.name} if top else {}
                rows.put_texts(tx, trace_tag, trace_id, tags)
                if top is not None and top.ended_ns is not None:
                    _close(tx, trace_id, top)

    def get(self, trace_id: str) -> Trace:
        """Return a trace without its spans.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self._store.read() as cx:
            return _find(cx, trace_id)

    def get_whole(self, trace_ids: Sequence[str]) -> list[tuple[Trace, list[Span]]]:
        """Return traces with their spans; those that do not exist are left out."""
        with self._store.read() as cx:
            found = rows.read_traces(cx, trace_ids)
            spans = rows.read_spans(cx, [one.id for one in found])
        return [(one, spans.get(one.id, [])) for one in found]

    def get_many(self, trace_ids: Sequence[str]) -> list[Trace]:
        """Return traces without their spans; those that do not exist are left out."""
        with self._store.read() as cx:
            return rows.read_traces(cx, trace_ids)

    def set_texts(
        self,
        trace_id: str,
        *,
        tags: Mapping[str, str] | None = None,
        metadata: Mapping[str, str] | None = None,
        **values: Any,
    ) -> Trace:
        """Set tags, metadata and columns of a trace.

        Raises:
            NotFoundError: there is none of this id.
            LimitError: the name of a tag cannot be one.
        """
        for name in tags or {}:
            check_key("tag", name)
        with self._store.write() as tx:
            _find(tx, trace_id)
            if values:
                rows.change_trace(tx, trace_id, **values)
            rows.put_texts(tx, trace_tag, trace_id, tags or {})
            rows.put_texts(tx, trace_note, trace_id, metadata or {})
            return _find(tx, trace_id)

    def delete_tag(self, trace_id: str, name: str) -> None:
        """Remove a tag.

        Raises:
            NotFoundError: there is no such trace, or it has no such tag.
        """
        with self._store.write() as tx:
            _find(tx, trace_id)
            if not rows.delete_tag(tx, trace_id, name):
                raise NotFoundError(
                    f"No trace tag with key '{name}' for trace with ID '{trace_id}'"
                )

    def link(self, trace_ids: Sequence[str], run_id: str) -> None:
        """Note that traces belong to a run; traces that are not known yet are left out.

        Raises:
            NotFoundError: there is no such run.
        """
        with self._store.write() as tx:
            if not clientruns.known_runs(tx, [run_id]):
                raise NotFoundError(f"Run with id={run_id} not found")
            rows.link_run(tx, rows.known_traces(tx, trace_ids), run_id)
            outbox.put_change(tx, "run", run_id, "updated")

    def delete(
        self,
        experiment_id: str,
        *,
        ids: Sequence[str] = (),
        until: Millis | None = None,
        limit: int,
        who: str,
    ) -> int:
        """Remove traces of an experiment by id, or the oldest up to a time; return how many.

        Raises:
            InvalidInputError: neither or both are given.
        """
        if bool(ids) == (until is not None):
            raise InvalidInputError(
                "Either `max_timestamp_millis` or `trace_ids` must be specified, but not both."
            )
        with self._store.write() as tx:
            count = rows.delete_traces(tx, experiment_id, ids=ids, until=until, limit=limit)
            if count:
                audit.note(tx, "delete", "trace", experiment_id, who=who, count=count)
        return count

    def search(
        self,
        experiment_ids: Sequence[str],
        *,
        filter: str | None = None,  # noqa: A002 - the word of the API
        order_by: Sequence[str] = (),
        limit: int = 100,
        cursor: str | None = None,
    ) -> TracePage:
        """Return a page of traces, the newest first unless an order is given.

        Raises:
            InvalidInputError: filter, order or cursor cannot be read.
        """
        places = trace_places(order_by)
        values = keyset.read_token(cursor, places) if cursor else None
        with self._store.read() as cx:
            found = page_traces(
                cx,
                experiment_ids=experiment_ids,
                text=filter,
                places=places,
                after_values=values,
                limit=limit + 1,
            )
            traces = rows.read_traces(cx, [row[0] for row in found[:limit]])
        token = keyset.write_token(found[limit - 1][1]) if len(found) > limit else None
        return TracePage(traces=traces, next_cursor=token)

    def count(self, experiment_ids: Sequence[str], *filters: str | None) -> int:
        """Return how many traces all of the filters meet.

        Raises:
            InvalidInputError: a filter cannot be read.
        """
        with self._store.read() as cx:
            return count_traces(cx, experiment_ids, *filters)

    def assess(self, one: Assessment) -> Assessment:
        """Add an assessment; the one that it overrides does not count any more.

        Raises:
            NotFoundError: there is no such trace, or nothing to override.
        """
        made = msgspec.structs.replace(one, id=one.id or f"a-{new_id()}")
        with self._store.write() as tx:
            _find(tx, one.trace_id)
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
            merged = {**before.content, **content}
            changed = msgspec.structs.replace(
                before,
                name=str(merged.get("assessment_name", before.name)),
                updated_at=now_ms(),
                content=merged,
            )
            judged.put_assessment(tx, changed)
        return changed

    def delete_assessment(self, trace_id: str, assessment_id: str) -> None:
        """Remove an assessment; the one that it overrode counts again.

        Raises:
            NotFoundError: there is no such trace, or it has none of this id.
        """
        with self._store.write() as tx:
            found = _find_assessment(tx, trace_id, assessment_id)
            judged.delete_assessment(tx, assessment_id)
            if found.overrides:
                judged.set_valid(tx, found.overrides, valid=True)


def _check_id(trace_id: str) -> str:
    if not 0 < len(trace_id) <= MAX_TRACE_ID_CHARS or not trace_id.isprintable() or "/" in trace_id:
        raise InvalidInputError(
            f"{trace_id[:80]!r} cannot be the id of a trace.",
            hint=f"Use up to {MAX_TRACE_ID_CHARS} printable characters without a slash.",
        )
    return trace_id


def _find(cx: Connection, trace_id: str) -> Trace:
    for found in rows.read_traces(cx, [trace_id]):
        return found
    raise NotFoundError(f"Trace with ID '{trace_id[:80]}' not found.")


def _find_assessment(cx: Connection, trace_id: str, assessment_id: str) -> Assessment:
    _find(cx, trace_id)
    found = judged.find_assessment(cx, trace_id, assessment_id)
    if found is None:
        raise NotFoundError(
            f"Assessment with ID '{assessment_id[:80]}' not found for trace '{trace_id}'"
        )
    return found


def _root(cx: Connection, experiment_id: str) -> str:
    found = logged.read_experiment(cx, experiment_id)
    if found is None:
        raise NotFoundError(f"No Experiment with id={experiment_id} exists")
    if found.trashed_at is not None:
        raise NotActiveError(
            f"The experiment {experiment_id} must be in the 'active' state; it is in the trash."
        )
    return (found.artifact_location or f"mlflow-artifacts:/{experiment_id}").rstrip("/")


def _from_spans(experiment_id: str, trace_id: str, spans: Iterable[Span]) -> Trace:
    first = min(one.started_ns for one in spans)
    return Trace(
        id=trace_id,
        experiment_id=experiment_id,
        started_at=first // _NS,
        duration_ms=None,
        state="IN_PROGRESS",
    )


def _close(tx: Connection, trace_id: str, top: Span) -> None:
    found = _find(tx, trace_id)
    if found.state != "IN_PROGRESS" or top.ended_ns is None:
        return
    rows.change_trace(
        tx,
        trace_id,
        state="ERROR" if top.status == "ERROR" else "OK",
        duration_ms=max(0, (top.ended_ns - top.started_ns) // _NS),
    )
