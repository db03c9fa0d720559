"""Owns how much of the tables of one cell may be read while the cell waits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mlops_lab.stats.values import Table

    from .base import Watched

OPEN_BYTES = 2**24
"""Of the tables that the cell could change this much is read whole before it; of larger ones a sample."""

OBJECT_WEIGHT = 128
"""A byte of a column of Python objects counts as so many."""


class Waiting(Protocol):
    """A table that is read when it is called; ``drop`` lets go of it unread."""

    def __call__(self) -> None:
        """Read it, and record what it is."""

    def drop(self) -> None:
        """Let go of it."""


class Turn:
    """How long the tables of one cell may be read, and how many bytes of those that it could change.

    What is sampled depends on sizes, so that it is the same each time; the clock has the last word.
    """

    __slots__ = ("open_bytes", "until", "waiting")

    def __init__(self, until: float) -> None:
        self.until = until
        self.open_bytes = OPEN_BYTES
        self.waiting: list[Waiting] = []

    def left(self) -> float:
        """Return the seconds that are left."""
        return max(0.0, self.until - time.perf_counter())

    def end(self, cell: Watched) -> None:
        """Have the rest read in the background: from now on, for that takes turns with this thread."""
        for pending in self.waiting:
            if cell.later(pending) is False:
                pending.drop()

    def takes(self, table: Table) -> bool:
        """Tell whether there is room to read ``table`` whole, and count it."""
        has_objects = any(column.has_objects for column in table.columns)
        size = (table.nbytes or 0) * (OBJECT_WEIGHT if has_objects else 1)
        if size > self.open_bytes:
            return False
        self.open_bytes -= size
        return True
