"""Owns how times, durations, numbers and texts are written for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mlops_lab.core.clock import Millis, now_ms

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000


def plain(text: str) -> str:
    """Return ``text`` on one line, with what would move the cursor or hide written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def counted(count: int, noun: str) -> str:
    """Return how many there are, such as ``1 run`` or ``2 runs``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def number(value: float | str | None) -> str:
    """Return a metric value with six significant digits; NaN and infinity are words already."""
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.6g}"


def literal(value: Any) -> str:
    """Return a parameter value as Python would write it, in at most 60 characters."""
    text = plain(repr(value))
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - what fits a line


def size(value: int) -> str:
    """Return a number of bytes such as ``4.2 MB``."""
    amount = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004 - the next unit is a thousand of this
            return f"{amount:.1f} {unit}" if unit != "B" else f"{value} B"
        amount /= 1000
    return f"{amount:.1f} TB"


def duration(value: Millis | None) -> str:
    """Return a duration such as ``4.2 s`` or ``1 h 5 min``."""
    if value is None:
        return "-"
    if value < _MINUTE:
        return f"{value / _SECOND:.1f} s"
    if value < _HOUR:
        return f"{value // _MINUTE} min {value % _MINUTE // _SECOND} s"
    return f"{value // _HOUR} h {value % _HOUR // _MINUTE} min"


def age(value: Millis | None) -> str:
    """Return how long ago a time was, such as ``3 min ago``."""
    if value is None:
        return "-"
    passed = max(0, now_ms() - value)
    for unit, word in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if passed >= unit:
            return f"{passed // unit} {word} ago"
    return f"{passed // _SECOND} s ago"


def moment(value: Millis | None) -> str:
    """Return a time in the local timezone."""
    if value is None:
        return "-"
    return (
        datetime.fromtimestamp(value / 1000, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    )


def shown_value(value: str | float | None) -> str:
    """Return a param or metric as a cell of a table shows it; a dash where there is none."""
    if value is None:
        return "-"
    return value if isinstance(value, str) else number(value)
