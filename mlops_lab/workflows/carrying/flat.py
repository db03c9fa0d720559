"""Owns how nested settings and logged values of other tools become names and texts or numbers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mlops_lab.core.clock import Millis

_MAX_DEPTH = 20


def flat(value: Mapping[str, Any], *, joined: str = ".") -> Iterator[tuple[str, Any]]:
    """Yield (name, value) of everything in nested dicts; names are joined."""
    yield from _flat("", value, joined, _MAX_DEPTH)


def _flat(prefix: str, value: Any, joined: str, left: int) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping) or not value or not left:
        yield prefix, value
        return
    for name, below in value.items():
        yield from _flat(
            f"{prefix}{joined}{name}" if prefix else str(name), below, joined, left - 1
        )


def texts_of(value: Mapping[str, Any]) -> dict[str, str]:
    """Return nested settings as params: a name each, and the text of its value."""
    return {name: as_text(one) for name, one in flat(value) if name}


def as_text(value: Any) -> str:
    """Return the text of a value as Python would print it."""
    return value if isinstance(value, str) else repr(value)


def as_number(value: Any) -> float | None:
    """Return a logged value as the number that it is, or None when it is none."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    return None


def from_json(text: str) -> Any:
    """Return what a JSON text holds, or the text itself when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def from_iso(text: object) -> Millis | None:
    """Return a time such as ``2026-01-02T03:04:05+00:00`` in milliseconds; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)
