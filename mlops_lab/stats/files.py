"""Owns the digest of a file: SHA-256 over its bytes, read in pieces."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from typing import BinaryIO

import msgspec

MAX_FULL_BYTES = 10 * 2**30
"""Of a larger file only head and tail are read."""

END_BYTES = 64 * 2**20
"""How much of head and tail that is."""

_PIECE = 2**20


class FileDigest(msgspec.Struct, frozen=True):
    """What a file held when it was read: SHA-256 in hexadecimal, bytes, nanoseconds of its change.

    ``is_whole`` is False where only its ends were read, ``changed`` True where it was written
    meanwhile.
    """

    digest: str
    size: int
    modified_ns: int
    is_whole: bool
    changed: bool


def digest_file(file: BinaryIO, *, until: float | None = None) -> FileDigest:
    """Return the digest of an open file, from its first byte on.

    The digest of a whole file is what ``sha256sum`` prints. That of a file above ``MAX_FULL_BYTES``,
    or one that could not be read until ``until`` (by ``time.perf_counter``), is over its size, its
    first and its last ``END_BYTES``.

    Raises:
        OSError: the file cannot be read.
    """
    before = os.fstat(file.fileno())
    digest = None
    if before.st_size <= MAX_FULL_BYTES:
        digest = _digest_whole(file, lambda: until is not None and time.perf_counter() > until)
    is_whole = digest is not None
    digest = digest or _digest_ends(file, before.st_size)
    after = os.fstat(file.fileno())
    changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    return FileDigest(digest, after.st_size, after.st_mtime_ns, is_whole, changed)


def _digest_whole(file: BinaryIO, is_late: Callable[[], bool]) -> str | None:
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(_PIECE):
        digest.update(piece)
        if is_late():
            return None
    return digest.hexdigest()


def _digest_ends(file: BinaryIO, size: int) -> str:
    digest = hashlib.sha256(f"head and tail of {size}:".encode())
    for start in (0, max(0, size - END_BYTES)):
        file.seek(start)
        left = min(END_BYTES, size)
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()
