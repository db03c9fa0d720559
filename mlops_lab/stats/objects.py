"""Owns the bytes that stand for one Python object: told by type and content, never by calling it."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import math
import pathlib
import struct
import sys
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .mixing import canonical, hash_texts
from .values import Hashes, Numbers, Texts

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_DEPTH = 12
"""Objects that lie deeper in others than this count by their class alone."""

_BY_STR = (
    decimal.Decimal,
    fractions.Fraction,
    uuid.UUID,
    dt.date,
    dt.time,
    dt.timedelta,
    pathlib.PurePath,
)
"""Classes of the standard library whose text, with the class, tells all of a value."""


_SEPARATOR = "\0"
_STANDARD = frozenset({"datetime", "decimal", "fractions", "uuid", "pathlib"})


def is_missing(value: Any) -> bool:
    """Tell whether ``value`` is None, a NaN, or what pandas has for a missing value."""
    if value is None:
        return True
    kind = type(value)
    if kind is float:
        return bool(value != value)  # noqa: PLR0124 - only NaN differs from itself
    if kind.__name__ in {"NAType", "NaTType"}:
        return True
    return kind.__module__ == "numpy" and _is_numpy_missing(value)


def _is_numpy_missing(value: Any) -> bool:
    import numpy as np

    if issubclass(type(value), np.floating):
        return bool(np.isnan(value))
    return issubclass(type(value), np.datetime64 | np.timedelta64) and bool(np.isnat(value))


def encode(value: Any, depth: int = 0) -> bytes:  # noqa: PLR0911 - one line a type
    """Return bytes that are equal for equal values of one type.

    Dicts, sets and frozensets count without their order. An instance of a class that is not known
    counts by its class and its attributes; no method of it is called.
    """
    if is_missing(value):
        return b"N"
    kind = type(value)
    simple = _SIMPLE.get(kind)
    if simple is not None:
        return simple(value)
    if depth > MAX_DEPTH:
        return b"D" + _name(kind)
    if kind in {list, tuple}:
        tag = b"L" if kind is list else b"T"
        return tag + _join(encode(item, depth + 1) for item in value)
    if kind in {set, frozenset}:
        return b"E" + _join(sorted(encode(item, depth + 1) for item in value))
    if issubclass(kind, dict):
        pairs = [
            _join((encode(key, depth + 1), encode(item, depth + 1)))
            for key, item in dict.items(value)
        ]
        return b"M" + _join(sorted(pairs))
    return _encode_other(value, kind, depth)


def _encode_other(value: Any, kind: type, depth: int) -> bytes:
    if issubclass(kind, enum.Enum):
        return b"e" + _join((_name(kind), value._name_.encode("utf-8", "surrogatepass")))
    if issubclass(kind, str):
        return _text(str.__str__(value))
    if issubclass(kind, _BY_STR) and kind.__module__.partition(".")[0] in _STANDARD:
        return b"P" + _join((_name(kind), str(value).encode("utf-8", "surrogatepass")))
    found = _encode_of_library(value, kind, depth)
    if found is not None:
        return found
    try:
        inside = object.__getattribute__(value, "__dict__")
    except AttributeError:
        inside = None
    if type(inside) is dict and not issubclass(type(value), type):
        return b"O" + _join((_name(kind), encode(inside, depth + 1)))
    return b"C" + _name(kind)


def _encode_of_library(value: Any, kind: type, depth: int) -> bytes | None:
    library = kind.__module__.partition(".")[0]
    if library == "numpy":
        import numpy as np

        if issubclass(type(value), np.generic):
            return b"n" + _join((_name(kind), encode(value.item(), depth + 1)))
        if type(value) is np.ndarray and value.dtype.kind in "biuf":
            head = f"{value.dtype.newbyteorder('=')}{value.shape}".encode()
            return b"A" + _join((head, canonical(Numbers(value.reshape(-1))).tobytes()))
        if type(value) is np.ndarray:
            return b"A" + encode(value.tolist(), depth + 1)
    if library == "pandas" and kind.__name__ in {"Timestamp", "Timedelta", "Period", "Interval"}:
        return b"P" + _join((_name(kind), str(value).encode()))
    if library == "shapely" and "shapely" in sys.modules:
        return b"W" + bytes(value.wkb)
    return None


def _name(kind: type) -> bytes:
    return f"{kind.__module__}.{kind.__qualname__}".encode("utf-8", "surrogatepass")


def _join(parts: Iterable[bytes]) -> bytes:
    made = bytearray()
    for part in parts:
        made += struct.pack("<q", len(part))
        made += part
    return bytes(made)


def _text(value: str) -> bytes:
    return b"s" + value.encode("utf-8", "surrogatepass")


def _float(value: float) -> bytes:
    return b"f" + struct.pack("<d", value + 0.0 if math.isfinite(value) else value)


_SIMPLE: dict[type, Callable[[Any], bytes]] = {
    str: _text,
    float: _float,
    int: lambda value: b"i%x" % value if value >= 0 else b"i-%x" % -value,
    bool: lambda value: b"b1" if value else b"b0",
    bytes: lambda value: b"y" + value,
    bytearray: lambda value: b"y" + bytes(value),
    complex: lambda value: b"c" + _float(value.real) + _float(value.imag),
}


def hash_objects(values: Array) -> Hashes:
    """Return a 64-bit hash of each object of a one-dimensional array of objects.

    A text has the same hash wherever it stands: beside other texts, or beside anything else.
    """
    import numpy as np
    import xxhash

    items = values.tolist()
    texts = pack_texts(items)
    if texts is not None:
        return Hashes(hash_texts(texts), texts.valid)
    digest = xxhash.xxh3_64_intdigest
    is_text = [type(item) is str for item in items]
    valid = np.array([not is_missing(item) for item in items], dtype=bool)
    hashes = np.fromiter(
        (0 if text else digest(encode(item)) for item, text in zip(items, is_text, strict=True)),
        dtype=np.uint64,
        count=len(items),
    )
    packed = pack_texts([item for item, text in zip(items, is_text, strict=True) if text])
    if packed is not None:
        hashes[np.array(is_text, dtype=bool)] = hash_texts(packed)
    return Hashes(hashes, None if valid.all() else valid)


def pack_texts(values: list[Any]) -> Texts | None:
    """Return the texts side by side as UTF-8, None when something is neither text nor missing."""
    import numpy as np

    valid: Array | None = None
    try:
        joined = _SEPARATOR.join(values)
    except TypeError:
        flags = [type(value) is str for value in values]
        if not any(flags):
            return None
        if not all(flag or is_missing(value) for flag, value in zip(flags, values, strict=True)):
            return None
        valid = np.array(flags, dtype=bool)
        values = [value if flag else "" for flag, value in zip(flags, values, strict=True)]
        joined = _SEPARATOR.join(values)
    data = np.frombuffer(joined.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    is_text = data != 0
    ends = np.flatnonzero(~is_text)
    if len(ends) != len(values) - 1:
        return _pack_each(values, valid)
    offsets = np.zeros(len(values) + 1, dtype=np.int64)
    offsets[1:-1] = ends - np.arange(len(ends))
    offsets[-1] = len(data) - len(ends)
    return Texts(data[is_text], offsets, valid)


def _pack_each(values: list[Any], valid: Array | None) -> Texts:
    """Do the same one by one: there are none, or one of them holds the separator."""
    import numpy as np

    parts = [str.encode(value, "utf-8", "surrogatepass") for value in values]
    offsets = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, parts), dtype=np.int64, count=len(parts)), out=offsets[1:])
    return Texts(np.frombuffer(b"".join(parts), dtype=np.uint8), offsets, valid)


def pack_bytes(values: list[Any]) -> Texts:
    """Return ``bytes`` objects side by side; None counts as missing."""
    import numpy as np

    flags = np.array([value is not None for value in values], dtype=bool)
    parts = [b"" if value is None else bytes(value) for value in values]
    offsets = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, parts), dtype=np.int64, count=len(parts)), out=offsets[1:])
    data = np.frombuffer(b"".join(parts), dtype=np.uint8)
    return Texts(data, offsets, None if flags.all() else flags)
