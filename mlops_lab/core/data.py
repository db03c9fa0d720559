"""Owns the structs of data versions: what a run read, told by content and never copied."""

from __future__ import annotations

from typing import Literal

import msgspec

from .clock import Millis
from .numbers import WireNumber

DataSource = Literal["name", "file"]
"""How the run came by it: a table behind a name of the cell, or a file that was opened."""


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
