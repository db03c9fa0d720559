"""Owns which objects are tables, told by the libraries that are loaded, and how each is opened."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from itertools import islice
from typing import Any

from .values import Table

MIN_ITEMS = 2
"""An array with fewer items than this is a number, not data."""

_LOOKED_AT = 20
_DATA_LIBRARIES = frozenset({"__main__", "numpy", "pandas", "polars", "pyarrow", "shapely"})

_PANDAS = {"DataFrame": "open_pandas", "Series": "open_pandas_series", "Index": "open_pandas_index"}
_POLARS = {"DataFrame": "open_polars", "Series": "open_polars_series"}
_ARROW = {
    "Table": "open_arrow",
    "RecordBatch": "open_arrow",
    "ChunkedArray": "open_arrow_array",
    "Array": "open_arrow_array",
}


def find_opener(value: Any) -> Callable[[Any], Table | None] | None:
    """Return what opens ``value``; None when it is no table.

    Tables are frames, series, indexes and arrays of pandas, polars and pyarrow, arrays of numpy and
    torch and JAX, and sparse matrices of scipy. Only the class of the value is looked at, and no library is
    loaded.
    """
    for base in type(value).__mro__[:-1]:
        module = base.__module__
        library = module.partition(".")[0] if type(module) is str else ""
        if library in sys.modules and library in _OPENERS:
            opener: Callable[[Any], Table | None] | None = _OPENERS[library](base.__name__)
            if opener is not None:
                return opener
    return None


def is_data(value: Any) -> bool:
    """Tell whether ``value`` is a table.

    An array of no dimension or of one item is a number, and one of objects of a library, such as the
    axes of a figure, holds no data: to read all that hangs on them would take long.
    """
    opener = find_opener(value)
    if opener is None:
        return False
    if opener.__name__ in {"open_array", "open_tensor", "open_jax"}:
        is_large = bool(value.ndim > 0 and math.prod(value.shape) >= MIN_ITEMS)
        may_hold_any = opener.__name__ == "open_array"
        return is_large and not (may_hold_any and _holds_foreign_objects(value))
    return True


def _holds_foreign_objects(array: Any) -> bool:
    if array.dtype.kind != "O":
        return False
    return any(_is_foreign(type(item)) for item in islice(array.flat, _LOOKED_AT))


def _is_foreign(kind: type) -> bool:
    library = kind.__module__.partition(".")[0] if type(kind.__module__) is str else ""
    if library in sys.stdlib_module_names or library in _DATA_LIBRARIES:
        return False
    return not issubclass(kind, str | int | float | list | tuple | dict)


def take_snapshot(value: Any) -> tuple[Any, bool]:
    """Return what to read in place of ``value``, and whether it stays as it is from now on.

    It costs a fixed time: a frame of polars, or of pandas 3 and later, is copied without its
    content, which is then copied on write. An array stays if nobody can write into its memory. A
    column of Python objects stays if these are of types that cannot change.
    """
    opener = find_opener(value)
    name = "" if opener is None else opener.__name__
    if name in {"open_polars", "open_polars_series"}:
        return value.clone(), True
    if name in {"open_pandas", "open_pandas_series"}:
        from .pandas_columns import take_pandas_snapshot

        return take_pandas_snapshot(value)
    if name == "open_array":
        from .array_columns import is_frozen

        return value, is_frozen(value)
    if name == "open_jax":
        from .array_columns import is_in_main_memory

        return value, is_in_main_memory(value)
    return value, name in {"open_arrow", "open_arrow_array"}


def open_table(value: Any) -> Table | None:
    """Return ``value`` opened for reading, None when it is no table."""
    opener = find_opener(value)
    return None if opener is None else opener(value)


def _pandas(name: str) -> Any:
    if name not in _PANDAS:
        return None
    from . import pandas_columns

    return getattr(pandas_columns, _PANDAS[name])


def _polars(name: str) -> Any:
    if name not in _POLARS:
        return None
    from . import polars_columns

    return getattr(polars_columns, _POLARS[name])


def _arrow(name: str) -> Any:
    if name not in _ARROW:
        return None
    from . import arrow_columns

    return getattr(arrow_columns, _ARROW[name])


def _numpy(name: str) -> Any:
    if name != "ndarray":
        return None
    from .array_columns import open_array

    return open_array


def _torch(name: str) -> Any:
    if name != "Tensor":
        return None
    from .array_columns import open_tensor

    return open_tensor


def _jax(name: str) -> Any:
    if name != "ArrayImpl":
        return None
    from .array_columns import open_jax

    return open_jax


def _scipy(name: str) -> Any:
    if name not in {"_spbase", "spmatrix", "sparray"}:
        return None
    from .array_columns import open_sparse

    return open_sparse


_OPENERS: dict[str, Callable[[str], Any]] = {
    "pandas": _pandas,
    "polars": _polars,
    "pyarrow": _arrow,
    "numpy": _numpy,
    "torch": _torch,
    "jaxlib": _jax,
    "scipy": _scipy,
}
