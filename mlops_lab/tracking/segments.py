"""Owns the spool's files as they lie in a folder: their names, their order, and their contents."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from mlops_lab.core.ids import is_id
from mlops_lab.core.limits import MAX_BATCH_RECORDS
from mlops_lab.core.records import Record, SpoolHeader
from mlops_lab.core.refuge import is_private, refuge_of

_NAME = re.compile(r"([0-9a-f]{32})-(\d+)\.jsonl")
_PORTION_BYTES = 1_000_000
_TAIL_BYTES = 65_536

_header = msgspec.json.Decoder(SpoolHeader)
_record: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


class CorruptSegmentError(Exception):
    """A whole line of a segment is not what a kernel writes."""


class NoHeaderError(Exception):
    """A segment ends within its first line: its writer has just begun, or died there."""


class Segment(msgspec.Struct, frozen=True, order=True):
    """One file of a spool; segments of a spool sort in the order in which they were written."""

    spool_id: str
    number: int
    path: Path


def find_spool_folders(spool_dir: Path) -> list[Path]:
    """Return the folders in which records of one store wait: the spool folder, and its refuge.

    In this order: what waits in the refuge follows what was written before the folder failed.
    """
    refuge = refuge_of(spool_dir)
    try:
        has_refuge = is_private(refuge.parent.lstat()) and is_private(refuge.lstat())
    except OSError:
        has_refuge = False
    return [spool_dir, refuge] if has_refuge else [spool_dir]


def find_segments(folder: Path) -> list[Segment]:
    """Return the segments in a folder, spool by spool, in order; none when there is no folder."""
    found = []
    try:
        paths = list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    for path in paths:
        name = _NAME.fullmatch(path.name)
        if name is not None:
            found.append(Segment(name.group(1), int(name.group(2)), path))
    return sorted(found)


def read_header(segment: Segment) -> SpoolHeader:
    """Return the first line of a segment.

    Raises:
        NoHeaderError: there is no whole first line.
        CorruptSegmentError: the first line is no header, or that of another spool.
        OSError: the file cannot be read.
    """
    with segment.path.open("rb") as file:
        line = file.readline()
    try:
        header = _header.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if not line.endswith(b"\n"):
            raise NoHeaderError from error
        raise CorruptSegmentError from error
    if header.spool_id != segment.spool_id or not is_id(header.spool_id):
        raise CorruptSegmentError
    return header


def read_records(segment: Segment) -> Iterator[list[Record]]:
    """Give the records of a segment in portions of at most ``MAX_BATCH_RECORDS``.

    A torn last line, which its writer did not live to finish, is left out.

    Raises:
        CorruptSegmentError: a whole line cannot be read; every record before it was given.
        OSError: the file cannot be read.
    """
    with segment.path.open("rb") as file:
        file.readline()
        while lines := file.readlines(_PORTION_BYTES):
            records, whole = _decode(lines)
            for begin in range(0, len(records), MAX_BATCH_RECORDS):
                yield records[begin : begin + MAX_BATCH_RECORDS]
            if not whole:
                raise CorruptSegmentError


def read_last_seq(segment: Segment) -> int | None:
    """Return the number of the last whole record; None when it is not seen near the end.

    Raises:
        OSError: the file cannot be read.
    """
    with segment.path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - _TAIL_BYTES))
        lines = file.read().splitlines(keepends=True)
    for line in reversed(lines[1:]):
        try:
            return _record.decode(line).seq
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return None


def _decode(lines: list[bytes]) -> tuple[list[Record], bool]:
    try:
        return _record.decode_lines(b"".join(lines)), True
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _decode_singly(lines)


def _decode_singly(lines: list[bytes]) -> tuple[list[Record], bool]:
    """Return the records before the first line that cannot be read, and whether it was a torn end."""
    records: list[Record] = []
    for line in filter(bytes.strip, lines):
        try:
            records.append(_record.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return records, not line.endswith(b"\n")
    return records, True
