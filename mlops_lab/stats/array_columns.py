"""Owns how arrays of numpy and JAX, torch tensors and scipy's sparse matrices are read as tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from .objects import hash_objects, pack_bytes, pack_texts
from .values import Column, ColumnKind, Hashes, Numbers, Table, Values

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_ROW_BYTES = 2**23
"""An array whose rows are larger is read item by item, and has no order of rows to be free of."""

MAX_ARRAY_COLUMNS = 256
"""A matrix with more columns than this is one column of wide rows."""

_KINDS: dict[str, ColumnKind] = {
    "b": "boolean",
    "i": "number",
    "u": "number",
    "f": "number",
    "c": "number",
    "m": "time",
    "M": "time",
    "U": "text",
    "T": "text",
    "S": "text",
    "V": "other",
}
_MS = {"D": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1, "us": 1e-3, "ns": 1e-6}


def open_array(array: Array, *, library_type: str = "numpy.ndarray") -> Table:
    """Open an array of any order, strides, byte order and type."""
    import numpy as np

    valid = None
    if isinstance(array, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(array)
        if mask.dtype.kind == "b":
            valid = ~mask
        array = array.data
    plain = np.asarray(array)
    shape = list(plain.shape)
    if plain.ndim == 0:
        plain = plain.reshape(1)
        valid = None if valid is None else valid.reshape(1)
    is_giant = plain.ndim > 1 and plain.nbytes > MAX_ROW_BYTES * max(1, len(plain))
    if is_giant and valid is None and not plain.dtype.names:
        return _open_flat(plain, library_type)
    return Table(
        library_type=library_type,
        form=f"array{plain.ndim if shape else 0}",
        rows=len(plain),
        shape=shape,
        columns=_columns(plain, valid),
        is_frozen=is_frozen(plain),
        nbytes=int(plain.nbytes),
        take=lambda at: open_array(plain[at] if valid is None else _masked(plain, valid, at)),
    )


def _open_flat(array: Array, library_type: str) -> Table:
    """Open an array with giant rows as one column of its items: none is ever copied whole."""
    flat = array.flat
    column = _column(
        "", array, lambda start, stop: as_values(flat[start:stop]), lambda at: flat[at]
    )
    return Table(
        library_type=library_type,
        form=f"items{array.ndim}",
        rows=array.size,
        shape=list(array.shape),
        columns=[column],
        is_frozen=is_frozen(array),
        nbytes=int(array.nbytes),
        take=lambda at: open_array(flat[at], library_type=library_type),
    )


def _masked(array: Array, valid: Array, at: Array) -> Array:
    import numpy as np

    return np.ma.MaskedArray(array[at], mask=~valid[at])


def is_frozen(array: Any) -> bool:
    """Tell whether nobody can write into the memory of ``array`` through an array."""
    import numpy as np

    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        if array.base is None:
            return True
        array = array.base
    return isinstance(array, bytes)


def _columns(array: Array, valid: Array | None) -> list[Column]:
    if array.dtype.names:
        names = array.dtype.names
        return [array_column(name, array[name], None) for name in names]
    if array.ndim == 2 and 0 < array.shape[1] <= MAX_ARRAY_COLUMNS:  # noqa: PLR2004 - a matrix
        chunks = _Transposed(array, valid)
        return [chunks.column(number) for number in range(array.shape[1])]
    return [array_column("", array, valid)]


class _Transposed:
    """Reads a stretch of rows of a matrix once for all of its columns."""

    def __init__(self, array: Array, valid: Array | None) -> None:
        self._array = array
        self._valid = valid
        self._kept: tuple[int, int, Any] | None = None

    def _rows(self, start: int, stop: int) -> Any:
        import numpy as np

        kept = self._kept
        if kept is None or kept[:2] != (start, stop):
            kept = (start, stop, np.ascontiguousarray(self._array[start:stop].T))
            self._kept = kept
        return kept[2]

    def column(self, number: int) -> Column:
        """Return one column of the matrix."""
        array = self._array

        def read(start: int, stop: int) -> Values:
            valid = None if self._valid is None else self._valid[start:stop, number]
            is_whole_matrix = stop - start <= 65_536  # noqa: PLR2004 - a profile reads one column
            rows = self._rows(start, stop)[number] if is_whole_matrix else array[start:stop, number]
            return as_values(rows, valid)

        return _column(str(number), array, read, lambda row: array[row, number])


def array_column(name: str, array: Array, valid: Array | None) -> Column:
    """Return an array as one column; what a row holds beyond one value is one wide value."""

    def read(start: int, stop: int) -> Values:
        return as_values(array[start:stop], None if valid is None else valid[start:stop])

    return _column(name, array, read, lambda row: array[row], is_wide=array.ndim > 1)


def _column(name: str, array: Array, read: Any, pick: Any, *, is_wide: bool = False) -> Column:
    kind: ColumnKind = _KINDS.get(array.dtype.kind, "other")
    shape = array.shape[1:] if is_wide else ()
    return Column(
        name=name,
        type=str(array.dtype),
        token=f"{type_token(array.dtype)}{list(shape) if shape else ''}",
        kind=kind if not is_wide else "nested",
        read=read,
        pick=pick,
        number_scale=time_scale(array.dtype),
        has_objects=array.dtype.kind in "OUST" or array.dtype.names is not None,
        is_wide=is_wide,
    )


def type_token(dtype: Any) -> str:
    """Return the name of a type without byte order, and for fixed-length text without its length."""
    if dtype.names:
        inner = [f"{name}:{type_token(dtype[name])}" for name in dtype.names]
        return f"struct<{','.join(inner)}>"
    if dtype.kind in "UST":
        return {"U": "string", "T": "string", "S": "binary"}[dtype.kind]
    return str(dtype.newbyteorder("=").name if dtype.kind != "O" else "object")


def time_scale(dtype: Any) -> float:
    """Return how many milliseconds the unit of a type of time has; 1 for other types."""
    import numpy as np

    if dtype.kind not in "mM":
        return 1.0
    unit, count = np.datetime_data(dtype)
    return float(_MS.get(unit, 1) * count)


def as_values(array: Array, valid: Array | None = None) -> Values:
    """Return rows of a numpy array in the form that digests and profiles read."""
    import numpy as np

    kind = array.dtype.kind
    if kind in "biufc":
        return Numbers(array, _flat_valid(valid), nan_is_missing=kind in "fc")
    if kind in "mM":
        unmissing = ~np.isnat(array)
        both = unmissing if valid is None else unmissing & valid
        return Numbers(array, None if both.all() else _flat_valid(both))
    if array.ndim > 1:
        return _wide_objects(array)
    if kind in "UT":
        texts = pack_texts(array.tolist())
        if texts is not None:
            texts.valid = valid if texts.valid is None else texts.valid
            return texts
    if kind == "S":
        return pack_bytes(array.tolist())
    found = hash_objects(array.astype(object))
    if valid is not None:
        found.valid = valid if found.valid is None else found.valid & valid
    return found


def _flat_valid(valid: Array | None) -> Array | None:
    import numpy as np

    if valid is None or valid.ndim == 1:
        return valid
    flat: Array = np.all(valid.reshape(len(valid), math.prod(valid.shape[1:])), axis=1)
    return flat


def _wide_objects(array: Array) -> Hashes:
    from .mixing import mix_rows

    flat = hash_objects(array.reshape(-1).astype(object))
    width = array.size // max(len(array), 1)
    return Hashes(fold(mix_rows(flat.hashes, 0), width))


def fold(hashes: Array, width: int) -> Array:
    """Return one hash for each ``width`` hashes that follow one another; their order counts."""
    import numpy as np

    if not width:
        return np.zeros(0, dtype=np.uint64)
    factors = np.arange(1, 2 * width, 2, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    weighted = hashes.reshape(-1, width) * (factors | np.uint64(1))
    return weighted.sum(axis=1, dtype=np.uint64)  # type: ignore[no-any-return]


def open_tensor(tensor: Any) -> Table | None:
    """Open a dense torch tensor in main memory; None for any other."""
    import torch

    if tensor.layout is not torch.strided or tensor.device.type != "cpu" or tensor.is_quantized:
        return None
    plain = tensor.detach().resolve_conj().resolve_neg()
    name = str(tensor.dtype).removeprefix("torch.")
    if tensor.dtype is torch.bfloat16 or "float8" in name:
        plain = plain.to(torch.float32)
    found = open_array(plain.numpy(), library_type="torch.Tensor")
    return found if plain.dtype is tensor.dtype else _renamed(found, name)


def is_in_main_memory(array: Any) -> bool:
    """Tell whether an array of JAX is there, and can be read without a transfer."""
    try:
        return {device.platform for device in array.devices()} == {"cpu"}
    except RuntimeError:
        # It was given away to a computation.
        return False


def open_jax(array: Any) -> Table | None:
    """Open an array of JAX in main memory, which nobody can change; None for any other.

    It is waited for: JAX may still be computing it.
    """
    import numpy as np

    if not is_in_main_memory(array):
        return None
    try:
        plain = np.asarray(array)
    except (RuntimeError, TypeError, ValueError):
        # It was given away to a computation meanwhile, or its pieces are in several processes.
        return None
    name = str(plain.dtype)
    is_narrow = plain.dtype.kind == "V"
    wide = plain.astype(np.float32) if is_narrow else plain
    found = replace(open_array(wide, library_type="jax.Array"), is_frozen=True)
    return _renamed(found, name) if is_narrow else found


def _renamed(table: Table, name: str) -> Table:
    columns = [replace(column, type=name, token=name + column.token) for column in table.columns]
    return replace(table, columns=columns)


def open_sparse(matrix: Any) -> Table:
    """Open a sparse matrix of scipy as the places and values of what it stores, by row."""
    import numpy as np

    stored = matrix.tocoo(copy=True)
    stored.sum_duplicates()
    coords = [np.asarray(axis, dtype=np.int64) for axis in stored.coords]
    order = np.lexsort(coords[::-1])
    columns = [array_column(f"axis {n}", axis[order], None) for n, axis in enumerate(coords)]
    columns.append(array_column("value", stored.data[order], None))
    return Table(
        library_type=f"scipy.sparse.{type(matrix).__name__}",
        form=f"sparse{list(matrix.shape)}",
        rows=len(stored.data),
        shape=[int(size) for size in matrix.shape],
        columns=columns,
        is_frozen=True,
        nbytes=int(stored.data.nbytes),
    )
