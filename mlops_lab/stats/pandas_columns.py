"""Owns how pandas' frames, series and indexes are read, whatever array holds their columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .array_columns import array_column, as_values, time_scale
from .arrow_columns import arrow_column
from .mixing import value_hashes
from .objects import is_missing, pack_texts
from .values import Column, ColumnKind, Hashes, Numbers, Table, Values

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

COPY_ON_WRITE = 3
"""From this major version of pandas on, a shallow copy stays as it is whatever is done to the rest."""

_GLANCE = 200
_KIND_OF_CLASS: dict[str, ColumnKind] = {
    "str": "text",
    "bool": "boolean",
    "int": "number",
    "float": "number",
    "Decimal": "number",
    "datetime": "time",
    "date": "time",
    "time": "time",
    "timedelta": "time",
    "Timestamp": "time",
    "Timedelta": "time",
    "list": "nested",
    "tuple": "nested",
    "dict": "nested",
    "set": "nested",
    "ndarray": "nested",
}


def take_pandas_snapshot(value: Any) -> tuple[Any, bool]:
    """Return a plain shallow copy of a frame or series, and whether it stays as it is."""
    import numpy as np
    import pandas as pd

    if int(pd.__version__.partition(".")[0]) < COPY_ON_WRITE:
        return value, False
    if isinstance(value, pd.Series):
        plain = pd.Series(value, copy=False)
        arrays = [plain.array] if plain.dtype == object else []
    else:
        plain = pd.DataFrame(value, copy=False)
        places = np.flatnonzero(
            [isinstance(dtype, np.dtype) and dtype.kind == "O" for dtype in plain.dtypes.tolist()]
        )
        arrays = [plain.iloc[:, place].array for place in places[:_GLANCE]]
    arrays += [
        level for level in getattr(plain.index, "levels", [plain.index]) if level.dtype == object
    ]
    is_frozen = all(_glance(array.to_numpy()).isdisjoint({"nested", "other"}) for array in arrays)
    return plain, is_frozen


def open_pandas(frame: Any) -> Table:
    """Open a DataFrame of any class as it is now: a plain shallow copy is read, no method of a subclass.

    From pandas 3 on that copy stays as it is (copy-on-write).
    """
    import pandas as pd

    library_type = _class_name(type(frame))
    plain = pd.DataFrame(frame, copy=False)
    columns = [pandas_column(_label(name), series.array) for name, series in plain.items()]
    return _table(plain, columns, library_type)


def open_pandas_series(series: Any) -> Table:
    """Open a Series as a table of one column."""
    import pandas as pd

    plain = pd.Series(series, copy=False)
    name = "" if plain.name is None else _label(plain.name)
    return _table(plain, [pandas_column(name, plain.array)], _class_name(type(series)))


def open_pandas_index(index: Any) -> Table:
    """Open an Index or MultiIndex as a table of its levels."""
    labels = _levels(index)
    return Table(
        library_type=_class_name(type(index)),
        form="table",
        rows=len(index),
        shape=[len(index)],
        columns=labels,
        is_frozen=not _has_open_objects(labels),
        nbytes=int(index.nbytes),
        take=lambda at: open_pandas_index(index.take(at)),
    )


def _class_name(kind: type) -> str:
    library = kind.__module__.partition(".")[0]
    return f"{library}.{kind.__qualname__}"


def _table(plain: Any, columns: list[Column], library_type: str) -> Table:
    import pandas as pd

    counts_rows = _counts_rows(plain.index)
    labels = [] if counts_rows else _levels(plain.index)
    is_number = plain.index.nlevels == 1 and plain.index.dtype.kind in "iu"
    opener = open_pandas if plain.ndim > 1 else open_pandas_series
    keeps = int(pd.__version__.partition(".")[0]) >= COPY_ON_WRITE
    return Table(
        library_type=library_type,
        form="table",
        rows=len(plain),
        shape=list(plain.shape),
        columns=columns,
        labels=labels,
        labels_are_content=not (is_number and plain.index.name is None),
        is_frozen=keeps and not _has_open_objects([*columns, *labels]),
        nbytes=_size(plain),
        take=lambda at: opener(plain.take(at)),
    )


def _size(plain: Any) -> int:
    used = plain.memory_usage(index=False, deep=False)
    return int(used if plain.ndim == 1 else used.sum())


def _has_open_objects(columns: list[Column]) -> bool:
    return any(column.holds_mutable for column in columns)


def _counts_rows(index: Any) -> bool:
    """Tell whether the index is what a frame has that was given none: 0, 1, 2 and so on."""
    import numpy as np
    import pandas as pd

    if index.nlevels != 1 or index.name is not None:
        return False
    if isinstance(index, pd.RangeIndex):
        return bool(index.start == 0 and index.step == 1) or not len(index)
    if index.dtype != np.int64:
        return False
    rows = len(index)
    if rows and not (index[0] == 0 and index[-1] == rows - 1):
        return False
    values = index.to_numpy()
    return all(
        np.array_equal(values[n : n + 65_536], np.arange(n, min(n + 65_536, rows)))
        for n in range(0, rows, 65_536)
    )


def _levels(index: Any) -> list[Column]:
    names = index.names
    return [
        pandas_column("" if names[n] is None else _label(names[n]), index.get_level_values(n).array)
        for n in range(index.nlevels)
    ]


def _label(name: Any) -> str:
    if type(name) is str:
        return name
    if type(name) is tuple:
        return "(" + ", ".join(repr(_label(part)) for part in name) + ")"
    return repr(name) if type(name) in {int, float, bool} else str(name)


def pandas_column(name: str, array: Any) -> Column:  # noqa: PLR0911 - one line a type
    """Return an array of pandas as a column."""
    import numpy as np
    import pandas as pd

    dtype = array.dtype
    # pandas keeps its texts of Python objects in a kind of this array too.
    is_plain = isinstance(array, pd.arrays.NumpyExtensionArray)
    if isinstance(dtype, np.dtype) or (is_plain and not isinstance(dtype, pd.StringDtype)):
        return _numpy_column(name, array.to_numpy())
    if isinstance(dtype, pd.CategoricalDtype):
        return _category_column(name, array)
    kinds: dict[str, ColumnKind] = {"b": "boolean", "i": "number", "u": "number", "f": "number"}
    if isinstance(dtype, pd.StringDtype) or type(dtype).__name__ == "ArrowDtype":
        is_text = isinstance(dtype, pd.StringDtype)
        if is_text and dtype.storage == "python":
            return _column(name, array, "text", _texts, is_slow=True)
        found = arrow_column(name, array.__arrow_array__())
        kind = "text" if is_text else found.kind
        return _like(found, name=name, array=array, kind=kind)
    if hasattr(dtype, "numpy_dtype") and dtype.kind in kinds:
        return _column(name, array, kinds[dtype.kind], _read_masked)
    if isinstance(dtype, pd.DatetimeTZDtype):
        code = f"M8[{dtype.unit}]"
        read = lambda part: as_values(np.asarray(part, dtype=code))  # noqa: E731 - one of several
        return _column(name, array, "time", read, scale=time_scale(np.dtype(code)))
    if isinstance(dtype, pd.PeriodDtype):
        return _column(name, array, "time", _read_period, scale=0.0)
    if isinstance(dtype, pd.SparseDtype):
        kind = kinds.get(np.dtype(dtype.subtype).kind, "other")
        return _column(name, array, kind, lambda part: as_values(np.asarray(part)))
    read = lambda part: as_values(np.asarray(part, dtype=object))  # noqa: E731 - one of several
    return _column(name, array, "other", read, is_slow=True)


def _like(found: Column, *, name: str, array: Any, kind: ColumnKind) -> Column:
    return Column(
        name=name,
        type=str(array.dtype),
        token=str(array.dtype),
        kind=kind,
        read=found.read,
        pick=found.pick,
        number_scale=found.number_scale,
    )


def _column(
    name: str, array: Any, kind: ColumnKind, read: Any, *, scale: float = 1.0, is_slow: bool = False
) -> Column:
    return Column(
        name=name,
        type=str(array.dtype),
        token=str(array.dtype),
        kind=kind,
        read=lambda start, stop: read(array[start:stop]),
        pick=lambda row: array[row],
        number_scale=scale,
        has_objects=is_slow,
    )


def _numpy_column(name: str, array: Array) -> Column:
    column = array_column(name, array, None)
    if array.dtype.kind != "O":
        return column
    kinds = _glance(array)
    return Column(
        name=name,
        type="object",
        token="object",  # noqa: S106 - of a type
        kind=next(iter(kinds)) if len(kinds) == 1 else "other",
        read=column.read,
        pick=column.pick,
        has_objects=True,
        holds_mutable=not kinds.isdisjoint({"nested", "other"}),
    )


def _glance(array: Array) -> set[ColumnKind]:
    """Return the families of what an object column holds, from a look at some of its values."""
    step = max(1, len(array) // _GLANCE)
    values = [value for value in array[::step][: 2 * _GLANCE].tolist() if not is_missing(value)]
    return {_KIND_OF_CLASS.get(type(value).__name__, "other") for value in values}


def _category_column(name: str, array: Any) -> Column:
    import numpy as np
    import xxhash

    categories = pandas_column("", array.categories.array)
    hashes = value_hashes(categories.read(0, len(array.categories)))
    known = hashes if array.ordered else np.sort(hashes)
    with_missing = np.append(hashes, np.uint64(0))
    codes = array.codes

    def read(start: int, stop: int) -> Values:
        part = codes[start:stop]
        valid = part >= 0
        return Hashes(with_missing[part], None if valid.all() else valid)

    return Column(
        name=name,
        type=str(array.dtype),
        token=f"category<{categories.token}{', ordered' if array.ordered else ''}>",
        kind="category",
        read=read,
        pick=lambda row: array[row],
        facts=xxhash.xxh3_128_digest(known.tobytes()),
    )


def _read_masked(part: Any) -> Values:
    valid = ~part.isna()
    fill = False if part.dtype.kind == "b" else 0
    array = part.to_numpy(dtype=part.dtype.numpy_dtype, na_value=fill)
    return Numbers(array, None if valid.all() else valid)


def _read_period(part: Any) -> Values:
    valid = ~part.isna()
    return Numbers(part.asi8, None if valid.all() else valid)


def _texts(part: Any) -> Values:
    import numpy as np

    items = np.asarray(part, dtype=object)
    return pack_texts(items.tolist()) or as_values(items)
