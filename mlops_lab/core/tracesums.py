"""Owns the structs of sums over traces: what is asked of many traces at once, and the answer."""

from __future__ import annotations

from typing import Literal

import msgspec

from .clock import Millis

TraceView = Literal["TRACES", "SPANS", "ASSESSMENTS"]
SumKind = Literal["COUNT", "SUM", "AVG", "PERCENTILE", "MIN", "MAX"]

MAX_SUMS = 1_000
"""Most groups in one answer."""

TIME_BUCKET = "time_bucket"
"""The name of the group that says when: the begin of the bucket in milliseconds."""


class Aggregation(msgspec.Struct, frozen=True):
    """How values become one; ``percent`` from 0 to 100 is for PERCENTILE alone."""

    kind: SumKind
    percent: float | None = None

    @property
    def name(self) -> str:
        """What it is called in an answer: ``AVG``, or ``P95.0``."""
        return self.kind if self.percent is None else f"P{self.percent}"


class TraceQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: a metric of one view, summed up by dimensions and times.

    ``begin`` and ``end`` bound when a trace began, both included. Each filter is one comparison
    with ``=``, such as ``trace.status = 'OK'``.
    """

    experiment_ids: list[str]
    view: TraceView
    metric: str
    aggregations: list[Aggregation]
    dimensions: list[str] = []
    filters: list[str] = []
    bucket_ms: Millis | None = None
    begin: Millis | None = None
    end: Millis | None = None
    limit: int = MAX_SUMS


class TraceSum(msgspec.Struct, frozen=True):
    """One group of an answer: its dimensions by name, and a value for each aggregation."""

    dimensions: dict[str, str | int]
    values: dict[str, float]
