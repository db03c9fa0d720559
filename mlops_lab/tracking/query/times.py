"""Owns times and amounts in words: ``last week``, ``2 hours ago``, ``10m``, ``2GB``."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import UnknownInputError
from mlops_lab.core.query import Period

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_UNIT = (
    r"(?:milliseconds?|ms|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|s|m|h|d|w)"
)
_AMOUNT = rf"\d+(?:\.\d+)?\s*{_UNIT}(?![A-Za-z])"
_DATE = (
    r"\d{4}-\d{1,2}(?:-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?"
    r"(?:Z|[+-]\d{2}:?\d{2})?)?)?(?![\d-])"
)
_DAY = "|".join(_DAYS)
PHRASE = re.compile(
    rf"(?:now|today|yesterday|(?:last|this)\s+(?:hour|day|week|month|year|{_DAY})|{_DAY}"
    rf"|{_AMOUNT}\s+ago|{_DATE}|\d+(?:\.\d+)?(?:[eE]\+?\d+)?)(?![\w-])",
    re.IGNORECASE,
)
SPAN = re.compile(rf"{_AMOUNT}(?:\s*{_AMOUNT})*", re.IGNORECASE)
_ONE_AMOUNT = re.compile(rf"(\d+(?:\.\d+)?)\s*({_UNIT})(?![A-Za-z])", re.IGNORECASE)
_SIZES = {"": 1, "k": 1_000, "m": 10**6, "g": 10**9, "t": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?(?:[eE]\+?\d+)?)\s*(?:([kmgt]?)(i?)b)?", re.IGNORECASE)
_MAX_MS = 2**53
EXAMPLES = "Examples: yesterday, last week, monday, 2 hours ago, 2026-11-01, '2026-11-01 14:30'."


class Clockwork(msgspec.Struct, frozen=True):
    """What times in words are counted from: the time now, and the user's time zone.

    ``zone`` is None for the time zone of this machine.
    """

    now: Millis
    zone: ZoneInfo | None = None

    def local_now(self) -> datetime:
        """Return the time on the user's wall clock."""
        return datetime.fromtimestamp(self.now / 1000, self.zone).replace(tzinfo=None)

    def millis(self, wall: datetime) -> Millis:
        """Return the time at which a wall clock shows this."""
        aware = wall if self.zone is None else wall.replace(tzinfo=self.zone)
        return round(aware.timestamp() * 1000)


def find_zone(name: str | None) -> ZoneInfo | None:
    """Return the time zone of an IANA name; None for None.

    Raises:
        UnknownInputError: there is no such zone.
    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownInputError(
            f"There is no time zone {name[:60]!r}.", hint="Example: Europe/Berlin"
        ) from error


def read_period(text: str, clock: Clockwork) -> Period | None:
    """Return the period that words mean, such as a whole day; None when they mean none.

    A moment, such as ``now`` or a number of milliseconds, lasts a millisecond.
    """
    words = " ".join(text.lower().split())
    if PHRASE.fullmatch(words) is None:
        return None
    try:
        return _read(words, clock)
    except (ValueError, OverflowError, OSError):
        return None


def read_span(text: str) -> Millis | None:
    """Return how long words say, such as ``1h 30m``; a number alone is seconds."""
    try:
        return _bounded(float(text) * 1000)
    except ValueError:
        pass
    if SPAN.fullmatch(text.strip()) is None:
        return None
    amounts = _ONE_AMOUNT.findall(text)
    return _bounded(sum(float(number) * _unit_ms(unit) for number, unit in amounts))


def read_size(text: str) -> int | None:
    """Return the bytes that words mean, such as ``2GB`` or ``512MiB``; a number alone is bytes."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    number, letter, binary = found.groups()
    power = "kmgt".index(letter.lower()) + 1 if letter else 0
    factor = 1024**power if binary else _SIZES[(letter or "").lower()]
    return _bounded(float(number) * factor)


def _bounded(amount: float) -> int | None:
    return round(amount) if 0 <= amount < _MAX_MS else None


def _unit_ms(unit: str) -> float:
    lowered = unit.lower()
    if lowered.startswith("month"):
        return 30 * _UNITS_MS["d"]
    return _UNITS_MS["ms" if lowered.startswith(("ms", "milli")) else lowered[0]]


def _read(words: str, clock: Clockwork) -> Period:
    if re.fullmatch(r"\d+(?:\.\d+)?(?:e\+?\d+)?", words):
        at = round(float(words))
        return Period(at, at + 1) if 0 <= at < _MAX_MS else Period(_MAX_MS, None)
    if words == "now":
        return Period(clock.now, clock.now + 1)
    if words.endswith("ago"):
        lasted = read_span(words.removesuffix("ago"))
        at = clock.now - (lasted or 0)
        return Period(at, at + 1)
    if words[0].isdigit():
        return _read_date(words, clock)
    return _read_named(words, clock)


def _read_date(words: str, clock: Clockwork) -> Period:
    text = words.upper()
    day, _, time = text.replace(" ", "T").partition("T")
    year, month, *rest = (int(part) for part in day.split("-"))
    if not rest:
        begin = datetime(year, month, 1)  # noqa: DTZ001 - the clock knows the zone
        return _between(begin, _next_month(begin), clock)
    begin = datetime(year, month, rest[0])  # noqa: DTZ001 - as above
    if not time:
        return _between(begin, begin + timedelta(days=1), clock)
    lasts = timedelta(seconds=1) if time.count(":") > 1 or "." in time else timedelta(minutes=1)
    hour, _, minutes = time.partition(":")
    exact = datetime.fromisoformat(f"{begin:%Y-%m-%d}T{int(hour):02d}:{minutes}")
    if exact.tzinfo is None:
        return _between(exact, exact + lasts, clock)
    at = round(exact.timestamp() * 1000)
    return Period(at, at + round(lasts.total_seconds() * 1000))


def _read_named(words: str, clock: Clockwork) -> Period:
    now = clock.local_now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    which, _, unit = words.rpartition(" ")
    if unit in ("today", "yesterday"):
        begin = today - timedelta(days=unit == "yesterday")
        return _between(begin, begin + timedelta(days=1), clock)
    if unit in _DAYS:
        back = (today.weekday() - _DAYS.index(unit)) % 7
        begin = today - timedelta(days=back or 7 * (which == "last"))
        return _between(begin, begin + timedelta(days=1), clock)
    begin = {
        "hour": now.replace(minute=0, second=0, microsecond=0),
        "day": today,
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
        "year": today.replace(month=1, day=1),
    }[unit]
    if which == "last":
        begin = _before(begin, unit)
    return _between(begin, _after(begin, unit), clock)


def _before(begin: datetime, unit: str) -> datetime:
    if unit == "year":
        return begin.replace(year=begin.year - 1)
    if unit == "month":
        return (begin - timedelta(days=1)).replace(day=1)
    return begin - timedelta(**{f"{unit}s": 1})


def _after(begin: datetime, unit: str) -> datetime:
    if unit == "year":
        return begin.replace(year=begin.year + 1)
    return _next_month(begin) if unit == "month" else begin + timedelta(**{f"{unit}s": 1})


def _next_month(begin: datetime) -> datetime:
    return (begin.replace(day=28) + timedelta(days=4)).replace(day=1)


def _between(begin: datetime, end: datetime, clock: Clockwork) -> Period:
    return Period(clock.millis(begin), clock.millis(end))
