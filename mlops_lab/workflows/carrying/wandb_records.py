"""Owns reading the ``.wandb`` files of W&B, whose own library has no reader for them any more.

The file is a log in LevelDB's format (blocks of 32 KiB, records with CRC, length and kind) after seven
bytes of header; each record is a protocol buffer of W&B's ``Record``, of which few fields matter here.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from mlops_lab.core.errors import InvalidInputError

Fields = dict[int, list[int | bytes]]
"""The fields of a message by number: numbers and fixed words as int, all else as bytes."""

_MAGIC = b":W&B\xe1\xbe"
_HEADER = 7
_BLOCK = 32_768
_FULL, _FIRST, _LAST = 1, 2, 4
_MAX_RECORD = 256 * 2**20
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_SHIFT = 63


class CutError(Exception):
    """The file ends within a record, or a record is damaged; what was before it is whole."""


def read_records(file: BinaryIO) -> Iterator[bytes]:
    """Yield the records of an open file.

    Raises:
        InvalidInputError: it is no file of W&B.
        CutError: the file ends within a record, as it does when its process was killed.
    """
    if file.read(_HEADER)[: len(_MAGIC)] != _MAGIC:
        raise InvalidInputError("It does not begin as a file of W&B does.")
    whole = bytearray()
    for kind, content in _read_fragments(file):
        if kind in (_FULL, _FIRST):
            whole.clear()
        whole += content
        if len(whole) > _MAX_RECORD:
            raise CutError
        if kind in (_FULL, _LAST):
            yield bytes(whole)


def _read_fragments(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    left = _BLOCK - _HEADER
    while True:
        if left < _HEADER:
            file.read(left)
            left = _BLOCK
        head = file.read(_HEADER)
        if not head:
            return
        if len(head) < _HEADER:
            raise CutError
        crc, length, kind = struct.unpack("<IHB", head)
        content = file.read(length)
        left -= _HEADER + length
        if not kind and not length:
            continue
        if len(content) < length or zlib.crc32(content, zlib.crc32(bytes([kind]))) != crc:
            raise CutError
        yield kind, content


def read_fields(message: bytes) -> Fields:
    """Return the fields of a protocol buffer message.

    Raises:
        CutError: it is not one.
    """
    found: Fields = {}
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            found.setdefault(number, []).append(value)
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(kind)
        if kind == _BYTES:
            size, at = _varint(message, at)
        if size is None or at + size > len(message):
            raise CutError
        found.setdefault(number, []).append(message[at : at + size])
        at += size
    return found


def texts(fields: Fields, number: int) -> list[str]:
    """Return all texts of a field."""
    return [v.decode("utf-8", "replace") for v in fields.get(number, []) if isinstance(v, bytes)]


def text(fields: Fields, number: int) -> str:
    """Return the text of a field, empty without one."""
    return (texts(fields, number) or [""])[-1]


def messages(fields: Fields, number: int) -> list[Fields]:
    """Return the messages of a field."""
    return [read_fields(v) for v in fields.get(number, []) if isinstance(v, bytes)]


def number(fields: Fields, at: int) -> int | None:
    """Return the number of a field, signed as an int32 or int64 is."""
    value = fields[at][-1] if at in fields else None
    if not isinstance(value, int):
        return None
    return value - 2**64 if value >= 2**63 else value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift <= _MAX_SHIFT:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            return value, at
        shift += 7
    raise CutError
