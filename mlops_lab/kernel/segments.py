"""Owns the files of a spool: which records a file holds, and how they are read back from it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from .keptfiles import FILES


class Stretch(msgspec.Struct, frozen=True):
    """Encoded records that follow one another, from the record ``after + 1`` on."""

    lines: list[bytes]
    after: int

    @property
    def last_seq(self) -> int:
        """The number of the last record."""
        return self.after + len(self.lines)


class Segment:
    """One file of the spool; line ``i`` after the header holds the record ``first_seq + i``."""

    __slots__ = ("_read_at", "_read_seq", "first_seq", "last_seq", "path", "size")

    def __init__(self, path: Path, *, first_seq: int, header_bytes: int) -> None:
        self.path = path
        self.first_seq = first_seq
        self.last_seq = first_seq - 1
        self.size = header_bytes
        self._read_seq = first_seq
        self._read_at = header_bytes

    def read(self, seq: int, *, end: int, records: int, size: int) -> list[bytes]:
        """Return the lines after ``seq`` that lie before the offset ``end``; called by one thread."""
        with self.path.open("rb") as file:
            if self._read_seq != seq + 1:
                file.readline()
                for _ in range(seq + 1 - self.first_seq):
                    file.readline()
                self._read_seq, self._read_at = seq + 1, file.tell()
            file.seek(self._read_at)
            data = file.read(min(size, end - self._read_at))
            if b"\n" not in data:
                data += file.readline()
        lines = data.split(b"\n")[:-1][:records]
        self._read_seq += len(lines)
        self._read_at += sum(map(len, lines)) + len(lines)
        return lines


def folder_bytes(folder: Path, *, large: int) -> int:
    """Return how many bytes the files of a spool folder have, with those of artifacts.

    An artifact of more than ``large`` bytes does not count: it was let in by itself, see
    ``keptfiles.py``, and while it waits points shall go on being kept.
    """
    total = 0
    for place in (folder, folder / FILES):
        with suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                with suppress(OSError):
                    size = entry.stat().st_size if entry.is_file() else 0
                    total += size if place == folder or size <= large else 0
    return total
