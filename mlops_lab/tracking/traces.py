"""Owns ``lab.traces``: traces as clients send them, in any order, with their spans and assessments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import InvalidInputError, LimitError, NotFoundError
from mlops_lab.core.limits import check_key
from mlops_lab.core.logged import NotActiveError
from mlops_lab.core.masking import mask_json, mask_texts, masked
from mlops_lab.core.traces import (
    ARTIFACT_LOCATION,
    LINKED_PROMPTS,
    MAX_LINKED_PROMPTS,
    MAX_SPANS,
    MAX_TRACE_ID_CHARS,
    SPANS_LOCATION,
    STORED_HERE,
    TRACE_NAME,
    Span,
    Trace,
    TracePage,
)
from mlops_lab.core.tracesums import TraceQuestion, TraceSum
from mlops_lab.store import (
    assessments as judged,
    audit,
    clientruns,
    keyset,
    logged,
    outbox,
    traces as rows,
)
from mlops_lab.store.trace_search import count_traces, page_traces, trace_places
from mlops_lab.store.trace_sums import sum_traces
from mlops_lab.store.trace_tables import trace_note, trace_tag

from .assessing import TraceAssessments, find_trace
from .spansums import add_tokens, previews

_NS = 1_000_000


class TracesService(TraceAssessments):
    """The traces of one store. Safe to use from several threads."""

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
            here = masked(msgspec.structs.replace(one, tags=tags))
            rows.put_trace(tx, here)
            for given in here.assessments:
                judged.put_assessment(tx, msgspec.structs.replace(given, trace_id=one.id))
            return find_trace(tx, one.id)

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
            by_trace.setdefault(_check_id(one.trace_id), []).append(masked(one))
        with self._store.write() as tx:
            root = _root(tx, experiment_id)
            for trace_id in sorted(by_trace):
                some = by_trace[trace_id]
                if rows.count_spans(tx, trace_id) + len(some) > MAX_SPANS:
                    raise LimitError(
                        f"The trace {trace_id} has too many spans.",
                        hint=f"The limit is {MAX_SPANS:,}.",
                    )
                known = rows.hold_trace(tx, trace_id)
                if not known:
                    rows.add_trace(tx, _from_spans(experiment_id, trace_id, some))
                    rows.hold_trace(tx, trace_id)
                before = rows.read_spans_by_id(tx, trace_id, [one.id for one in some])
                rows.put_spans(tx, some)
                tags = {SPANS_LOCATION: STORED_HERE}
                top = next((one for one in some if one.parent_id is None), None)
                if not known:
                    tags[ARTIFACT_LOCATION] = f"{root}/traces/{trace_id}/artifacts"
                    tags |= {TRACE_NAME: top.name} if top else {}
                rows.put_texts(tx, trace_tag, trace_id, tags)
                found = find_trace(tx, trace_id)
                add_tokens(tx, found, spans=some, before=before)
                if top is not None:
                    _tell_of(tx, found, top)

    def get(self, trace_id: str) -> Trace:
        """Return a trace without its spans.

        Raises:
            NotFoundError: there is none of this id.
        """
        with self._store.read() as cx:
            return find_trace(cx, trace_id)

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
            find_trace(tx, trace_id)
            if values:
                rows.change_trace(tx, trace_id, **mask_json("", values))
            rows.put_texts(tx, trace_tag, trace_id, mask_texts(tags or {}))
            rows.put_texts(tx, trace_note, trace_id, mask_texts(metadata or {}))
            return find_trace(tx, trace_id)

    def delete_tag(self, trace_id: str, name: str) -> None:
        """Remove a tag.

        Raises:
            NotFoundError: there is no such trace, or it has no such tag.
        """
        with self._store.write() as tx:
            find_trace(tx, trace_id)
            if not rows.delete_tag(tx, trace_id, name):
                raise NotFoundError(
                    f"No trace tag with key '{name}' for trace with ID '{trace_id}'"
                )

    def link(self, trace_ids: Sequence[str], run_id: str) -> None:
        """Note that traces belong to a run; they may arrive later than this.

        Raises:
            NotFoundError: there is no such run.
            InvalidInputError: an id cannot be one of a trace.
        """
        ids = [_check_id(one) for one in trace_ids]
        with self._store.write() as tx:
            if not clientruns.known_runs(tx, [run_id]):
                raise NotFoundError(f"Run with id={run_id} not found")
            rows.link_run(tx, ids, run_id)
            outbox.put_change(tx, "run", run_id, "updated")

    def link_prompts(self, trace_id: str, versions: Sequence[Mapping[str, str]]) -> None:
        """Note in a tag, as JSON, which versions of prompts a trace used, besides those before.

        Raises:
            NotFoundError: there is no such trace.
            LimitError: the trace would have too many.
        """
        with self._store.write() as tx:
            before = find_trace(tx, trace_id).tags.get(LINKED_PROMPTS, "")
            linked = _prompts_of(before)
            linked += [one for one in map(dict, versions) if one not in linked]
            if len(linked) > MAX_LINKED_PROMPTS:
                raise LimitError(
                    f"The trace {trace_id} has too many prompts.",
                    hint=f"The limit is {MAX_LINKED_PROMPTS:,}.",
                )
            text = msgspec.json.encode(linked).decode()
            rows.put_texts(tx, trace_tag, trace_id, {LINKED_PROMPTS: text})

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

    def sums(self, asked: TraceQuestion) -> list[TraceSum]:
        """Return a metric of many traces, summed up in groups.

        Raises:
            InvalidInputError: the metric, an aggregation, a dimension or a filter is not known.
        """
        with self._store.read() as cx:
            return sum_traces(cx, asked)

    def count(self, experiment_ids: Sequence[str], *filters: str | None) -> int:
        """Return how many traces all of the filters meet.

        Raises:
            InvalidInputError: a filter cannot be read.
        """
        with self._store.read() as cx:
            return count_traces(cx, experiment_ids, *filters)


def _check_id(trace_id: str) -> str:
    if not 0 < len(trace_id) <= MAX_TRACE_ID_CHARS or not trace_id.isprintable() or "/" in trace_id:
        raise InvalidInputError(
            f"{trace_id[:80]!r} cannot be the id of a trace.",
            hint=f"Use up to {MAX_TRACE_ID_CHARS} printable characters without a slash.",
        )
    return trace_id


def _prompts_of(text: str) -> list[Any]:
    """Return what the tag lists; one that somebody set to something else begins anew."""
    try:
        return msgspec.json.decode(text, type=list[Any]) if text else []
    except msgspec.DecodeError:
        return []


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


def _tell_of(tx: Connection, known: Trace, top: Span) -> None:
    """Write what the topmost span tells of its trace, unless a client has told it already."""
    values: dict[str, Any] = dict(previews(known, top))
    if known.state == "IN_PROGRESS":
        values["started_at"] = min(known.started_at, top.started_ns // _NS)
        if top.ended_ns is not None:
            values["state"] = "ERROR" if top.status == "ERROR" else "OK"
            values["duration_ms"] = max(0, (top.ended_ns - top.started_ns) // _NS)
    if values:
        rows.change_trace(tx, known.id, **values)
