"""Owns what time means: whole milliseconds since the Unix epoch, UTC, everywhere in the product."""

from __future__ import annotations

import time
from collections.abc import Callable

Millis = int
"""Milliseconds since 1970-01-01T00:00:00Z, or a duration in milliseconds."""

MAX_TIME: Millis = 253_402_300_799_999
"""The last time that can be written as a date, the end of the year 9999."""

Clock = Callable[[], Millis]
"""A source of the current time; services take one, so that tests can hold the time."""


def now_ms() -> Millis:
    """Return the current time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def held_time(value: int) -> Millis:
    """Return a time within 1970 to 9999: the nearest one to what another program wrote."""
    return min(max(0, value), MAX_TIME)
