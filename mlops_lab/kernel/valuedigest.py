"""Owns light digests of what names hold: enough to tell where two executions part, at little cost."""

from __future__ import annotations

import hashlib
import math
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mlops_lab.core.secrets import is_secret

from .capture.params import is_simple

if TYPE_CHECKING:
    from mlops_lab.stats.values import Values

BUDGET_S = 0.002
"""Processor time that the digests of one cell may take; what is left over has none."""

MAX_ITEMS = 2_000
"""A container with more values has no digest."""

MAX_TEXT = 200_000
"""Nor has a longer text."""

MAX_BYTES = 4_194_304
"""Nor a larger array or table: reading it would take longer than the budget."""

MAX_COLUMNS = 200
"""Nor a table with more columns: opening each takes some microseconds."""

MAX_OBJECTS = 20_000
"""Nor one with more Python objects, which are read one by one; of nested values ``MAX_ITEMS``."""

MAX_NAMES = 200
"""Of so many names of a cell a digest is made."""

_LIBRARIES = frozenset({"pandas", "polars", "pyarrow"})


def digest_names(
    names: Iterable[str], namespace: Mapping[str, Any], *, masked: Collection[str] = ()
) -> dict[str, str]:
    """Return the digests of those of ``names`` whose values can be read at once.

    Left out are names that the patterns of ``masked`` cover, and tables with a column that they do.
    """
    spent = 0.0
    found: dict[str, str] = {}
    for name in list(names)[:MAX_NAMES]:
        if name.startswith("__") or name not in namespace:
            continue
        value = namespace[name]
        if is_secret(name, value) or (masked and _is_hidden(name, value, masked)):
            continue
        _load_reader(value)
        began = time.thread_time()
        digest = digest_value(value)
        if digest is not None:
            found[name] = digest
        spent += time.thread_time() - began
        if spent > BUDGET_S:
            break
    return found


def digest_value(value: Any) -> str | None:
    """Return 16 hex digits that tell the value by type and content; None where that is not light.

    Text, numbers and small containers of these count by their literal; arrays of numpy by their
    bytes; tables, columns and indexes of pandas, polars and pyarrow by names, types and values, with
    texts, categories and missing values. Nothing of an unknown class is called.
    """
    kind = type(value)
    if kind is str and len(value) > MAX_TEXT:
        return None
    if is_simple(value, items=MAX_ITEMS):
        if kind is set or kind is frozenset:
            return _hash(kind.__name__, ",".join(sorted(map(repr, value))).encode())
        return _hash(kind.__name__, repr(value).encode("utf-8", "surrogatepass"))
    parts = _parts_of(value)
    if parts is None:
        return None
    hashed = hashlib.blake2b(digest_size=8)
    for part in parts:
        hashed.update(part)
    return hashed.hexdigest()


def _is_hidden(name: str, value: Any, masked: Collection[str]) -> bool:
    """Tell whether patterns cover a name, or a column of the table behind it."""
    from mlops_lab.stats.fingerprint import is_masked
    from mlops_lab.stats.tables import find_opener, open_table

    if is_masked(name, masked):
        return True
    try:
        is_table = _is_of_library(value) and find_opener(value) is not None
        table = open_table(value) if is_table else None
    except Exception:  # noqa: BLE001 - what its library cannot read may hold anything
        return True
    return table is not None and any(is_masked(one.name, masked) for one in table.columns)


def _parts_of(value: Any) -> Iterable[Any] | None:
    """Return buffers that hold all of the value, when it is a known kind of array or table."""
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    kind = type(value)
    if kind is numpy.ndarray or issubclass(kind, numpy.generic):
        return _array_parts(value)
    if not _is_of_library(value):
        return None
    try:
        return _table_parts(value)
    except Exception:  # noqa: BLE001 - a table that its library cannot read has no digest
        return None


def _load_reader(value: Any) -> None:
    """Load what reads a table of this class: it happens once, and must not cost the names behind it."""
    if not _is_of_library(value):
        return
    with suppress(ImportError):
        import numpy as np  # noqa: F401 - a frame of polars may be there before it

        import mlops_lab.stats.mixing  # noqa: F401
        from mlops_lab.stats.tables import find_opener

        find_opener(value)


def _is_of_library(value: Any) -> bool:
    module = type(value).__module__
    return type(module) is str and module.partition(".")[0] in _LIBRARIES


def _table_parts(value: Any) -> list[Any] | None:
    from mlops_lab.stats.tables import find_opener, open_table

    if find_opener(value) is None or math.prod(getattr(value, "shape", ())[1:]) > MAX_COLUMNS:
        return None
    table = open_table(value)
    if table is None or table.nbytes is None or table.nbytes > MAX_BYTES:
        return None
    columns = [*table.columns, *table.labels]
    if any(column.has_objects and column.kind == "other" for column in columns):
        return None
    nested = sum(column.kind == "nested" for column in columns)
    objects = sum(column.has_objects for column in columns)
    if table.rows * objects > MAX_OBJECTS or table.rows * nested > MAX_ITEMS:
        return None
    parts: list[Any] = [f"{table.form} {table.rows} {table.shape}".encode()]
    for column in columns:
        name = column.name.encode("utf-8", "surrogatepass")
        parts += [f"{len(name)} {column.token} {len(column.facts)} ".encode(), name, column.facts]
        parts += _column_parts(column.read(0, table.rows))
    return parts


def _column_parts(values: Values) -> Iterator[Any]:
    import numpy as np

    from mlops_lab.stats.mixing import canonical
    from mlops_lab.stats.values import Numbers, Texts

    if values.valid is not None and not values.valid.all():
        yield np.packbits(values.valid)
    if isinstance(values, Numbers):
        yield canonical(values).tobytes()
    elif isinstance(values, Texts):
        yield np.diff(values.offsets).astype("<i8").tobytes()
        yield values.data[int(values.offsets[0]) : int(values.offsets[-1])].tobytes()
    elif values.valid is None:
        yield values.hashes.tobytes()
    else:
        yield np.where(values.valid, values.hashes, np.uint64(0)).tobytes()


def _array_parts(array: Any) -> list[Any] | None:
    if array.dtype.hasobject or array.nbytes > MAX_BYTES:
        return None
    return [f"{array.dtype.str}{array.shape}".encode(), array.tobytes()]


def _hash(kind: str, content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8, person=kind.encode()[:16]).hexdigest()
