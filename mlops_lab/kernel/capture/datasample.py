"""Owns which rows of a table stand for all of them: chosen by its shape alone, never by the clock."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mlops_lab.stats.fingerprint import Fingerprinter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mlops_lab.stats.values import Table

SAMPLE_BYTES = 2**22
"""How much of a table is copied as its sample."""

GLANCE_BYTES = 2**16
"""How much of it is read at any rate: versions that were read to a different extent share this."""

MAX_SAMPLE_ROWS = 100_000
OBJECT_SAMPLE_ROWS = 500


def extent_of(value: Any) -> int:
    """Return how many values a table has, as far as its shape tells; small ones are read first."""
    try:
        return math.prod(getattr(value, "shape", None) or (len(value),))
    except (TypeError, ValueError):
        return 0


def take_sample(table: Table, size: int) -> Table | None:
    """Return a copy of about ``size`` bytes of rows, spread evenly; None where none can be taken.

    Of as many rows of a kind they are always the same ones.
    """
    import numpy as np

    if table.take is None or not table.rows or not table.columns:
        return None
    row_bytes = max(1, (table.nbytes or 8 * table.rows) // table.rows)
    rows = min(table.rows, MAX_SAMPLE_ROWS, max(1, size // row_bytes))
    if any(column.holds_mutable for column in table.columns):
        rows = min(rows, OBJECT_SAMPLE_ROWS)
    return table.take(np.linspace(0, table.rows - 1, rows).astype(np.int64))


def take_glance(table: Table) -> Table | None:
    """Return a copy of the rows that are read at any rate; None where these are all rows."""
    found = take_sample(table, GLANCE_BYTES)
    return None if found is None or found.rows == table.rows else found


def digest_glance(glance: Table | None, masked: Iterable[str]) -> str | None:
    """Return the digest of a glance, after the choice of its rows and a colon."""
    if glance is None:
        return None
    reader = Fingerprinter(glance, masked=masked)
    reader.advance()
    return f"even-{glance.rows}:{reader.finish().digest}"
