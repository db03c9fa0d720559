"""Owns the structs of a comparison of runs: rows, curves, code, data and surroundings side by side."""

from __future__ import annotations

import msgspec

from .celldiff import CellsDiff, DiffLine
from .clock import Millis
from .differences import DataDiff, SurroundingsDiff
from .numbers import WireNumber
from .tracking import Direction, MetricSeries, RunSummary


class ComparedRow(msgspec.Struct, frozen=True):
    """One param or metric across the compared runs, in their order; None where a run lacks it.

    ``is_kpi`` says that it is a metric that one of the runs has as a business KPI.
    """

    name: str
    values: list[str | float | None]
    equal: bool
    is_kpi: bool = False


class ComparedMetric(msgspec.Struct, frozen=True):
    """One metric across the compared runs, in their order; None where a run lacks it.

    ``best`` is the lowest or highest value by ``direction``, which is None where no way is better.
    ``winners`` are the places of the runs whose last value is the best of the row, none where all
    are equal or fewer than two runs have one. ``steps`` is the step of the last value, ``counts``
    how many values were logged. ``equal`` is about last values. ``is_kpi`` says that one of the
    runs has it as a business KPI.
    """

    name: str
    direction: Direction | None
    last: list[WireNumber | None]
    min: list[WireNumber | None]
    max: list[WireNumber | None]
    best: list[WireNumber | None]
    steps: list[int | None]
    counts: list[int | None]
    winners: list[int]
    equal: bool
    is_kpi: bool = False


class CodeDiff(msgspec.Struct, frozen=True):
    """How the lines of the cells of ``run_id`` differ from those of the baseline."""

    run_id: str
    equal: bool
    lines: list[DiffLine]


class Comparison(msgspec.Struct, frozen=True):
    """What differs between runs. ``baseline`` is the id of the run that the others are held against.

    ``code``, ``cells``, ``data`` and ``surroundings`` have one entry for each other run, in the
    order of ``runs``. ``left_out`` are the metrics whose series are too many for one answer; ask
    for them by name.
    """

    runs: list[RunSummary]
    params: list[ComparedRow]
    metrics: list[ComparedRow]
    series: list[MetricSeries]
    code: list[CodeDiff]
    data: list[DataDiff] = []
    surroundings: list[SurroundingsDiff] = []
    left_out: list[str] = []
    baseline: str = ""
    measures: list[ComparedMetric] = []
    cells: list[CellsDiff] = []
    tags: list[ComparedRow] = []


class Curve(msgspec.Struct, frozen=True):
    """The points of one metric of one run, thinned with extremes kept, as columns of equal length.

    ``count`` is how many points there are in all. ``elapsed`` is milliseconds since ``first_time``.
    """

    run_id: str
    name: str
    count: int
    first_time: Millis
    steps: list[int]
    elapsed: list[Millis]
    values: list[WireNumber]


class Curves(msgspec.Struct, frozen=True):
    """Curves of several runs, by run and then metric; a run that lacks a metric has none of it."""

    curves: list[Curve]
