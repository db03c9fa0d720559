"""Owns how values become 64-bit hashes, a chunk at a time, the same in every process.

A fixed-width value is mixed by two rounds of xor, multiply and shift, which is a bijection of 64
bits; a text is taken in words of eight bytes by such rounds, from 256 bytes on by xxh3_64. Both are
quick and well spread, and neither holds against somebody who looks for a collision.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .values import Hashes, Numbers, Texts, Values

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MISSING = 0x9AE16A3B2F90404F
"""The hash of a missing value."""

_GOLDEN = 0x9E3779B97F4A7C15
_SECOND = 0xBF58476D1CE4E5B9
_THIRD = 0x94D049BB133111EB
_LONG_TEXT = 256
_WORD = 8


def canonical(values: Numbers) -> Array:
    """Return the numbers as contiguous little-endian memory in which equal values are equal bytes.

    All NaNs become one, -0.0 becomes 0.0, and what stands under a null becomes zero.
    """
    import numpy as np

    array = values.array
    if array.dtype.kind == "b":
        array = array.view(np.uint8) if array.flags.c_contiguous else array.astype(np.uint8)
    elif array.dtype.kind in "mM":
        array = array.astype(array.dtype.newbyteorder("="), copy=False).view(np.int64)
    if array.dtype.kind == "c":
        parts = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
        array = parts.view(f"<f{array.dtype.itemsize // 2}").reshape(len(array), -1)
    if array.dtype.kind == "f":
        array = _canonical_floats(array)
    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    if values.valid is not None and not values.valid.all():
        array = array.copy()
        array[~values.valid] = 0
    return array


def _canonical_floats(array: Array) -> Array:
    import numpy as np

    if array.dtype.itemsize > _WORD:
        # A long double has bytes of padding: its two halves as doubles say the same.
        with np.errstate(all="ignore"):
            high = array.astype(np.float64)
            low = np.where(np.isfinite(high), array - high, 0).astype(np.float64)
        array = np.stack([high, low], axis=-1).reshape(len(array), -1)
    made = np.add(array, array.dtype.type(0), dtype=array.dtype.newbyteorder("="))
    made = np.ascontiguousarray(made)
    missing = np.isnan(made)
    if missing.any():
        made[missing] = np.nan
    return made


def hash_numbers(array: Array, salt: int) -> Array:
    """Return a hash of each row of ``array``, which ``canonical`` made."""
    import numpy as np

    if array.ndim == 1:
        return _mix(_words(array), np.uint64(salt))
    flat = array.reshape(len(array), math.prod(array.shape[1:]))
    words = _packed(flat) if array.dtype.itemsize < _WORD else _words(flat)
    salts = _mix(np.arange(words.shape[1], dtype=np.uint64), np.uint64(salt))
    rows: Array = _mix(words, salts).sum(axis=1, dtype=np.uint64)
    return rows


def _packed(flat: Array) -> Array:
    """Return rows of small items as words of eight bytes; the last one is filled up with zeros."""
    import numpy as np

    size = flat.shape[1] * flat.dtype.itemsize
    if not flat.size:
        return np.zeros((len(flat), 0), dtype=np.uint64)
    raw = flat.view(np.uint8).reshape(len(flat), size)
    if size % _WORD:
        raw = np.pad(raw, ((0, 0), (0, -size % _WORD)))
    return raw.view("<u8")


def _words(array: Array) -> Array:
    import numpy as np

    size = array.dtype.itemsize
    if size == _WORD:
        return array.view(np.uint64)
    return array.view(f"<u{size}").astype(np.uint64)


def _mix(words: Array, salt: Any) -> Array:
    import numpy as np

    mixed: Array = np.bitwise_xor(words, salt)
    mixed *= np.uint64(_GOLDEN)
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(_SECOND)
    mixed ^= mixed >> np.uint64(29)
    return mixed


def mix_rows(rows: Array, which: int) -> Array:
    """Return the hashes of rows mixed once more, in one of two independent ways."""
    import numpy as np

    multiplier = np.uint64(_THIRD if which else _GOLDEN)
    mixed: Array = rows ^ (rows >> np.uint64(30))
    mixed *= multiplier
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(_SECOND if which else _THIRD)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def hash_texts(values: Texts) -> Array:
    """Return a hash of each text."""
    import numpy as np

    offsets = values.offsets.astype(np.int64, copy=False)
    starts, lengths = offsets[:-1], np.diff(offsets)
    hashes = lengths.astype(np.uint64) * np.uint64(_THIRD)
    is_long = lengths >= _LONG_TEXT
    short = np.flatnonzero(~is_long) if is_long.any() else None
    if short is None:
        _hash_short(values.data, starts, lengths, hashes)
        return hashes
    picked = hashes[short]
    _hash_short(values.data, starts[short], lengths[short], picked)
    hashes[short] = picked
    _hash_long(values.data, offsets, np.flatnonzero(is_long), hashes)
    return hashes


def _hash_long(data: Array, offsets: Array, rows: Array, hashes: Array) -> None:
    import xxhash

    for row in rows.tolist():
        hashes[row] = xxhash.xxh3_64_intdigest(data[offsets[row] : offsets[row + 1]].data)


def _hash_short(data: Array, starts: Array, lengths: Array, hashes: Array) -> None:
    import numpy as np

    if not len(starts) or not len(data):
        return
    low, high = int(starts.min()), int((starts + lengths).max())
    if high - low > max(_LONG_TEXT * len(starts), 1 << 20):
        _hash_in_parts(data, starts, lengths, hashes)
        return
    padded = np.zeros(-(-(high - low) // _WORD) * _WORD + 2 * _WORD, dtype=np.uint8)
    padded[: high - low] = data[low:high]
    words = padded.view("<u8")
    masks = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)
    at, left = starts - low, lengths
    active: Array | None = None
    while True:
        more = left > 0
        if not more.all():
            keep = np.flatnonzero(more)
            if not len(keep):
                return
            active = keep if active is None else active[keep]
            at, left = at[keep], left[keep]
        shift = ((at & 7) << 3).astype(np.uint64)
        first = at >> 3
        word = words[first] >> shift
        # A shift by 64 bits is undefined, so the rest of the next word moves in two steps.
        word |= (words[first + 1] << np.uint64(1)) << (np.uint64(63) - shift)
        word &= masks[np.minimum(left, _WORD)]
        mixed = (hashes if active is None else hashes[active]) ^ word
        mixed *= np.uint64(_GOLDEN)
        mixed ^= mixed >> np.uint64(32)
        mixed *= np.uint64(_SECOND)
        mixed ^= mixed >> np.uint64(29)
        hashes[slice(None) if active is None else active] = mixed
        at, left = at + _WORD, left - _WORD


def _hash_in_parts(data: Array, starts: Array, lengths: Array, hashes: Array) -> None:
    """Hash short texts between which long ones lie: side by side, so that the copy stays small."""
    import numpy as np

    total = int(lengths.sum())
    ends = np.cumsum(lengths)
    begins = ends - lengths
    index = np.repeat(starts - begins, lengths) + np.arange(total, dtype=np.int64)
    _hash_short(data[index], begins, lengths, hashes)


def value_hashes(values: Values, salt: int = 0) -> Array:
    """Return one hash a row; a missing value has that of ``MISSING``."""
    import numpy as np

    if isinstance(values, Numbers):
        hashes = hash_numbers(canonical(values), salt)
    else:
        hashes = values.hashes if isinstance(values, Hashes) else hash_texts(values)
        hashes = _mix(hashes, np.uint64(salt))
    if values.valid is not None and not values.valid.all():
        hashes = np.where(values.valid, hashes, np.uint64(MISSING ^ salt))
    return hashes
