"""Owns the structs that say how the data, environment and model of compared runs differ."""

from __future__ import annotations

from typing import Literal

import msgspec

from .data import DataRole
from .numbers import WireNumber

ColumnAspect = Literal["added", "removed", "type", "missing", "content", "format"]
"""In what a column differs; ``missing`` is the count of missing values."""


FactKind = Literal["package", "python", "platform", "variable", "hardware", "seed", "git", "model"]


class ProfileStats(msgspec.Struct, frozen=True):
    """What the profile of a column says in short, of ``rows`` rows.

    ``missing`` is the share of values that are missing. ``low``, ``median`` and ``high`` are of
    numbers and times.
    """

    rows: int
    missing: float | None = None
    mean: WireNumber | None = None
    std: WireNumber | None = None
    low: WireNumber | None = None
    median: WireNumber | None = None
    high: WireNumber | None = None
    distinct: int | None = None


class ProfileDiff(msgspec.Struct, frozen=True):
    """How the values of a column are distributed in the baseline and in the other run.

    ``distance`` is from 0 to 1: of numbers the largest difference between the two cumulative
    distributions (Kolmogorov-Smirnov), as far as the kept quantiles tell; of categories half the sum
    of the differences between their shares (total variation), as far as the frequent ones tell.
    ``gained`` and ``lost`` are frequent values that only one of the two has, most frequent first.
    """

    stats: list[ProfileStats]
    distance: float | None = None
    gained: list[str] = []
    lost: list[str] = []


class ColumnDiff(msgspec.Struct, frozen=True):
    """A column that differs, and how. Types and counts are those of the baseline and of the other.

    ``profile`` is there where both runs have one.
    """

    name: str
    aspects: list[ColumnAspect]
    types: list[str | None]
    missing: list[int | None]
    profile: ProfileDiff | None = None


class DataVersionDiff(msgspec.Struct, frozen=True):
    """One table or file by name: its digest and shape in the first run and in the other.

    A digest is None where the run did not read it. ``same_content`` says that only the order of
    rows or columns differs. ``known`` is False where the two were read to a different extent, so that
    nothing can be said; such a version is not ``equal``, and does not differ.
    """

    name: str
    digests: list[str | None]
    shapes: list[list[int]]
    equal: bool
    same_content: bool
    columns: list[ColumnDiff]
    role: DataRole = "input"
    known: bool = True


class DataDiff(msgspec.Struct, frozen=True):
    """How the data that ``run_id`` read differs from that of the first compared run.

    ``equal`` says that nothing that the runs took in is known to differ; tables that the cell made
    itself follow from it and from the code, and are listed only.
    """

    run_id: str
    equal: bool
    versions: list[DataVersionDiff]


class FactDiff(msgspec.Struct, frozen=True):
    """Something that differs besides code and data: its value in the first run and in the other."""

    kind: FactKind
    name: str
    values: list[str | None]


class SurroundingsDiff(msgspec.Struct, frozen=True):
    """How packages, machine, git state and models of ``run_id`` differ from those of the first run.

    ``known`` is False where one of the two runs recorded none of it.
    """

    run_id: str
    equal: bool
    known: bool
    facts: list[FactDiff]
