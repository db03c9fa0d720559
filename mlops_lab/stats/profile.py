"""Owns the profile of a column: missing values, distribution, frequent values, and what texts look like.

Mean, standard deviation, minimum and maximum of numbers are of all rows. Quantiles, histogram,
distinct and frequent values are of at most ``PROFILE_ROWS`` rows, spread evenly over the table;
``ColumnProfile.rows`` says of how many. The quantiles are order statistics of these rows, so their
rank is off by about 0.002 where the table has more. Times are milliseconds since 1970 in UTC,
durations milliseconds. Mean, standard deviation (of the population) and histogram leave out
infinities, everything leaves out missing values. Frequent values of a text column are kept only if
it repeats itself: at most half of its values are distinct.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mlops_lab.core.data import ColumnProfile, TopValue
from mlops_lab.core.numbers import WireNumber, to_wire

from .mixing import hash_numbers, value_hashes
from .values import CHUNK_ROWS, Column, Numbers, Values

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

PROFILE_ROWS = 100_000
"""Most rows of which quantiles, histogram, distinct and frequent values are computed."""

OBJECT_ROWS = 20_000
"""The same for a column of Python objects."""

QUANTILES = 101
BINS = 20
TOP = 20
MAX_TOP_CHARS = 100
"""A frequent value that is longer is cut."""

MAX_TOP_SHARE = 0.5
"""Texts of which a larger share is distinct are names or prose: none of them is kept."""

_STRETCH = 1_024


class NumberSample:
    """The numbers of a column: what is known of all of them, and a sample in a random-like spread."""

    def __init__(self) -> None:
        self.parts: list[Array] = []
        self.rows = 0
        self.count = 0
        self.total = 0.0
        self.low = math.inf
        self.high = -math.inf
        self._mean = 0.0
        self._squares = 0.0

    def take(self, numbers: Array, picked: Array | None, valid: Array | None) -> None:
        """Take in a chunk as floats, of which the places ``picked`` are the sample (None: all)."""
        import numpy as np

        known = ~np.isnan(numbers) if valid is None else valid & ~np.isnan(numbers)
        whole = bool(known.all())
        sample = numbers if picked is None else numbers[picked]
        self.rows += len(sample)
        if not whole:
            sample = sample[known if picked is None else known[picked]]
        self.parts.append(sample.copy() if whole and picked is None else sample)
        present = numbers if whole else numbers[known]
        if not len(present):
            return
        self.low = min(self.low, float(present.min()))
        self.high = max(self.high, float(present.max()))
        finite = present if _all_finite(present) else present[np.isfinite(present)]
        self._add_moments(finite)

    def _add_moments(self, finite: Array) -> None:
        """Join mean and squares of a chunk to those before it (Chan, Golub and LeVeque, 1979)."""
        import numpy as np

        count = len(finite)
        if not count:
            return
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(finite.mean())
            away = finite - mean
            squares = float(np.dot(away, away))
        apart, total = mean - self._mean, self.count + count
        self._squares += squares + apart * apart * self.count * count / total
        self._mean += apart * count / total
        self.count = total

    @property
    def mean(self) -> float | None:
        """The mean of the finite numbers."""
        return self._mean if self.count else None

    @property
    def std(self) -> float | None:
        """The standard deviation of the finite numbers."""
        return math.sqrt(self._squares / self.count) if self._squares >= 0 and self.count else None


def _all_finite(numbers: Array) -> bool:
    import numpy as np

    return bool(np.isfinite(numbers.min()) and np.isfinite(numbers.max()))


def profile_column(column: Column, rows: int) -> ColumnProfile:
    """Return the profile of a column of ``rows`` rows."""
    if column.kind == "nested" or column.is_wide:
        return ColumnProfile(rows=0)
    if column.kind in {"number", "time", "boolean"} and not column.has_objects:
        found = _profile_numbers(column, rows)
        if found is not None:
            return found
    return _profile_values(column, rows)


def _profile_numbers(column: Column, rows: int) -> ColumnProfile | None:
    if column.number_scale == 0.0:
        return None
    sample = NumberSample()
    for start in range(0, rows, CHUNK_ROWS):
        stop = min(start + CHUNK_ROWS, rows)
        values = column.read(start, stop)
        if not isinstance(values, Numbers) or values.array.ndim > 1:
            return None
        if values.array.dtype.kind not in "biufmM":
            return None
        picked = _picked(start, stop, rows)
        sample.take(_as_floats(values.array, column.number_scale), picked, values.valid)
    return _number_profile(sample, column)


def _as_floats(array: Array, scale: float) -> Array:
    import numpy as np

    if array.dtype.kind in "mM":
        array = array.astype(array.dtype.newbyteorder("="), copy=False).view(np.int64)
    floats = array.astype(np.float64, copy=scale != 1.0)
    if scale != 1.0:
        floats *= scale
    return floats


def _picked(start: int, stop: int, rows: int) -> Array | None:
    """Return the places of the sample between two rows: one out of each stretch, by its own hash."""
    import numpy as np

    if rows <= PROFILE_ROWS:
        return None
    step = -(-rows // PROFILE_ROWS)
    first = -(-start // step)
    number = np.arange(first, -(-stop // step), dtype=np.int64)
    place = number * step + (hash_numbers(number, 3) % np.uint64(step)).astype(np.int64)
    return place[place < stop] - start


def _number_profile(sample: NumberSample, column: Column) -> ColumnProfile:
    import numpy as np

    ordered = np.concatenate(sample.parts) if sample.parts else np.zeros(0)
    sample.parts.clear()
    ordered += 0.0  # of -0.0 it makes 0.0
    ordered.sort()
    if not len(ordered):
        return ColumnProfile(rows=sample.rows, distinct=0)
    steps = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    edges, counts = _histogram(ordered)
    ranks = np.linspace(0, len(ordered) - 1, QUANTILES).round().astype(np.int64)
    quantiles = [float(value) for value in ordered[ranks]]
    quantiles[0], quantiles[-1] = sample.low + 0.0, sample.high + 0.0
    return ColumnProfile(
        rows=sample.rows,
        mean=_wire(sample.mean),
        std=_wire(sample.std),
        quantiles=[to_wire(value) for value in quantiles],
        edges=[to_wire(edge) for edge in edges],
        counts=counts,
        distinct=len(steps) + 1,
        top=_top_numbers(ordered, steps, column),
    )


def _wire(number: float | None) -> WireNumber | None:
    return None if number is None else to_wire(number)


def _histogram(ordered: Array) -> tuple[list[float], list[int]]:
    """Return edges of equal width over the finite numbers, and how many lie between them."""
    import numpy as np

    first, last = np.searchsorted(ordered, [-np.finfo(float).max, np.inf], side="left")
    finite = ordered[first:last]
    if not len(finite):
        return [], []
    low, high = float(finite[0]), float(finite[-1])
    if low == high:
        return [low, high], [len(finite)]
    share = np.linspace(0.0, 1.0, BINS + 1)
    edges = low * (1 - share) + high * share
    edges[0], edges[-1] = low, high
    places = np.searchsorted(finite, edges, side="left")
    places[-1] = len(finite)
    return edges.tolist(), np.diff(places).tolist()


def _top_numbers(ordered: Array, steps: Array, column: Column) -> list[TopValue]:
    """Return the numbers by how often they occur, where there are few."""
    import numpy as np

    if len(steps) + 1 > TOP or column.kind == "time":
        return []
    ends = np.append(steps, len(ordered))
    counts = np.diff(np.concatenate([[0], ends])).tolist()
    values = ordered[ends - 1].tolist()
    found = zip(values, counts, strict=True)
    if column.kind == "boolean":
        return _sorted(TopValue(str(bool(value)), count) for value, count in found)
    return _sorted(TopValue(f"{value:.17g}", count) for value, count in found)


def _sorted(found: Iterator[TopValue]) -> list[TopValue]:
    return sorted(found, key=lambda one: (-one.count, one.value))


def stretches(rows: int, limit: int) -> Iterator[tuple[int, int]]:
    """Yield stretches of rows, spread evenly, of at most about ``limit`` rows together."""
    if rows <= limit:
        yield from ((at, min(at + _STRETCH, rows)) for at in range(0, rows, _STRETCH))
        return
    count = max(1, limit // _STRETCH)
    for number in range(count):
        start = (rows - _STRETCH) * number // max(1, count - 1)
        yield start, start + _STRETCH


def _profile_values(column: Column, rows: int) -> ColumnProfile:
    import numpy as np

    hashes, places, taken = [], [], 0
    limit = OBJECT_ROWS if column.has_objects else PROFILE_ROWS
    for start, stop in _joined(stretches(rows, limit)):
        values = column.read(start, stop)
        known = _known(values)
        found = value_hashes(values)
        at = np.arange(start, stop)
        hashes.append(found if known is None else found[known])
        places.append(at if known is None else at[known])
        taken += stop - start
    if not hashes:
        return ColumnProfile(rows=0, distinct=0)
    unique, first, counts = np.unique(np.concatenate(hashes), return_index=True, return_counts=True)
    total = int(counts.sum())
    is_kept = column.kind in {"category", "boolean"} or (
        column.kind in {"text", "number", "other"} and len(unique) <= MAX_TOP_SHARE * total
    )
    top: list[TopValue] = []
    if is_kept:
        rows_of = np.concatenate(places)[first]
        most = np.lexsort((rows_of, -counts))[:TOP]
        top = [TopValue(_short(column.pick(int(rows_of[one]))), int(counts[one])) for one in most]
    return ColumnProfile(rows=taken, distinct=len(unique), top=top)


def _joined(found: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield stretches that touch as one, up to the size of a chunk."""
    held: tuple[int, int] | None = None
    for start, stop in found:
        if held is not None and held[1] == start and stop - held[0] <= CHUNK_ROWS:
            held = (held[0], stop)
            continue
        if held is not None:
            yield held
        held = (start, stop)
    if held is not None:
        yield held


def _known(values: Values) -> Array | None:
    import numpy as np

    if values.valid is not None and not values.valid.all():
        return values.valid
    if isinstance(values, Numbers) and values.array.dtype.kind == "f":
        known: Array = ~np.isnan(values.array)
        return known
    return None


def _short(value: Any) -> str:
    kind = type(value)
    if kind is str:
        text = value
    elif kind in {int, float, bool, bytes} or kind.__module__.partition(".")[0] in _SHOWN:
        text = str(value)
    else:
        text = f"<{kind.__qualname__}>"
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= MAX_TOP_CHARS else f"{text[: MAX_TOP_CHARS - 3]}..."


_SHOWN = frozenset({"numpy", "pandas", "datetime", "decimal", "uuid", "fractions"})


def sample_texts(column: Column, rows: int, *, count: int = 200) -> list[str]:
    """Return some texts of a column, spread evenly; what is missing is left out."""
    step = max(1, rows // count)
    found = (column.pick(row) for row in range(0, rows, step))
    return [text for text in found if type(text) is str][:count]
