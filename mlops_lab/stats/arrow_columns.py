"""Owns how pyarrow's tables, batches and arrays are read; chunks and offsets make no difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .mixing import value_hashes
from .nested import hash_lists, hash_records
from .objects import hash_objects
from .values import Column, ColumnKind, Hashes, Numbers, Table, Texts, Values

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_TOKENS = {"double": "float64", "float": "float32", "halffloat": "float16"}
_UNIT_MS = {"s": 1_000.0, "ms": 1.0, "us": 1e-3, "ns": 1e-6}


def open_arrow(table: Any) -> Table:
    """Open a Table or RecordBatch."""
    schema = table.schema
    return Table(
        library_type=f"pyarrow.{type(table).__name__}",
        form="table",
        rows=table.num_rows,
        shape=[table.num_rows, table.num_columns],
        columns=[arrow_column(schema.field(n).name, table.column(n)) for n in range(len(schema))],
        is_frozen=True,
        nbytes=int(table.nbytes),
        take=lambda at: open_arrow(table.take(at)),
    )


def open_arrow_array(array: Any) -> Table:
    """Open an Array or ChunkedArray as a table of one column."""
    return Table(
        library_type=f"pyarrow.{type(array).__name__}",
        form="array1",
        rows=len(array),
        shape=[len(array)],
        columns=[arrow_column("", array)],
        is_frozen=True,
        nbytes=int(array.nbytes),
        take=lambda at: open_arrow_array(array.take(at)),
    )


def arrow_column(name: str, array: Any) -> Column:
    """Return an array as a column."""

    def read(start: int, stop: int) -> Values:
        return arrow_values(_one_array(array.slice(start, stop - start)))

    kind = arrow_type(array.type)
    return Column(
        name=name,
        type=str(array.type),
        token=_token(array.type),
        kind=kind,
        read=read,
        pick=lambda row: array[row].as_py(),
        number_scale=_scale(array.type) if kind == "time" else 1.0,
    )


def arrow_type(kind: Any) -> ColumnKind:
    """Return the family of an arrow type."""
    from pyarrow import types

    if types.is_dictionary(kind):
        return "category"
    if types.is_boolean(kind):
        return "boolean"
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return "number"
    if types.is_temporal(kind):
        return "time"
    if types.is_string(kind) or types.is_large_string(kind) or str(kind) == "string_view":
        return "text"
    return "nested" if types.is_nested(kind) else "other"


def _token(kind: Any) -> str:
    text = str(kind).replace("large_", "").replace("_view", "")
    return _TOKENS.get(text, text)


def _scale(kind: Any) -> float:
    unit = getattr(kind, "unit", None)
    if unit is not None:
        return _UNIT_MS.get(unit, 1.0)
    return 86_400_000.0 if str(kind).startswith("date32") else 1.0


def _one_array(array: Any) -> Any:
    import pyarrow as pa

    if not isinstance(array, pa.ChunkedArray):
        return array
    if array.num_chunks == 1:
        return array.chunk(0)
    combined = array.combine_chunks()
    return _one_array(combined) if isinstance(combined, pa.ChunkedArray) else combined


def arrow_values(array: Any) -> Values:  # noqa: PLR0911 - one line a family
    """Return an array in the form that digests and profiles read."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import types

    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return arrow_values(array.storage)
    valid = _valid(array)
    if types.is_null(kind):
        return Hashes(np.zeros(len(array), np.uint64), np.zeros(len(array), bool))
    if types.is_boolean(kind):
        return Numbers(_bits(array.buffers()[1], array.offset, len(array)), valid)
    if str(kind) in {"string_view", "binary_view"}:
        array = array.cast(pa.large_string() if str(kind) == "string_view" else pa.large_binary())
        return _texts(array, valid)
    if _is_text(kind):
        return _texts(array, valid)
    if types.is_primitive(kind) or types.is_fixed_size_binary(kind) or types.is_decimal(kind):
        return Numbers(_fixed(array), valid)
    return _nested(array, valid)


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    tests = (types.is_string, types.is_large_string, types.is_binary, types.is_large_binary)
    return any(test(kind) for test in tests)


def _bits(buffer: Any, offset: int, length: int) -> Array:
    import numpy as np

    if buffer is None or not length:
        return np.zeros(length, dtype=bool)
    first = offset // 8
    count = -(-(offset + length) // 8) - first
    packed = np.frombuffer(buffer, dtype=np.uint8, offset=first, count=count)
    bits = np.unpackbits(packed, bitorder="little")
    return bits[offset - 8 * first :][:length].view(bool)


def _valid(array: Any) -> Array | None:
    if not array.null_count or not array.buffers():
        return None
    buffer = array.buffers()[0]
    return None if buffer is None else _bits(buffer, array.offset, len(array))


def _fixed(array: Any) -> Array:
    """Return the memory of values of one width; those wider than eight bytes as words or bytes."""
    import numpy as np
    from pyarrow import types

    kind, length, buffer = array.type, len(array), array.buffers()[1]
    width = kind.bit_width // 8
    if types.is_floating(kind):
        code, items = f"<f{width}", 1
    elif types.is_integer(kind) or types.is_temporal(kind):
        is_plain = width in {1, 2, 4, 8}
        sign = "u" if types.is_unsigned_integer(kind) else "i"
        code, items = (f"<{sign}{width}", 1) if is_plain else ("<u8", width // 8)
    else:
        code, items = ("<u8", width // 8) if width % 8 == 0 else ("u1", width)
    if buffer is None or not length or not width:
        return np.zeros((length, items) if items != 1 else length, dtype=code)
    found = np.frombuffer(buffer, dtype=code, offset=array.offset * width, count=length * items)
    return found.reshape(length, items) if items > 1 else found


def _texts(array: Any, valid: Array | None) -> Texts:
    import numpy as np

    buffers, length = array.buffers(), len(array)
    code = np.dtype("<i8" if str(array.type).startswith("large_") else "<i4")
    if not length or buffers[1] is None:
        return Texts(np.zeros(0, np.uint8), np.zeros(length + 1, np.int64), valid)
    offsets = np.frombuffer(
        buffers[1], dtype=code, offset=array.offset * code.itemsize, count=length + 1
    )
    data = np.frombuffer(buffers[2], dtype=np.uint8) if buffers[2] else np.zeros(0, np.uint8)
    first = int(offsets[0])
    made = Texts(data[first : int(offsets[-1])], offsets.astype(np.int64) - first, valid)
    return made if valid is None else without_hidden(made)


def without_hidden(values: Texts) -> Texts:
    """Return texts of which a null is an empty text: what stands below a null means nothing."""
    import numpy as np

    lengths = np.diff(values.offsets)
    if values.valid is None or not lengths[~values.valid].any():
        return values
    kept = np.repeat(values.valid, lengths)
    lengths = np.where(values.valid, lengths, 0)
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return Texts(values.data[kept], offsets, values.valid)


def _nested(array: Any, valid: Array | None) -> Hashes:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(array, pa.DictionaryArray):
        return Hashes(value_hashes(arrow_values(array.dictionary_decode())), _known(array))
    if isinstance(array, pa.MapArray):
        pass
    elif isinstance(array, pa.ListArray | pa.LargeListArray | pa.FixedSizeListArray):
        lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False)
        items = value_hashes(arrow_values(array.flatten()))
        return hash_lists(items, lengths.astype(np.int64), valid)
    elif isinstance(array, pa.StructArray):
        fields = zip(array.type, array.flatten(), strict=True)
        read = ((field.name, arrow_values(part)) for field, part in fields)
        return hash_records(read, len(array), valid)
    items = np.empty(len(array), dtype=object)
    items[:] = array.to_pylist()
    return hash_objects(items)


def _known(array: Any) -> Array | None:
    found = array.is_valid().to_numpy(zero_copy_only=False)
    return None if found.all() else found
