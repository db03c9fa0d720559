"""Owns what the store takes of a record: a value beyond a limit becomes a warning of its run.

The kernel refuses such values where they are logged. A record that comes in all the same must
neither be stored nor hold up the records behind it.
"""

from __future__ import annotations

from mlops_lab.core.errors import LimitError
from mlops_lab.core.limits import MAX_CELL_BYTES, check_key, check_param_value
from mlops_lab.core.numbers import WireNumber, from_wire
from mlops_lab.core.records import CellCaptured, ParamLogged, TagSet
from mlops_lab.store.metrics import NewPoints
from mlops_lab.store.rows import INT64_MAX, INT64_MIN

Warnings = list[tuple[str, str]]
"""Warnings as (run id, text), to which each check adds its own."""

_INT32_MAX = 2**31 - 1


def param_fits(record: ParamLogged, warnings: Warnings) -> bool:
    """Tell whether a param can be stored."""
    try:
        check_key("param", record.name)
        check_param_value(record.name, record.value)
    except LimitError as error:
        warnings.append((record.run_id, str(error)))
        return False
    return True


def tag_fits(record: TagSet, warnings: Warnings) -> bool:
    """Tell whether a tag can be stored; its value has the limit of a param."""
    try:
        check_key("tag", record.name)
        check_param_value(record.name, record.value)
    except LimitError as error:
        warnings.append((record.run_id, str(error)))
        return False
    return True


def cell_fits(record: CellCaptured, warnings: Warnings) -> bool:
    """Tell whether the source of a cell can be stored."""
    size = len(record.source.encode("utf-8", "surrogatepass"))
    if size <= MAX_CELL_BYTES:
        return True
    text = f"The cell's source has {size:,} bytes and was not stored"
    warnings.append((record.run_id, f"{text}; the limit is {MAX_CELL_BYTES:,} bytes."))
    return False


def fitting_points(
    pair: tuple[str, str],
    *,
    steps: list[int],
    times: list[int],
    values: list[WireNumber],
    warnings: Warnings,
) -> NewPoints | None:
    """Return the points of (run id, metric name) as they are stored, or None when none can be."""
    run_id, name = pair
    try:
        check_key("metric", name)
    except LimitError as error:
        warnings.append((run_id, str(error)))
        return None
    stored = [v if type(v) is float and v == v else _stored(v) for v in values]  # noqa: PLR0124 - NaN
    if _all_in_range(steps) and _all_possible(times):
        return NewPoints(steps=steps, times=times, values=stored)
    kept = [
        point
        for point in zip(steps, times, stored, strict=True)
        if _all_in_range([point[0]]) and _all_possible([point[1]])
    ]
    text = f"{len(steps) - len(kept):,} points of metric {name!r} were not stored"
    warnings.append((run_id, f"{text}: a step or a time is beyond 64 bits."))
    if not kept:
        return None
    return NewPoints(
        steps=[step for step, _, _ in kept],
        times=[time for _, time, _ in kept],
        values=[value for _, _, value in kept],
    )


def in_range(number: int) -> int:
    """Return the nearest number that a column of 64 bits can hold."""
    return min(max(number, INT64_MIN), INT64_MAX)


def in_range_or_none(number: int | None) -> int | None:
    """Return ``in_range(number)``, or None for None."""
    return None if number is None else in_range(number)


def in_int32(number: int | None) -> int | None:
    """Return ``number`` when a column of 32 bits can hold it, else None."""
    return number if number is not None and abs(number) <= _INT32_MAX else None


def _stored(value: WireNumber) -> float | None:
    number = from_wire(value)
    return None if number != number else number  # noqa: PLR0124 - only NaN differs from itself


def _all_possible(times: list[int]) -> bool:
    # Half of what 64 bits hold: the time between any two of them is stored, too.
    return min(times) >= INT64_MIN // 2 and max(times) <= INT64_MAX // 2


def _all_in_range(numbers: list[int]) -> bool:
    return min(numbers) >= INT64_MIN and max(numbers) <= INT64_MAX
