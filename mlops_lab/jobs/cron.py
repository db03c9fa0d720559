"""Owns the five fields of a cron expression: what is valid, and what is wrong with what is not."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from mlops_lab.core.errors import InvalidInputError, nearest

PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 7),
)
_MAX_CRON_CHARS = 500
_EXAMPLE = "Five fields: minute, hour, day of month, month, weekday; for example '0 6 * * 1-5'."
_MONTH, WEEKDAY = 3, 4
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
ANY_TIME = datetime(2024, 1, 1, tzinfo=UTC)
"""A moment to try expressions on."""


def normalize(cron: str) -> str:
    """Return ``cron`` as five fields with single spaces; ``@daily`` and its like are expanded.

    Raises:
        InvalidInputError: it is not a five-field cron expression; the message says which field is
            bad and why.
    """
    text = " ".join(cron.split())
    if len(text) > _MAX_CRON_CHARS:
        raise InvalidInputError(f"The cron expression has {len(text):,} characters.", hint=_EXAMPLE)
    if text.startswith("@"):
        return _expand(text)
    fields = text.split()
    _check_count(text, fields)
    for position, field in enumerate(fields):
        _check_field(text, position, field)
    try:
        first = next(CronSim(text, ANY_TIME), None)
    except CronSimError:
        first = None
    if first is None:
        raise InvalidInputError(
            f"The cron expression {text!r} never comes: its months have no such day "
            f"(field 3, day of month, is {fields[2]!r}; field 4, month, is {fields[3]!r}).",
            hint="Use a day that exists; 'L' in field 3 is the last day of each month.",
        )
    return text


def _expand(text: str) -> str:
    expanded = PRESETS.get(text.lower())
    if expanded is not None:
        return expanded
    match = nearest(text.lower(), PRESETS)
    hint = f"Did you mean {match!r}?" if match else f"Known: {', '.join(sorted(PRESETS))}."
    raise InvalidInputError(f"{text!r} is not a known preset.", hint=hint)


def _check_count(text: str, fields: list[str]) -> None:
    if len(fields) == len(FIELDS):
        return
    if not fields:
        raise InvalidInputError("The cron expression is empty.", hint=_EXAMPLE)
    hint = _EXAMPLE
    if len(fields) == len(FIELDS) + 1:
        hint = f"A field for seconds is not supported; leave out the first. {_EXAMPLE}"
    raise InvalidInputError(
        f"The cron expression {text!r} has {len(fields)} field{'s'[: len(fields) > 1]}, not 5.",
        hint=hint,
    )


def _check_field(text: str, position: int, field: str) -> None:
    alone = ["*"] * len(FIELDS)
    alone[position] = field
    name, low, high = FIELDS[position]
    # A step beyond the range is legal cron, but means something other than whoever wrote it thinks.
    too_far = any(int(step) > high for step in re.findall(r"/([0-9]{1,9})(?:,|$)", field))
    try:
        CronSim(" ".join(alone), ANY_TIME)
        if not too_far:
            return
    except (CronSimError, ValueError):
        pass
    raise InvalidInputError(
        f"Field {position + 1} ({name}) of the cron expression {text!r} is {field!r}: "
        f"{_reason(position, field)}.",
        hint=f"Allowed are {low}-{high}, lists (1,2), ranges (1-5), steps (*/15) and *.",
    )


def _reason(position: int, field: str) -> str:
    found = (_item_reason(position, item) for item in field.split(","))
    return next(filter(None, found), f"it cannot be read as a {FIELDS[position][0]}")


def _item_reason(position: int, item: str) -> str | None:
    _name, low, high = FIELDS[position]
    if not item:
        return "a list has an empty item"
    base, slash, step = item.partition("/")
    if slash and (not _is_digits(step) or int(step) == 0):
        return f"the step {step!r} is not a number above 0"
    if slash and int(step) > high:
        return f"the step {step} is larger than the whole range {low}-{high}"
    return None if base == "*" else _range_reason(position, base)


def _range_reason(position: int, base: str) -> str | None:
    _name, low, high = FIELDS[position]
    numbers: list[int] = []
    for part in base.split("-"):
        value = to_number(position, part)
        if value is None:
            return f"{part!r} is not a number{' or a name' if position >= _MONTH else ''}"
        if not low <= value <= high:
            return f"{value} is outside {low}-{high}"
        numbers.append(value)
    backwards = len(numbers) == 2 and numbers[0] > numbers[1]  # noqa: PLR2004 - a range has two ends
    return f"the range {base!r} runs backwards" if backwards else None


def to_number(position: int, part: str) -> int | None:
    """Return the value of a number or name in a field, or None when it is neither."""
    if _is_digits(part):
        return int(part)
    names = {_MONTH: _MONTH_NAMES, WEEKDAY: _DAY_NAMES}.get(position, ())
    if part.upper() in names:
        return names.index(part.upper()) + FIELDS[position][1]
    return None


def _is_digits(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,9}", text) is not None
