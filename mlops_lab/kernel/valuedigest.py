"""Owns light digests of what names hold: enough to tell where two executions part, at little cost."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

from mlops_lab.core.secrets import is_secret

from .capture.params import is_simple

BUDGET_S = 0.002
"""What the digests of one cell may take; what is left over has none."""

MAX_ITEMS = 2_000
"""A container with more values has no digest."""

MAX_TEXT = 200_000
"""Nor has a longer text."""

MAX_BYTES = 4_194_304
"""Nor a larger array or table: reading it would take longer than the budget."""

MAX_NAMES = 200
"""Of so many names of a cell a digest is made."""


def digest_names(names: Iterable[str], namespace: Mapping[str, Any]) -> dict[str, str]:
    """Return the digests of those of ``names`` whose values can be read at once."""
    deadline = time.perf_counter() + BUDGET_S
    found: dict[str, str] = {}
    for name in list(names)[:MAX_NAMES]:
        if name.startswith("__") or name not in namespace:
            continue
        value = namespace[name]
        if is_secret(name, value):
            continue
        digest = digest_value(value)
        if digest is not None:
            found[name] = digest
        if time.perf_counter() > deadline:
            break
    return found


def digest_value(value: Any) -> str | None:
    """Return 16 hex digits that tell the value by type and content; None where that is not light.

    Text, numbers and small containers of these count by their literal; arrays of numpy and tables
    of pandas and polars of plain columns by their bytes. Nothing of an unknown class is called.
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


def _parts_of(value: Any) -> list[Any] | None:
    """Return buffers that hold all of the value, when it is a known kind of array or table."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    kind = type(value)
    if numpy is not None and (kind is numpy.ndarray or issubclass(kind, numpy.generic)):
        return _array_parts(value)
    if numpy is None or pandas is None or kind not in {pandas.DataFrame, pandas.Series}:
        return None
    if not _fits(value.memory_usage(index=True)):
        return None
    frame = value.to_frame() if kind is pandas.Series else value
    parts: list[Any] = [repr([str(name) for name in frame.columns]).encode()]
    for number in range(frame.shape[1]):
        column = frame.iloc[:, number]
        inner = _array_parts(column.to_numpy()) if isinstance(column.dtype, numpy.dtype) else None
        if inner is None:
            return None
        parts += inner
    return parts


def _fits(usage: Any) -> bool:
    return int(usage if isinstance(usage, int) else usage.sum()) <= MAX_BYTES


def _array_parts(array: Any) -> list[Any] | None:
    if array.dtype.hasobject or array.nbytes > MAX_BYTES:
        return None
    return [f"{array.dtype.str}{array.shape}".encode(), array.tobytes()]


def _hash(kind: str, content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8, person=kind.encode()[:16]).hexdigest()
