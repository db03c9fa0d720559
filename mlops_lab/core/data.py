"""Owns the structs of data versions: what a run read, told by content and never copied."""

from __future__ import annotations

from typing import Literal

import msgspec

from .clock import Millis
from .numbers import WireNumber

DataSource = Literal["name", "file"]
"""How the run came by it: a table behind a name of the cell, or a file that was opened."""

DataRole = Literal["input", "loaded", "made"]
"""Whose table it is: one that the cell found and is told as it was before it, one that the cell got
from a reading call, or one that the cell made and read itself; the latter two as the cell left them."""

UNREAD = "unread:"
"""What the digest of data begins with whose content is not known."""


class TopValue(msgspec.Struct, frozen=True):
    """A frequent value of a column, as text, and how often it occurs."""

    value: str
    count: int


class ColumnProfile(msgspec.Struct, frozen=True):
    """How the values of a column are distributed; what drift is later held against.

    ``quantiles`` are the values at equally spaced probabilities from 0 to 1, the first and last
    being minimum and maximum. ``edges`` has one more entry than ``counts``. ``top`` are the most
    frequent values of a column of categories. ``rows`` is how many rows it was computed from.
    """

    rows: int
    mean: WireNumber | None = None
    std: WireNumber | None = None
    quantiles: list[WireNumber] = []
    edges: list[WireNumber] = []
    counts: list[int] = []
    distinct: int | None = None
    top: list[TopValue] = []


class ColumnVersion(msgspec.Struct, frozen=True):
    """A column: its type as the library names it, its missing values, digest and profile.

    ``kind`` is the family of the type; ``format`` what the values look like where that is known
    (such as ``%Y-%m-%d`` or ``int-like``). A masked column has neither digest nor profile.
    """

    name: str
    type: str
    kind: Literal["number", "boolean", "time", "text", "category", "nested", "other"]
    missing: int | None
    digest: str | None = None
    format: str | None = None
    masked: bool = False
    profile: ColumnProfile | None = None


class DataVersion(msgspec.Struct, frozen=True):
    """One version of data that a run read.

    ``digest`` changes with any value, name, type or order; ``content_digest`` not with the order
    of rows or columns. Both cover the full content unless ``sampled_rows`` says how many rows were
    taken. ``library_type`` is such as ``pandas.DataFrame``; for a file it is ``file``.
    ``sample_digest`` covers a few rows that the shape alone chooses, so that a version that was read
    whole can be held against one that was not; what stands before its colon names the choice.
    """

    name: str
    source: DataSource
    library_type: str
    digest: str
    content_digest: str | None = None
    shape: list[int] = []
    bytes: int | None = None
    path: str | None = None
    modified_at: Millis | None = None
    sampled_rows: int | None = None
    columns: list[ColumnVersion] = []
    notes: list[str] = []
    role: DataRole = "input"
    sample_digest: str | None = None


def same_data(first: DataVersion, other: DataVersion) -> bool | None:
    """Tell whether two versions hold the same data; None where what was read of them cannot tell.

    Digests are held together only where they are of the same reach; else those of the sample are.
    """
    if first.digest == other.digest:
        return True
    if first.shape != other.shape:
        return False
    if any(one.digest.startswith(UNREAD) for one in (first, other)):
        return None
    if first.sampled_rows == other.sampled_rows:
        return False
    return _same_sample(first.sample_digest, other.sample_digest)


def _same_sample(first: str | None, other: str | None) -> bool | None:
    if first is None or other is None:
        return None
    same_choice = first.partition(":")[0] == other.partition(":")[0]
    return first == other if same_choice else None
