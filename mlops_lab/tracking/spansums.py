"""Owns what the spans of a trace say of the whole of it: its tokens, its question and its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.traces import (
    INPUTS,
    MAX_PREVIEW_CHARS,
    OUTPUTS,
    TRACE_SCHEMA,
    TRACE_TOKENS,
    USAGE,
    Span,
    Trace,
)
from mlops_lab.store import traces as rows
from mlops_lab.store.trace_tables import trace_note


def add_tokens(
    tx: Connection, known: Trace, *, spans: Sequence[Span], before: Sequence[Span]
) -> None:
    """Add the tokens of spans to those of their trace; ``before`` is what they replace.

    A client of MLflow counts by itself, and tells with the trace.
    """
    if TRACE_SCHEMA in known.metadata:
        return
    more, less = _tokens(spans), _tokens(before)
    if not more and not less:
        return
    counted = _counts(known.metadata.get(TRACE_TOKENS, ""))
    sums = {
        name: max(0, counted.get(name, 0) + more.get(name, 0) - less.get(name, 0))
        for name in sorted({*counted, *more, *less})
    }
    text = msgspec.json.encode(sums).decode()
    rows.put_texts(tx, trace_note, known.id, {TRACE_TOKENS: text})


def previews(known: Trace, top: Span) -> dict[str, str]:
    """Return what the topmost span says that was asked and answered, where nobody has told."""
    found: dict[str, str] = {}
    asked, answered = _attribute(top, INPUTS), _attribute(top, OUTPUTS)
    if known.request_preview is None and asked is not None:
        found["request_preview"] = asked[:MAX_PREVIEW_CHARS]
    if known.response_preview is None and answered is not None:
        found["response_preview"] = answered[:MAX_PREVIEW_CHARS]
    return found


def _tokens(spans: Iterable[Span]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in {one.id: one for one in spans}.values():
        for name, count in _counts(_attribute(one, USAGE) or "").items():
            sums[name] = sums.get(name, 0) + count
    return sums


def _attribute(span: Span, name: str) -> str | None:
    """Return the JSON of an attribute; None where there is none, as a span taken in may be bare."""
    attributes = span.content.get("attributes")
    found = attributes.get(name) if isinstance(attributes, Mapping) else None
    return found if isinstance(found, str) else None


def _counts(text: str) -> Mapping[str, int]:
    """Return counts that were written as JSON; what is none is left out."""
    try:
        found: Any = msgspec.json.decode(text) if text else {}
    except msgspec.DecodeError:
        return {}
    counts = found.items() if isinstance(found, dict) else ()
    return {name: value for name, value in counts if isinstance(value, int)}
