"""Holds the filter box to its language: what each term finds, and what it says of bad ones."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.tracking.service import TrackingService

from .conftest import Recorder


@pytest.fixture
def runs(service: TrackingService, recorder: Recorder) -> dict[str, str]:
    """Three runs by the name that the tests give them."""
    forest = recorder.start(name="Forest one", user="ada", notebook_file="work/train.ipynb")
    recorder.param(forest, "n", "200")
    recorder.param(forest, "model", "'random forest'")
    recorder.param(forest, "deep", "True")
    recorder.metric(forest, "auc", 0.9)
    recorder.metric(forest, "val loss", 0.1)
    recorder.tag(forest, "team", "red")
    recorder.end(forest)
    line = recorder.start(name="100% linear_fit", user="bob", experiment="Grüße")
    recorder.param(line, "n", "50.0")
    recorder.param(line, "rate", "0.1")
    recorder.metric(line, "auc", 0.7)
    recorder.end(line, "failed")
    lost = recorder.start(name="1000 linear fits", user="ada", experiment="ÄRGER")
    recorder.param(lost, "n", "'many'")
    recorder.metric(lost, "auc", math.nan)
    service.ingest(recorder.batch())
    return {forest: "forest", line: "line", lost: "lost"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {"forest", "line", "lost"}),
        ("   ", {"forest", "line", "lost"}),
        ("FOREST", {"forest"}),
        ("linear", {"line", "lost"}),
        ("100%", {"line"}),
        ("linear_fit", {"line"}),
        ("ada", {"forest", "lost"}),
        ("ada linear", {"lost"}),
        ("ada and linear", {"lost"}),
        ("rate", {"line"}),
        ("GRÜße", {"line"}),
        ("ärger", {"lost"}),
        ("train.ipynb", {"forest"}),
        ("failed", {"line"}),
        ("status:failed", {"line"}),
        ("status = finished", {"forest"}),
        ("status != finished", {"line", "lost"}),
        ("notebook:WORK", {"forest"}),
        ("notebook != work/train.ipynb", {"line", "lost"}),
        ("experiment:flights", {"forest"}),
        ('name:"linear fit"', {"lost"}),
        ('"forest one"', {"forest"}),
        ("user=bob", {"line"}),
        ("metrics.auc > 0.8", {"forest"}),
        ("metrics.auc>=.7", {"forest", "line"}),
        ("metrics.auc <= 0.7", {"line"}),
        ("metrics.auc < 1e3 metrics.auc != 0.7", {"forest"}),
        ("metrics.auc != 0.7", {"forest", "lost"}),
        ("metrics.auc = nan", {"lost"}),
        ("metrics.auc != NaN", {"forest", "line"}),
        ("metrics.auc == 0.9", {"forest"}),
        ('metrics."val loss" < 0.2', {"forest"}),
        ("metrics.`val loss` < 0.2", {"forest"}),
        ("metrics.none > 0", set()),
        ("params.n = 200", {"forest"}),
        ("params.n = 200.0", {"forest"}),
        ("params.n < 100", {"line"}),
        ("params.n != 200", {"line", "lost"}),
        ("params.n = many", {"lost"}),
        ("params.n:man", {"lost"}),
        ('params.model = "random forest"', {"forest"}),
        ("params.deep = true", {"forest"}),
        ("tags.team = red", {"forest"}),
        ("tags.team:re", {"forest"}),
        ("tags.team != red", set()),
        ("' OR 1=1 --'", set()),
        ("'); DROP TABLE run; --'", set()),
    ],
)
def test_what_a_filter_finds(
    service: TrackingService, runs: dict[str, str], text: str, expected: set[str]
) -> None:
    page = service.list_runs(filter=text)
    assert {runs[run.id] for run in page.runs} == expected
    assert page.total == len(expected)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("statos:failed", "'statos' is not a field, at character 1", "'status'"),
        ("ada metrix.auc > 1", "'metrix.auc' is not a field, at character 5", "'metrics.auc'"),
        ("zzzz = 1", "'zzzz' is not a field", "Fields: name, notebook"),
        ("metrics.auc > high", "'high' is not a number, at character 15", "0.8"),
        ("metrics.auc > nan", "'nan' is not a number", "0.8"),
        ("params.n > many", "'many' is not a number", "number"),
        ("name > x", "'name' has no order, at character 1", "name:x"),
        ("tags.team > x", "'tags.team' has no order", ""),
        ("status:", "A value is missing at the end, at character 8", "status:failed"),
        ("= 3", "A field is missing before '=', at character 1", ""),
        ("params. = 3", "A name is missing after 'params.'", "params.n"),
        ('params."n"', "A comparison is missing", ""),
        ('name:"open', "A quote is opened and not closed, at character 6", ""),
        ("x" * 10_001, "10,001 characters", "10,000"),
        ("a " * 51, "too many terms, at character 101", "50"),
    ],
)
def test_what_a_bad_filter_is_told(
    service: TrackingService, text: str, message: str, hint: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        service.list_runs(filter=text)
    assert message in caught.value.message
    assert hint in caught.value.hint


@given(strategies.text(max_size=40))
@hypothesis_settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_text_breaks_the_list(service: TrackingService, text: str) -> None:
    try:
        page = service.list_runs(filter=text)
    except InvalidInputError as error:
        assert error.message  # noqa: PT017 - any other error fails the test
    else:
        assert page.total >= 0
