"""Shows the rows of metrics in a comparison: directions, best values and winners."""

from __future__ import annotations

import pytest

from mlops_lab.core.numbers import WireNumber
from mlops_lab.core.tracking import Direction, MetricSummary, Run
from mlops_lab.tracking.measures import compare_metrics, direction_of, set_directions, winners

from .test_compare import make_run


def run_with(**metrics: tuple[WireNumber, WireNumber, WireNumber]) -> Run:
    empty = make_run("a")
    found = [
        MetricSummary(name, last, 9, 10, low, high) for name, (last, low, high) in metrics.items()
    ]
    return Run(empty.summary, None, None, [], found, [], [], None, [])


def test_each_row_has_last_low_high_and_best_by_direction() -> None:
    runs = [run_with(loss=(0.4, 0.2, 2.0), auc=(0.8, 0.1, 0.9)), run_with(loss=(0.3, 0.3, 1.0))]
    auc, loss = compare_metrics(runs)
    assert (loss.name, loss.direction, loss.equal) == ("loss", "min", False)
    assert (loss.last, loss.min, loss.max) == ([0.4, 0.3], [0.2, 0.3], [2.0, 1.0])
    assert (loss.best, loss.winners) == ([0.2, 0.3], [1])
    assert (auc.direction, auc.best, auc.winners) == ("max", [0.9, None], [])
    assert (loss.steps, loss.counts, auc.steps) == ([9, 9], [10, 10], [9, None])


def test_what_somebody_set_goes_before_the_name() -> None:
    runs = [run_with(score=(1.0, 1.0, 1.0)), run_with(score=(2.0, 2.0, 2.0))]
    assert compare_metrics(runs)[0].winners == [1]
    assert compare_metrics(runs, [("score", "min")])[0].winners == [0]


def test_experiments_that_disagree_set_nothing() -> None:
    goals: list[tuple[str, Direction]] = [("a", "min"), ("a", "max"), ("b", "min"), ("b", "min")]
    assert set_directions(goals) == {"b": "min"}


def test_what_the_machine_measures_has_no_direction() -> None:
    assert direction_of("system/cpu", {}) is None
    assert direction_of("system/cpu", {"system/cpu": "min"}) == "min"


@pytest.mark.parametrize(
    ("values", "direction", "expected"),
    [
        ([1.0, 2.0, 2.0], "max", [1, 2]),
        ([1.0, 2.0, 2.0], "min", [0]),
        ([1.0, None, 2.0], "min", [0]),
        ([1.0, None], "min", []),
        ([1.0, 1.0], "min", []),
        (["NaN", 1.0, 2.0], "max", [2]),
        (["NaN", 1.0], "max", []),
        (["Infinity", 1.0], "max", [0]),
        ([1.0, 2.0], None, []),
        ([], "max", []),
    ],
)
def test_winners(
    values: list[WireNumber | None], direction: Direction | None, expected: list[int]
) -> None:
    assert winners(values, direction) == expected
