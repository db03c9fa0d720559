"""Owns when a schedule fires: five-field cron in an IANA timezone, its errors, and its words.

Daylight saving follows Debian's cron: a local time that a gap skips runs once, right after the
gap; a local time that a fold repeats runs once. Fields that begin with ``*`` follow real time.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import msgspec
from cronsim import CronSim

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import InvalidInputError, UnknownInputError, nearest
from mlops_lab.core.jobs import CronPreview

from .cron import ANY_TIME, WEEKDAY, normalize, to_number

MAX_COUNTED = 1000
"""Missed fire times are counted up to this many."""

_MAX_PREVIEW = 100
_HOUR_MS = 3_600_000
_LOOK_BACK_MS = (
    _HOUR_MS,
    24 * _HOUR_MS,
    32 * 24 * _HOUR_MS,
    366 * 24 * _HOUR_MS,
    30 * 366 * 24 * _HOUR_MS,
)
_DAY_WORDS = (
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


class Due(msgspec.Struct, frozen=True):
    """The latest fire time that is due, and how many earlier ones were missed."""

    latest: Millis
    skipped: int


def find_zone(timezone: str) -> ZoneInfo:
    """Return the IANA timezone of this name.

    Raises:
        UnknownInputError: there is none; the hint has the nearest name.
    """
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = available_timezones()
    by_lower = {name.lower(): name for name in known}
    wanted = timezone.strip().lower().replace(" ", "_")
    match = by_lower.get(wanted) or _same_city(wanted, known)
    if match is None:
        near = nearest(wanted, by_lower)
        match = by_lower[near] if near else None
    hint = f"Did you mean {match!r}?" if match else "Use an IANA name such as 'Europe/Berlin'."
    raise UnknownInputError(f"The timezone {timezone!r} is not known.", hint=hint)


def next_fire_at(cron: str, timezone: str, after: Millis) -> Millis:
    """Return the first fire time after ``after``.

    Raises:
        InvalidInputError: cron or timezone is bad, or no fire time is left.
    """
    return next_fire_times(cron, timezone, after=after, count=1)[0]


def next_fire_times(cron: str, timezone: str, *, after: Millis, count: int) -> list[Millis]:
    """Return the next ``count`` fire times after ``after``, ascending.

    Raises:
        InvalidInputError: cron or timezone is bad, or no fire time is left.
    """
    found = list(itertools.islice(_times(cron, timezone, after=after), count))
    if len(found) < count:
        raise InvalidInputError(
            f"The cron expression {normalize(cron)!r} has no fire time left.",
            hint="Use a day that comes again.",
        )
    return found


def describe(cron: str) -> str:
    """Return a valid cron expression in words, such as ``every day at 06:00``."""
    text = normalize(cron)
    minute, hour, day, month, weekday = text.split()
    explained = _lower_first(CronSim(text, ANY_TIME).explain())
    if not (minute.isdigit() and hour.isdigit() and (day, month) == ("*", "*")):
        return explained
    at = f"at {int(hour):02d}:{int(minute):02d}"
    if weekday == "*":
        return f"every day {at}"
    days = _weekday_words(weekday)
    return f"{days} {at}" if days else explained


def latest_due(cron: str, timezone: str, *, first: Millis, now: Millis) -> Due:
    """Return what is due of a schedule whose earliest fire time that has not run is ``first``.

    Raises:
        InvalidInputError: cron or timezone is bad.
    """
    latest, skipped = first, 0
    for moment in _times_until(cron, timezone, after=first, until=now):
        latest, skipped = moment, skipped + 1
        if skipped > MAX_COUNTED:
            return Due(latest=_last_before(cron, timezone, now), skipped=skipped)
    return Due(latest=latest, skipped=skipped)


def fire_words(moment: Millis, timezone: str, *, now: Millis) -> str:
    """Return a fire time in words of its own timezone: ``Mon 23 Nov 2026 06:00 CET (in 2 days)``."""
    return f"{local_words(moment, timezone)} ({_distance(moment - now)})"


def local_words(moment: Millis, timezone: str) -> str:
    """Return a time in words of its own timezone: ``Mon 23 Nov 2026 06:00 CET``."""
    local = datetime.fromtimestamp(moment / 1000, tz=find_zone(timezone))
    zone = local.tzname() or timezone
    if not zone[:1].isalpha():
        zone = f"UTC{zone}"
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} {zone}"


def preview(*, cron: str, timezone: str, now: Millis, count: int = 3) -> CronPreview:
    """Return what a schedule would do from ``now`` on: words, and the next ``count`` fire times.

    Raises:
        InvalidInputError: cron, timezone or count is bad.
    """
    if not 1 <= count <= _MAX_PREVIEW:
        raise InvalidInputError(
            f"count is {count}, which is outside 1-{_MAX_PREVIEW}.", hint="Leave it out for 3."
        )
    times = next_fire_times(cron, timezone, after=now, count=count)
    return CronPreview(
        cron=normalize(cron),
        timezone=timezone,
        description=describe(cron),
        next_fire_at=times,
        next_fire_words=[fire_words(time, timezone, now=now) for time in times],
    )


def _times(cron: str, timezone: str, *, after: Millis) -> Iterator[Millis]:
    text, zone = normalize(cron), find_zone(timezone)
    last = after
    try:
        for moment in CronSim(text, datetime.fromtimestamp(after / 1000, tz=zone)):
            millis = round(moment.timestamp()) * 1000
            # In a fold the first of the two equal local times is the one that counts; seen from
            # the second it lies in the past.
            if millis > last:
                last = millis
                yield millis
    except (OverflowError, OSError, ValueError):
        # Beyond the last year that a calendar knows.
        return


def _times_until(cron: str, timezone: str, *, after: Millis, until: Millis) -> Iterator[Millis]:
    times = _times(cron, timezone, after=after)
    return itertools.takewhile(lambda moment: moment <= until, times)


def _last_before(cron: str, timezone: str, now: Millis) -> Millis:
    # After a long pause a schedule of every minute has missed millions of times: look back in
    # growing steps, instead of counting up to now.
    for back in _LOOK_BACK_MS:
        times = list(_times_until(cron, timezone, after=now - back, until=now))
        if times:
            return times[-1]
    raise InvalidInputError(f"The cron expression {cron!r} has had no fire time for years.")


def _same_city(wanted: str, known: set[str]) -> str | None:
    city = wanted.rsplit("/", 1)[-1]
    found = sorted(name for name in known if name.rsplit("/", 1)[-1].lower() == city)
    return found[0] if found else None


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _weekday_words(field: str) -> str | None:
    numbers = [to_number(WEEKDAY, part) for part in field.split("-")]
    if None in numbers or len(numbers) > 2:  # noqa: PLR2004 - a range has two ends
        return None
    words = [_DAY_WORDS[number] for number in numbers if number is not None]
    return " to ".join(words) if len(words) == 2 else f"every {words[0]}"  # noqa: PLR2004 - as above


def _distance(millis: Millis) -> str:
    minutes = max(0, round(millis / 60_000))
    if minutes < 1:
        return "in less than a minute"
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= 2 * size or unit == "minute":
            amount = round(minutes / size)
            return f"in {amount} {unit}{'s'[: amount > 1]}"
    return "now"
