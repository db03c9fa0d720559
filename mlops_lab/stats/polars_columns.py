"""Owns how polars' frames and series are read, with or without pyarrow beside it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .arrow_columns import arrow_values
from .mixing import value_hashes
from .nested import hash_lists, hash_records
from .objects import hash_objects, pack_bytes, pack_texts
from .values import Column, ColumnKind, Hashes, Numbers, Table, Values

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_UNIT_MS = {"ms": 1.0, "us": 1e-3, "ns": 1e-6}
_TOKENS = {"String": "string", "Boolean": "bool"}


def open_polars(frame: Any) -> Table:
    """Open a DataFrame. Its buffers are never written to, so a clone stays as it is."""
    frame = frame.clone()
    return Table(
        library_type="polars.DataFrame",
        form="table",
        rows=frame.height,
        shape=[frame.height, frame.width],
        columns=[polars_column(series) for series in frame.get_columns()],
        is_frozen=True,
        nbytes=int(frame.estimated_size()),
        take=lambda at: open_polars(frame[at.tolist()]),
    )


def open_polars_series(series: Any) -> Table:
    """Open a Series as a table of one column."""
    series = series.clone()
    return Table(
        library_type="polars.Series",
        form="table",
        rows=len(series),
        shape=[len(series)],
        columns=[polars_column(series)],
        is_frozen=True,
        nbytes=int(series.estimated_size()),
        take=lambda at: open_polars_series(series[at.tolist()]),
    )


def polars_column(series: Any) -> Column:
    """Return a Series as a column."""
    import polars as pl

    dtype = series.dtype
    name = str(dtype)
    scale = 86_400_000.0 if dtype == pl.Date else _UNIT_MS.get(getattr(dtype, "time_unit", ""), 1.0)
    is_plain = dtype.is_integer() or dtype.is_float()
    return Column(
        name=series.name,
        type=name,
        token=name.lower() if is_plain else _TOKENS.get(name, _token(dtype)),
        kind=_kind(dtype),
        read=lambda start, stop: polars_values(series.slice(start, stop - start)),
        pick=lambda row: series[row],
        number_scale=1e-6 if dtype == pl.Time else scale,
        has_objects=dtype == pl.Object,
    )


def _token(dtype: Any) -> str:
    import polars as pl

    return "categorical" if dtype == pl.Categorical else str(dtype)


def _kind(dtype: Any) -> ColumnKind:
    import polars as pl

    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_numeric():
        return "number"
    if dtype.is_temporal():
        return "time"
    if dtype in (pl.Categorical, pl.Enum):
        return "category"
    if dtype == pl.String:
        return "text"
    return "nested" if dtype.is_nested() else "other"


def polars_values(series: Any) -> Values:  # noqa: PLR0911 - one line a type
    """Return a Series in the form that digests and profiles read."""
    import polars as pl

    dtype = series.dtype
    valid = series.is_not_null().to_numpy() if series.null_count() else None
    if dtype == pl.Boolean:
        return Numbers(_filled(series, valid, fill=False), valid)
    if dtype.is_temporal():
        return Numbers(_filled(series.to_physical(), valid, fill=0), valid)
    if (dtype.is_integer() or dtype.is_float()) and dtype not in _wide_types():
        return Numbers(_filled(series, valid, fill=0), valid)
    if dtype == pl.String:
        return _texts(series)
    if dtype in (pl.Categorical, pl.Enum):
        return Hashes(value_hashes(_texts(series.cast(pl.String))), valid)
    if dtype.is_numeric():
        return Hashes(value_hashes(_texts(series.cast(pl.String))), valid)
    if dtype == pl.Binary:
        return pack_bytes(series.to_list())
    return _nested(series, valid)


def _wide_types() -> tuple[Any, ...]:
    import polars as pl

    names = ("Int128", "UInt128", "Float16")
    return tuple(getattr(pl, name) for name in names if hasattr(pl, name))


def _filled(series: Any, valid: Array | None, *, fill: Any) -> Array:
    found: Array = (series if valid is None else series.fill_null(fill)).to_numpy()
    return found


def _texts(series: Any) -> Values:
    if "pyarrow" in sys.modules:
        return arrow_values(series.to_arrow())
    packed = pack_texts(series.to_list())
    return packed if packed is not None else hash_objects(_objects(series))


def _objects(series: Any) -> Array:
    import numpy as np

    items = np.empty(len(series), dtype=object)
    items[:] = series.to_list()
    return items


def _nested(series: Any, valid: Array | None) -> Hashes:
    import numpy as np
    import polars as pl

    dtype = series.dtype
    if isinstance(dtype, pl.Array):
        series = series.arr.to_list()
        dtype = series.dtype
    if isinstance(dtype, pl.List):
        lengths = series.list.len().fill_null(0)
        items = value_hashes(polars_values(series.filter(lengths > 0).explode()))
        return hash_lists(items, lengths.to_numpy().astype(np.int64), valid)
    if isinstance(dtype, pl.Struct):
        parts = ((name, polars_values(series.struct.field(name))) for name in series.struct.fields)
        return hash_records(parts, len(series), valid)
    if dtype == pl.Null:
        return Hashes(np.zeros(len(series), np.uint64), np.zeros(len(series), bool))
    return hash_objects(_objects(series))
