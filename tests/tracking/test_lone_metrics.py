"""Proves that a metric of one point has its lowest and highest value wherever they are asked for."""

from __future__ import annotations

import pytest

from mlops_lab.core.tracking import MetricPoint
from mlops_lab.tracking.finding import Listed
from mlops_lab.tracking.service import TrackingService

from .conftest import STARTED_AT, Recorder


@pytest.fixture
def runs(service: TrackingService, recorder: Recorder) -> dict[str, str]:
    """One point each, but for ``several``."""
    made = {}
    values = {"low": [1.0], "high": [9.0], "gap": ["NaN"], "none": [], "several": [4.0, 2.0, 6.0]}
    for name, given in values.items():
        made[name] = recorder.start(name=name)
        for step, value in enumerate(given):
            recorder.metric(made[name], "loss", value, step)
    service.ingest(recorder.batch())
    return made


def names(service: TrackingService, text: str, *order: str) -> list[str]:
    found = service.finding.page(Listed(filter=text, order_by=list(order)))
    return [one.name for one in found.runs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metrics.loss.max >= 6", {"high", "several"}),
        ("metrics.loss.min < 3", {"low", "several"}),
        ("metrics.loss.min = 9", {"high"}),
        ("metrics.loss.max != 9", {"low", "gap", "several"}),
        ("metrics.loss.best < 2", {"low"}),
        ("NOT metrics.loss.max > 0", {"gap", "none"}),
    ],
)
@pytest.mark.usefixtures("runs")
def test_filters_know_them(service: TrackingService, text: str, expected: set[str]) -> None:
    assert set(names(service, text)) == expected


@pytest.mark.usefixtures("runs")
def test_orders_know_them(service: TrackingService) -> None:
    assert names(service, "", "metrics.loss.max")[:3] == ["low", "several", "high"]
    assert names(service, "", "metrics.loss.min DESC")[:3] == ["high", "several", "low"]


@pytest.mark.usefixtures("runs")
def test_columns_show_them(service: TrackingService) -> None:
    columns = ["metrics.loss.min", "metrics.loss.max", "metrics.loss.best"]
    found = service.finding.page(Listed(filter="", columns=columns))
    shown = dict(zip([one.name for one in found.runs], found.values, strict=True))
    assert [*shown["high"].values()] == [9.0, 9.0, 9.0]
    assert [*shown["gap"].values()] == ["NaN", "NaN", "NaN"]
    assert [*shown["none"].values()] == [None, None, None]
    assert [*shown["several"].values()][:2] == [2.0, 6.0]


def test_a_run_and_its_points_know_them(service: TrackingService, runs: dict[str, str]) -> None:
    (shown,) = service.get_run(runs["high"]).metrics
    assert (shown.last, shown.min, shown.max, shown.count) == (9.0, 9.0, 9.0, 1)
    (gap,) = service.get_run(runs["gap"]).metrics
    assert (gap.last, gap.min, gap.max) == ("NaN", "NaN", "NaN")
    expected = [MetricPoint(step=0, time=STARTED_AT, value=9.0)]
    assert service.get_series(runs["high"], "loss").points == expected
