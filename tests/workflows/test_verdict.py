"""The verdict on metrics: tolerance, words for what is no number, and points that are missing."""

from __future__ import annotations

import pytest

from mlops_lab.core.numbers import WireNumber
from mlops_lab.core.records import MetricLogged
from mlops_lab.core.tracking import MetricSummary
from mlops_lab.workflows.replayed import Series
from mlops_lab.workflows.verdict import Tolerance, compare_metrics


@pytest.mark.parametrize(
    ("recorded", "reproduced", "agrees"),
    [
        (1.0, 1.0, True),
        (1.0, 1.0 + 9e-7, True),
        (1.0, 1.0 + 2e-6, False),
        (1e9, 1e9 + 500, True),
        (0.0, 5e-10, True),
        (0.0, 1e-8, False),
        (-1.0, 1.0, False),
        ("NaN", "NaN", True),
        ("NaN", 0.0, False),
        (0.0, "NaN", False),
        ("Infinity", "Infinity", True),
        ("Infinity", "-Infinity", False),
        ("Infinity", 1e300, False),
    ],
)
def test_the_tolerance(recorded: WireNumber, reproduced: WireNumber, *, agrees: bool) -> None:
    assert Tolerance().accepts(recorded, reproduced) is agrees
    assert Tolerance().accepts(reproduced, recorded) is agrees


def test_a_series_agrees_by_its_last_value_and_its_length() -> None:
    def recorded(name: str, count: int = 1) -> MetricSummary:
        return MetricSummary(name=name, last=1.0, step=0, count=count, min=1.0, max=1.0)

    def now(name: str, value: float = 1.0, count: int = 1) -> tuple[str, Series]:
        return name, Series(MetricLogged(1, "r", name, value, 0, 0), count)

    metrics = [recorded("same"), recorded("short", 3), recorded("gone"), recorded("system/cpu")]
    metrics.append(recorded("clock"))
    found, notes = compare_metrics(
        metrics,
        dict([now("same"), now("short", count=2), now("clock", 7.0), now("new")]),
        Tolerance(),
        ignore=["clock"],
    )
    assert [(m.name, m.reproduced, m.agrees) for m in found] == [
        ("same", 1.0, True),
        ("short", 1.0, False),
        ("gone", None, False),
    ]
    assert notes == ["short had 3 points and has 2 now."]
