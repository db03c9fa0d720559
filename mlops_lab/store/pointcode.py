"""Owns the packed form of points: columns of numbers become bytes, and come back exactly."""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, chain, islice
from operator import sub
from typing import Any

_VERSION = b"\x01"
_ZLIB_LEVEL = 3
_COUNT = struct.Struct("<I")
# How a column of integers is written (delta or plain), with how many bytes each, and its first.
_COLUMN = struct.Struct("<cq")
_DELTA_CODES = (("b", 7), ("h", 15), ("i", 31), ("q", 63))
_PLAIN, _CONSTANT = b"p", b"c"
_SHUFFLED, _AS_IS = b"s", b"a"


def pack(integers: Sequence[Sequence[int]], values: Sequence[float]) -> bytes:
    """Return columns of equal length as bytes; see ``unpack``.

    Integers (64 bits) go as differences to the one before. The bytes of the floats go by their
    place within a float where that is shorter: signs and exponents of neighbours are alike.

    Args:
        integers: any number of columns of integers.
        values: a column of floats, of which each bit is kept but the payload of a NaN.
    """
    head = _COUNT.pack(len(values)) + b"".join(_pack_integers(column) for column in integers)
    plain = _little(array("d", values))
    compressed = min(
        (
            mark + zlib.compress(head + floats, _ZLIB_LEVEL)
            for mark, floats in ((_SHUFFLED, _shuffle(plain, 8)), (_AS_IS, plain))
        ),
        key=len,
    )
    return _VERSION + compressed


def unpack(packed: bytes, columns: int) -> tuple[list[list[int]], list[float]]:
    """Return the columns of integers, of which there are ``columns``, and that of floats.

    Raises:
        ValueError: these bytes are not of ``pack``, or of a newer version.
    """
    if packed[:1] != _VERSION:
        raise ValueError("Points are packed in a form that this version does not know.")
    content = zlib.decompress(packed[2:])
    (count,) = _COUNT.unpack_from(content)
    at = _COUNT.size
    integers = []
    for _ in range(columns):
        column, at = _unpack_integers(content, at, count)
        integers.append(column)
    floats = content[at:]
    if packed[1:2] == _SHUFFLED:
        floats = _unshuffle(floats, 8)
    return integers, _from_little("d", floats).tolist()


def _pack_integers(column: Sequence[int]) -> bytes:
    first = column[0] if column else 0
    deltas = list(map(sub, islice(column, 1, None), column))
    low, high = min(deltas, default=0), max(deltas, default=0)
    if low == high == 0:
        return _COLUMN.pack(_CONSTANT, first)
    for code, bits in _DELTA_CODES:
        if low >= -(1 << bits) and high < 1 << bits:
            numbers = array(code, deltas)
            return _COLUMN.pack(code.encode(), first) + _shuffle(_little(numbers), numbers.itemsize)
    plain = array("q", column)
    return _COLUMN.pack(_PLAIN, first) + _shuffle(_little(plain), plain.itemsize)


def _unpack_integers(content: bytes, at: int, count: int) -> tuple[list[int], int]:
    mark, first = _COLUMN.unpack_from(content, at)
    at += _COLUMN.size
    if mark == _CONSTANT:
        return [first] * count, at
    code = "q" if mark == _PLAIN else mark.decode()
    width = array(code).itemsize
    end = at + width * (count if mark == _PLAIN else count - 1)
    numbers = _from_little(code, _unshuffle(content[at:end], width))
    if mark == _PLAIN:
        return numbers.tolist(), end
    return list(accumulate(chain((first,), numbers))), end


def _shuffle(content: bytes, width: int) -> bytes:
    if width == 1:
        return content
    return b"".join(content[at::width] for at in range(width))


def _unshuffle(content: bytes, width: int) -> bytes:
    if width == 1:
        return content
    count = len(content) // width
    whole = bytearray(len(content))
    for at in range(width):
        whole[at::width] = content[at * count : (at + 1) * count]
    return bytes(whole)


def _little(numbers: array[int] | array[float]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _from_little(code: str, content: bytes) -> array[Any]:
    numbers: array[Any] = array(code)
    numbers.frombytes(content)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
