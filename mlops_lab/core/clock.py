"""Owns what time means: whole milliseconds since the Unix epoch, UTC, everywhere in the product."""

from __future__ import annotations

import time
from collections.abc import Callable

Millis = int
"""Milliseconds since 1970-01-01T00:00:00Z, or a duration in milliseconds."""

Clock = Callable[[], Millis]
"""A source of the current time; services take one, so that tests can hold the time."""


def now_ms() -> Millis:
    """Return the current time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
