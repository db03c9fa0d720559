"""Owns the fingerprint of a table: which digests tell that content is the same, and how they are made.

**Digest.** Of each column xxh3_128 runs over its values, lengths of texts and places of missing
values, together with its name, type and number of rows; the digest of the table is xxh3_128 over
those of its columns in order, and of its labels. Any changed value, name, type or order changes it.

**Content digest.** Each value becomes 64 bits (`mixing`) with a salt of its column's name and type.
A row is the sum of its values, mixed again, and the table the sum of its rows modulo 2**64, twice
with different mixing, with the number of rows and the sorted names and types of the columns. Sums
know no order. Two tables that differ by chance agree with a probability of about 2**-64: rows are
told apart by 64 bits. Nothing here holds against somebody who wants two tables to agree.

**What counts as equal.** All NaNs are one value, -0.0 is 0.0, and what lies under a null means
nothing. In pandas a NaN is missing; in polars and arrow NaN and null are two things. Chunks,
strides, byte order, and where a library keeps its texts make no difference. Types do: a text column
of type ``object`` is not one of type ``str``. An index without a name that counts the rows from 0
is left out; one of whole numbers without a name counts for the digest only.

The process makes no difference: no hash of Python is used.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import msgspec

from .mixing import MISSING, canonical, hash_numbers, hash_texts, mix_rows
from .tables import open_table
from .values import Column, Hashes, Numbers, Table, Texts

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

VERSION = b"mlops-lab table 1"


class ColumnDigest(msgspec.Struct, frozen=True):
    """The digest of a column and its missing values; both None for a masked one."""

    digest: str | None
    missing: int | None


class Fingerprint(msgspec.Struct, frozen=True):
    """The digests of a table, in hexadecimal; ``columns`` are in the order of the table's."""

    digest: str
    content_digest: str
    columns: list[ColumnDigest]


def is_masked(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a column name is one of ``patterns``, in which ``*`` and ``?`` stand for others."""
    return any(name == pattern or fnmatchcase(name, pattern) for pattern in patterns)


def fingerprint(value: Any, *, masked: Iterable[str] = ()) -> Fingerprint | None:
    """Return the fingerprint of the full content of a table of any library; None if it is no table."""
    table = open_table(value)
    if table is None:
        return None
    reader = Fingerprinter(table, masked=masked)
    reader.advance()
    return reader.finish()


class Fingerprinter:
    """Reads a table once, some rows at a time; it can stop in between and go on in another thread."""

    def __init__(self, table: Table, *, masked: Iterable[str] = ()) -> None:
        import numpy as np

        patterns = tuple(masked)
        self.table = table
        self._hashers: list[_ColumnHasher | None] = [
            None if is_masked(column.name, patterns) else hasher
            for column, hasher in zip(table.columns, _hashers(table.columns), strict=True)
        ]
        self._labels: list[_ColumnHasher] = [
            hasher
            for column, hasher in zip(table.labels, _hashers(table.labels), strict=True)
            if not is_masked(column.name, patterns)
        ]
        self._queue = [hasher for hasher in self._hashers if hasher is not None] + self._labels
        self._row = 0
        self._next = 0
        self._rows: Array = np.zeros(0, dtype=np.uint64)
        self._sums = [0, 0]

    def advance(self, *, until: float | None = None) -> bool:
        """Read on, to the end or to the first pause after ``until`` by ``time.perf_counter``.

        Return whether the end was reached. A pause comes after each column of some thousand rows.
        """
        import numpy as np

        step = self.table.chunk_rows
        content = len(self._queue) - (0 if self.table.labels_are_content else len(self._labels))
        while self._row < self.table.rows:
            stop = min(self._row + step, self.table.rows)
            if self._next == 0:
                self._rows = np.zeros(stop - self._row, dtype=np.uint64)
            while self._next < len(self._queue):
                if until is not None and time.perf_counter() > until:
                    return False
                rows = self._rows if self._next < content else None
                self._queue[self._next].read(self._row, stop, rows)
                self._next += 1
            for which in (0, 1):
                mixed = mix_rows(self._rows, which)
                self._sums[which] += int(mixed.sum(dtype=np.uint64))
            self._row, self._next = stop, 0
        return True

    def finish(self) -> Fingerprint:
        """Return the fingerprint of what was read."""
        import xxhash

        found = [None if one is None else one.finish() for one in self._hashers]
        labels = [one.finish() for one in self._labels]
        head = [VERSION, self.table.form.encode(), *_sizes(self.table)]
        digest = xxhash.xxh3_128(_join(head))
        names = [one.head for one in self._queue]
        for place, (hasher, part) in enumerate(zip(self._hashers, found, strict=True)):
            if hasher is not None and part is not None:
                digest.update(_join([b"column", str(place).encode(), hasher.head, part]))
        for hasher, part in zip(self._labels, labels, strict=True):
            digest.update(_join([b"label", hasher.head, part]))
        if not self.table.labels_are_content:
            names = [one.head for one in self._hashers if one is not None]
        sums = [struct.pack("<Q", total % 2**64) for total in self._sums]
        rows = str(self.table.rows).encode()
        content = xxhash.xxh3_128_hexdigest(_join([VERSION, rows, *sorted(names), *sums]))
        return Fingerprint(
            digest.hexdigest(), content, list(map(_column_digest, self._hashers, found))
        )


def _column_digest(hasher: _ColumnHasher | None, digest: bytes | None) -> ColumnDigest:
    if hasher is None or digest is None:
        return ColumnDigest(None, None)
    return ColumnDigest(digest.hex(), hasher.missing)


def _sizes(table: Table) -> list[bytes]:
    shape = table.shape if table.form != "table" else [table.rows]
    return [str(size).encode() for size in shape]


def _hashers(columns: list[Column]) -> list[_ColumnHasher]:
    seen: dict[tuple[str, str], int] = {}
    made = []
    for column in columns:
        key = (column.name, column.token)
        seen[key] = seen.get(key, -1) + 1
        made.append(_ColumnHasher(column, seen[key]))
    return made


def _join(parts: Iterable[bytes]) -> bytes:
    return b"".join(struct.pack("<q", len(part)) + part for part in parts)


class _ColumnHasher:
    """The digest of one column on its way: values, lengths and missing places are three streams.

    So it makes no difference how many rows are read at a time.
    """

    __slots__ = ("_lengths", "_rows", "_salt", "_valid", "_values", "column", "head", "missing")

    def __init__(self, column: Column, occurrence: int) -> None:
        import xxhash

        name = column.name.encode("utf-8", "surrogatepass")
        self.column = column
        self.head = _join([name, column.token.encode(), column.facts])
        self.missing = 0
        self._salt = xxhash.xxh3_64_intdigest(_join([self.head, str(occurrence).encode()]))
        self._values = xxhash.xxh3_128()
        self._lengths: Any = None
        self._valid: Any = None
        self._rows = 0

    def read(self, start: int, stop: int, rows: Array | None) -> None:
        """Take in some rows, and add the hashes of their values to ``rows``."""
        values = self.column.read(start, stop)
        self._note_missing(values.valid)
        if isinstance(values, Numbers):
            self._read_numbers(values, rows)
        elif isinstance(values, Texts):
            self._read_texts(values, rows)
        else:
            self._read_hashes(values, rows)
        self._rows += stop - start

    def finish(self) -> bytes:
        """Return the digest of what was taken in."""
        import xxhash

        parts = [self.head, str(self._rows).encode(), self._values.digest()]
        parts += [b"" if one is None else one.digest() for one in (self._lengths, self._valid)]
        return xxhash.xxh3_128_digest(_join(parts))

    def _note_missing(self, valid: Array | None) -> None:
        """Take in which rows are missing; rows before the first such chunk are all there."""
        import numpy as np
        import xxhash

        if valid is None or valid.all():
            return
        self.missing += int(len(valid) - valid.sum())
        if self._valid is None:
            self._valid = xxhash.xxh3_128()
        places = np.flatnonzero(~valid) + self._rows
        self._valid.update(places.astype("<i8").data)

    def _read_numbers(self, values: Numbers, rows: Array | None) -> None:
        import numpy as np

        array = canonical(values)
        self._values.update(array.reshape(-1).view(np.uint8).data if array.size else b"")
        if values.nan_is_missing and array.dtype.kind == "f":
            missing = np.isnan(array.reshape(len(array), -1)).any(axis=1)
            self.missing += int(missing.sum())
        if rows is not None:
            self._add(hash_numbers(array, self._salt), values.valid, rows)

    def _read_texts(self, values: Texts, rows: Array | None) -> None:
        import numpy as np
        import xxhash

        if self._lengths is None:
            self._lengths = xxhash.xxh3_128()
        lengths = np.diff(values.offsets).astype("<i8")
        first, last = int(values.offsets[0]), int(values.offsets[-1])
        self._lengths.update(lengths.data)
        self._values.update(values.data[first:last].data)
        if rows is not None:
            mixed = hash_numbers(hash_texts(values), self._salt)
            self._add(mixed, values.valid, rows)

    def _read_hashes(self, values: Hashes, rows: Array | None) -> None:
        import numpy as np

        hashes = values.hashes
        if values.valid is not None:
            hashes = np.where(values.valid, hashes, np.uint64(MISSING))
        self._values.update(np.ascontiguousarray(hashes, dtype="<u8").data)
        if rows is not None:
            self._add(hash_numbers(hashes, self._salt), values.valid, rows)

    def _add(self, hashes: Array, valid: Array | None, rows: Array) -> None:
        import numpy as np

        if valid is not None:
            hashes = np.where(valid, hashes, np.uint64(MISSING ^ self._salt))
        np.add(rows, hashes, out=rows)
