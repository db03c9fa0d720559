"""Owns the form in which every library's columns are read: numbers, texts or hashes, chunk by chunk."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    import numpy as np

ColumnKind = Literal["number", "boolean", "time", "text", "category", "nested", "other"]

CHUNK_ROWS = 32_768
"""Rows that are read at a time: what is worked on stays in the processor's cache."""

OBJECT_CHUNK_ROWS = 4_096
"""The same for a table with Python objects, which are read one by one."""


class Numbers:
    """Fixed-width values: an array of rows, or of rows and items; ``valid`` is None without nulls.

    ``array`` holds bools, integers, floats or complex numbers of any byte order and strides.
    Where ``valid`` is False the content of ``array`` means nothing.
    """

    __slots__ = ("array", "nan_is_missing", "valid")

    def __init__(
        self,
        array: np.ndarray[Any, Any],
        valid: np.ndarray[Any, Any] | None = None,
        *,
        nan_is_missing: bool = False,
    ) -> None:
        self.array = array
        self.valid = valid
        self.nan_is_missing = nan_is_missing


class Texts:
    """Values of any length: row ``i`` is ``data[offsets[i]:offsets[i + 1]]``, UTF-8 for text."""

    __slots__ = ("data", "offsets", "valid")

    def __init__(
        self,
        data: np.ndarray[Any, Any],
        offsets: np.ndarray[Any, Any],
        valid: np.ndarray[Any, Any] | None = None,
    ) -> None:
        self.data = data
        self.offsets = offsets
        self.valid = valid


class Hashes:
    """Values that are known by a 64-bit hash each: categories, nested values, Python objects."""

    __slots__ = ("hashes", "valid")

    def __init__(
        self, hashes: np.ndarray[Any, Any], valid: np.ndarray[Any, Any] | None = None
    ) -> None:
        self.hashes = hashes
        self.valid = valid


Values = Numbers | Texts | Hashes


class Column(msgspec.Struct, frozen=True):
    """A column as its library holds it, and how to read a stretch of its rows.

    ``type`` is the library's name of its type, ``token`` the name that the digest takes: equal for
    layouts of one type. ``facts`` is content that belongs to the type, such as the order of
    categories. ``pick`` returns one value of a row, for profiles. ``number_scale`` turns the
    numbers of a column of times into milliseconds; 0 where they are none. ``has_objects`` says that
    Python objects are read one by one, ``holds_mutable`` that they can be changed in place.
    """

    name: str
    type: str
    token: str
    kind: ColumnKind
    read: Callable[[int, int], Values]
    pick: Callable[[int], Any]
    facts: bytes = b""
    number_scale: float = 1.0
    has_objects: bool = False
    holds_mutable: bool = False
    is_wide: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table or array of any library, opened for reading.

    ``labels`` are the columns of an index that is more than the number of the row. They count for
    the digest; for the order-free one only where ``labels_are_content``. ``is_frozen`` says that
    what was opened stays as it is, whatever the user does next. ``form`` parts arrays, whose
    columns are numbered, from tables.
    """

    library_type: str
    form: str
    rows: int
    shape: list[int]
    columns: list[Column]
    labels: list[Column] = []
    labels_are_content: bool = False
    is_frozen: bool = False
    nbytes: int | None = None
    take: Callable[[Any], Table] | None = None
    """Return a copy of the rows at the positions of an array."""

    @property
    def chunk_rows(self) -> int:
        """How many rows to read at a time."""
        if any(column.is_wide for column in self.columns):
            return max(1, 8 * CHUNK_ROWS // max(1, math.prod(self.shape[1:])))
        if any(column.has_objects for column in self.columns):
            return OBJECT_CHUNK_ROWS
        return CHUNK_ROWS
