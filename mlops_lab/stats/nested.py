"""Owns how the hashes of items become the hash of the list or record that holds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .mixing import hash_numbers, mix_rows, value_hashes
from .values import Hashes, Values

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def hash_lists(items: Array, lengths: Array, valid: Array | None) -> Hashes:
    """Return a hash for each list; ``items`` are the hashes of all items, one list after another."""
    import numpy as np

    ends = np.cumsum(lengths, dtype=np.int64)
    starts = ends - lengths
    place = np.arange(len(items), dtype=np.int64) - np.repeat(starts, lengths)
    factors = (place.astype(np.uint64) << np.uint64(1)) | np.uint64(1)
    sums = np.zeros(len(items) + 1, dtype=np.uint64)
    np.cumsum(mix_rows(items + hash_numbers(factors, 1), 0), out=sums[1:])
    totals = sums[ends] - sums[starts]
    return Hashes(totals + hash_numbers(lengths.astype(np.int64), 2), valid)


def hash_records(fields: Iterable[tuple[str, Values]], rows: int, valid: Array | None) -> Hashes:
    """Return a hash for each record; a field counts by its name."""
    import numpy as np
    import xxhash

    total = np.zeros(rows, dtype=np.uint64)
    for name, values in fields:
        total += value_hashes(values, xxhash.xxh3_64_intdigest(name.encode("utf-8", "replace")))
    return Hashes(total, valid)
