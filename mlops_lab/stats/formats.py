"""Owns what texts look like: dates, whole numbers, numbers and the like that are written as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

_DATE_FORMATS: tuple[tuple[str, str], ...] = (
    ("%Y-%m-%d", r"\d{4}-\d\d-\d\d"),
    ("%Y/%m/%d", r"\d{4}/\d\d/\d\d"),
    ("%d.%m.%Y", r"\d\d?\.\d\d?\.\d{4}"),
    ("%m/%d/%Y", r"\d\d?/\d\d?/\d{4}"),
    ("%d/%m/%Y", r"\d\d?/\d\d?/\d{4}"),
    ("%d-%m-%Y", r"\d\d?-\d\d?-\d{4}"),
    ("%Y-%m", r"\d{4}-\d\d"),
    ("%Y-%m-%d %H:%M", r"\d{4}-\d\d-\d\d \d\d:\d\d"),
    ("%Y-%m-%d %H:%M:%S", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    ("%Y-%m-%d %H:%M:%S.%f", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,6}"),
    ("%Y-%m-%dT%H:%M:%S", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
    ("%Y-%m-%dT%H:%M:%S.%f", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}"),
    ("%Y-%m-%dT%H:%M:%S%z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)"),
    ("%Y-%m-%dT%H:%M:%S.%f%z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}(Z|[+-]\d\d:?\d\d)"),
    ("%d %b %Y", r"\d\d? [A-Z][a-z]{2} \d{4}"),
    ("%H:%M", r"\d\d?:\d\d"),
    ("%H:%M:%S", r"\d\d?:\d\d:\d\d"),
    ("%Y%m%d", r"(19|20)\d{6}"),
)
_SHAPES: tuple[tuple[str, str], ...] = (
    ("int-like", r"[+-]?\d{1,19}"),
    ("float-like", r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?"),
    ("bool-like", r"(?i:true|false|yes|no)"),
    ("uuid", r"(?i:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12})"),
    ("email", r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    ("url", r"(?i:https?://)\S+"),
)


def detect_format(texts: Sequence[str]) -> str | None:
    """Return the one format that all ``texts`` have, None without one.

    It is a format of ``strptime`` for dates and times, or ``int-like``, ``float-like``,
    ``bool-like``, ``uuid``, ``email`` or ``url``. Of formats that all fit the first counts: dates
    such as 01/02/2024 are read month first.
    """
    stripped = [text.strip() for text in texts]
    if not stripped or not all(stripped):
        return None
    for name, pattern in _DATE_FORMATS:
        if _all_match(pattern, stripped) and all(map(_parses(name), stripped)):
            return name
    return next((name for name, pattern in _SHAPES if _all_match(pattern, stripped)), None)


def _all_match(pattern: str, texts: Sequence[str]) -> bool:
    match = re.compile(pattern).fullmatch
    return all(match(text) for text in texts)


def _parses(name: str) -> Callable[[str], bool]:
    # A year is added where there is none: strptime would warn of a day without one.
    def parses(text: str) -> bool:
        try:
            datetime.strptime(text, name)  # noqa: DTZ007 - the zone does not matter for the form
        except ValueError:
            return False
        return True

    return parses
