"""Owns the routes that hold runs against one another: what differs, and curves side by side."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mlops_lab.core.comparison import Comparison, Curves
from mlops_lab.core.explanation import Explanation
from mlops_lab.core.limits import MAX_COMPARED, MAX_POINTS, MIN_COMPARED, MIN_POINTS
from mlops_lab.server.endpoint import Call, IdPart, endpoint

MAX_CHARTED = 500
"""Most metrics that can be asked for by name: an address takes 1,000 parameters."""

_FARTHEST = 2**63 - 1

MaxPoints = Annotated[
    int, Meta(ge=MIN_POINTS, le=MAX_POINTS, description="Most points of a series.")
]
Step = Annotated[int, Meta(ge=-_FARTHEST - 1, le=_FARTHEST)]


class ComparisonQuery(msgspec.Struct, frozen=True):
    """Which runs to compare, and which one the others are held against."""

    run_id: Annotated[list[IdPart], Meta(min_length=MIN_COMPARED, max_length=MAX_COMPARED)]
    baseline: Annotated[
        IdPart | None, Meta(description="The one of them that the others are held against.")
    ] = None
    points: Annotated[
        Literal["yes", "no"], Meta(description="Whether points of metrics are wanted at all.")
    ] = "yes"
    max_points: MaxPoints = 500
    metric: Annotated[
        list[str],
        Meta(
            description="Names of the metrics whose points are wanted; without it all are.",
            max_length=MAX_CHARTED,
        ),
    ] = []


class CurvesQuery(msgspec.Struct, frozen=True):
    """Which metrics of which runs to chart, and between which steps."""

    run_id: Annotated[list[IdPart], Meta(min_length=1, max_length=MAX_COMPARED)]
    metric: Annotated[
        list[str], Meta(description="Names of the metrics.", min_length=1, max_length=MAX_CHARTED)
    ]
    max_points: MaxPoints = 300
    from_step: Annotated[Step | None, Meta(description="The lowest step that is wanted.")] = None
    to_step: Annotated[Step | None, Meta(description="The highest step that is wanted.")] = None


class ExplanationQuery(msgspec.Struct, frozen=True):
    """Which two runs, the baseline first, and by which metric."""

    run_id: Annotated[list[IdPart], Meta(min_length=2, max_length=2)]
    metric: Annotated[
        str | None, Meta(description="Its name; without it the one that lists show.")
    ] = None


@endpoint("GET", "comparison", summary="What differs between runs", scope="kernel", errors=(409,))
def compare_runs(call: Call, query: ComparisonQuery) -> Comparison:
    """Return rows, series, code, data and surroundings of the runs side by side."""
    return call.lab.tracking.compare(
        query.run_id,
        baseline=query.baseline,
        max_points=query.max_points,
        names=(query.metric or None) if query.points == "yes" else (),
    )


@endpoint("GET", "curves", summary="Metrics of several runs, thinned for charts")
def get_curves(call: Call, query: CurvesQuery) -> Curves:
    """Return the curves, each thinned to ``max_points`` with its extremes kept."""
    steps = None
    if query.from_step is not None or query.to_step is not None:
        low = -_FARTHEST - 1 if query.from_step is None else query.from_step
        steps = (low, _FARTHEST if query.to_step is None else query.to_step)
    return call.lab.tracking.comparing.read_curves(
        query.run_id, query.metric, max_points=query.max_points, steps=steps
    )


@endpoint(
    "GET",
    "explanation",
    summary="Why a run is better than a baseline, the likeliest cause first",
    errors=(404, 409),
)
def explain_runs(call: Call, query: ExplanationQuery) -> Explanation:
    """Return what differs between two runs, ordered by what speaks for it."""
    baseline, run_id = query.run_id
    return call.lab.tracking.explaining.explain(baseline, run_id, metric=query.metric)
