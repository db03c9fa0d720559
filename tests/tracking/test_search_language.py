"""Holds our own grammar to its meaning: times in words, aspects, places of errors, notes, columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.query import QueryError
from mlops_lab.core.settings import Settings
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

from .conftest import Recorder

ZONE = "Europe/Berlin"
NOW = datetime(2026, 11, 5, 15, 30, tzinfo=ZoneInfo(ZONE))
"""A Thursday."""


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp() * 1000)


STARTS = {
    "year": at("2025-12-31T23:59"),
    "october": at("2026-10-25T12:00"),
    "week": at("2026-10-28T08:00"),
    "sunday": at("2026-11-01T23:59"),
    "monday": at("2026-11-02T00:00"),
    "yesterday": at("2026-11-04T10:00"),
    "morning": at("2026-11-05T09:00"),
    "recent": at("2026-11-05T15:10"),
}


@pytest.fixture
def service(settings: Settings, recorder: Recorder) -> Iterator[TrackingService]:
    with closing(Store.open(settings)) as store:
        made = TrackingService(store, clock=lambda: round(NOW.timestamp() * 1000))
        for name, started in STARTS.items():
            recorder.start(name=name, started_at=started)
        made.ingest(recorder.batch())
        yield made


def found(service: TrackingService, text: str, zone: str = ZONE) -> set[str]:
    return {run.name for run in service.list_runs(filter=text, time_zone=zone).runs}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("started today", "morning recent"),
        ("started yesterday", "yesterday"),
        ("started > yesterday", "morning recent"),
        ("started after yesterday", "morning recent"),
        ("started >= yesterday", "yesterday morning recent"),
        ("started since monday", "monday yesterday morning recent"),
        ("started on monday", "monday"),
        ("started this week", "monday yesterday morning recent"),
        ("started last week", "week sunday"),
        ("started = last month", "october week"),
        ("started last month", "october week"),
        ("started this year and not started this month", "october week"),
        ("started last year", "year"),
        ("started last sunday", "sunday"),
        ("started between '2026-11-01' and '2026-11-04'", "sunday monday yesterday"),
        ("started between last week and yesterday", "week sunday monday yesterday"),
        ("started within 2 hours", "recent"),
        ("started within 30m", "recent"),
        ("started in the last 2 days", "yesterday morning recent"),
        ("started last 7 days", "sunday monday yesterday morning recent"),
        ("started > 7 hours ago", "morning recent"),
        ("started < 2026-10-28", "year october"),
        ("started <= 2026-10-28", "year october week"),
        ("started before 2026-11", "year october week"),
        ("started until 2026-11-01", "year october week sunday"),
        ("started:2026-11-02", "monday"),
        ("started != 2026-11-02 started this week", "yesterday morning recent"),
        ("started >= '2026-11-05 15:10'", "recent"),
        ("started >= 2026-11-05T14:10:00Z", "recent"),
        (f"attributes.start_time > {STARTS['morning']}", "recent"),
        (f"created >= {STARTS['morning']}", "morning recent"),
        ("ended today", ""),
        ("ended is null and started today", "morning recent"),
        ("started now", ""),
    ],
)
def test_times_in_words(service: TrackingService, text: str, names: str) -> None:
    assert found(service, text) == set(names.split())


def test_words_are_of_the_zone_that_is_asked_for(service: TrackingService) -> None:
    assert found(service, "started this week", "America/New_York") == {
        "yesterday",
        "morning",
        "recent",
    }
    with pytest.raises(InvalidInputError, match="no time zone 'Mars'"):
        found(service, "started today", "Mars")


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("name:x and", 7, "An operand is missing after AND"),
        ("or name:x", 0, "An operand is missing before OR"),
        ("name:x and or name:y", 11, "An operand is missing before OR"),
        ("not", None, ""),
        ("name:x (", 7, "An operand is missing in the parentheses"),
        ("(name:x", 0, "A parenthesis is opened and not closed"),
        ("name:x)", 6, "')' closes nothing"),
        ("started > someday", 10, "'someday' is no time"),
        ("started between today", 21, "AND is missing"),
        ("duration > long", 11, "'long' is no amount"),
        ("peak_memory > 2XB", 14, "'2XB' is no amount"),
        ("metrics.a > 1 metrics.b > 'x'", 26, "'x' is not a number"),
        ("metrics.a LIKE 'x'", 0, "LIKE compares texts"),
        ("duration IN ('x')", 0, "IN compares texts"),
        ("status IN (a b)", 10, "A parenthesis is opened and not closed"),
        ("status IN ()", 11, "A value is missing in the list"),
        ("params.'x'.max > 1", 0, "'max' cannot stand behind a name"),
        ("name:'x", 5, "A quote is opened and not closed"),
        ("(" * 31 + "a" + ")" * 31, 30, "nested too deeply"),
        ("not " * 31 + "a", 120, "nested too deeply"),
    ],
)
def test_an_error_knows_its_place(
    service: TrackingService, text: str, position: int | None, message: str
) -> None:
    if position is None:
        assert found(service, text) == set()
        return
    with pytest.raises(QueryError) as caught:
        found(service, text)
    assert message in caught.value.message
    assert caught.value.position == position
    assert f"at character {position + 1} of" in caught.value.message


def test_a_name_that_is_also_an_aspect(service: TrackingService, recorder: Recorder) -> None:
    both = recorder.start(name="both")
    for value in (1.0, 3.0, 2.0):
        recorder.metric(both, "loss", value)
    service.ingest(recorder.batch())
    assert found(service, "metrics.loss.max = 3 metrics.loss.min = 1 metrics.loss = 2") == {"both"}
    assert found(service, "metrics.loss.best = 1 and metrics.loss.last = 2") == {"both"}
    recorder.metric(both, "loss.max", 7.0)
    service.ingest(recorder.batch())
    assert found(service, "metrics.loss.max = 7") == {"both"}
    assert found(service, "metrics.`loss`.max = 3") == {"both"}
    assert found(service, "metrics.`loss.max`.max = 7") == {"both"}


def test_names_that_no_run_has_are_told(service: TrackingService, recorder: Recorder) -> None:
    run = recorder.start(name="new")
    recorder.metric(run, "auc", 0.5)
    recorder.param(run, "auc_param", "1")
    service.ingest(recorder.batch())
    page = service.list_runs(filter="metrics.auk > 0.1", order_by=["params.auc_parm"])
    assert page.runs == []
    assert page.notes == [
        "No run has a metric 'auk'. Did you mean 'auc'?",
        "No run has a param 'auc_parm'. Did you mean 'auc_param'?",
    ]
    assert service.list_runs(filter="metrics.auc > 0.1").notes == []


def test_a_status_that_there_is_not_is_told(service: TrackingService) -> None:
    notes = service.list_runs(filter="status = finnished or status:fin or status = FAILED").notes
    assert notes == ["There is no status 'finnished'. Did you mean 'finished'?"]


def test_columns_facets_and_names(service: TrackingService, recorder: Recorder) -> None:
    for name, team in (("one", "red"), ("two", "red"), ("three", "blue")):
        run = recorder.start(name=name, experiment="columns")
        recorder.metric(run, "auc", float("nan") if name == "two" else 0.5)
        recorder.param(run, "model", "'forest'")
        recorder.tag(run, "team", team)
    service.ingest(recorder.batch())
    columns = ["metrics.auc", "metrics.none", "params.model", "tags.team", "user", "experiment"]
    page = service.list_runs(experiment="columns", columns=columns, order_by=["tags.team", "name"])
    assert [list(one.values()) for one in page.values] == [
        [0.5, None, "forest", "blue", "ada", "columns"],
        [0.5, None, "forest", "red", "ada", "columns"],
        ["NaN", None, "forest", "red", "ada", "columns"],
    ]
    facets = service.finding.values("tags.team")
    assert [(one.value, one.count) for one in facets.values] == [
        (None, len(STARTS)),
        ("red", 2),
        ("blue", 1),
    ]
    facets = service.finding.values("params.model", filter="metrics.auc > 0")
    assert [(one.value, one.count) for one in facets.values] == [("forest", 2)]
    assert [one.name for one in service.finding.names("metrics", prefix="AU").names] == ["auc"]
    assert [one.name for one in service.finding.names("metrics", piece="U").names] == ["auc"]
    assert service.finding.names("metrics", prefix="u", piece="a").names == []
    assert service.finding.names("metrics", piece="%").names == []
    assert [one.count for one in service.finding.names("tags").names] == [3]
    recorder.param(run, "Ärzte", "7")
    service.ingest(recorder.batch())
    assert [one.name for one in service.finding.names("params", prefix="äRz").names] == ["Ärzte"]
    for bad in ("metrics.auc", "duration", "nope"):
        with pytest.raises(InvalidInputError):
            service.finding.values(bad)
    for bad in ("code", "metrics", "data.digest", "metrics.a b"):
        with pytest.raises(QueryError):
            service.list_runs(columns=[bad])


def test_a_set_that_holds_more_than_is_meant_finds_no_more(
    service: TrackingService, recorder: Recorder
) -> None:
    for name, values in (("low", (0.1, 0.5)), ("high", (0.9, 0.2)), ("one", (0.5,))):
        run = recorder.start(name=name, user=name)
        for value in values:
            recorder.metric(run, "auc", value)
        if name == "one":
            recorder.end(run, "failed")
    service.ingest(recorder.batch())
    assert found(service, "metrics.auc.max >= 0.5") == {"low", "high", "one"}
    assert found(service, "metrics.auc.max > 0.5") == {"high"}
    assert found(service, "metrics.auc.min <= 0.1 or metrics.auc.max >= 0.9") == {"low", "high"}
    assert found(service, "metrics.auc.min < 0.2 or user = one") == {"low", "one"}
    assert found(service, "metrics.auc.max <= inf") == {"low", "high", "one"}
    assert found(service, "metrics.auc.min >= -inf and metrics.auc.max < 1e999") == {
        "low",
        "high",
        "one",
    }
    assert found(service, "status != running") == {"one"}
    others = "status not in ('failed', 'killed') and metrics.auc is not null"
    assert found(service, others) == {"low", "high"}
    assert found(service, "(status != failed or user = one) and metrics.auc.max > 0.6") == {"high"}


@pytest.mark.parametrize(
    ("text", "marked", "suggestions"),
    [
        ("metrcs.auc > 1", "metrcs.auc", ("metrics.auc",)),
        ("usr.x = 'ada'", "usr.x", ()),
        ("attributes.statsu = x", "attributes.statsu", ("status",)),
        ("metrics.'x'.mx > 1", "metrics.'x'.mx", ('metrics."x".max',)),
        ("dataset.digst = 'a'", "dataset.digst", ("dataset.digest",)),
        ("status IN (a b)", "(", ()),
        ("metrics.b > 'x y'", "'x y'", ()),
        ("name:'x y", "'x y", ()),
        ("started > someday soon", "someday", ()),
        ("name:x and", "and", ()),
        ("metrics.a > ", "", ()),
    ],
)
def test_an_error_knows_its_piece_and_what_could_stand_there(
    service: TrackingService, text: str, marked: str, suggestions: tuple[str, ...]
) -> None:
    with pytest.raises(QueryError) as caught:
        found(service, text)
    error = caught.value
    assert text[error.position : error.position + error.length] == marked
    assert error.suggestions[: len(suggestions)] == suggestions
    assert (error.suggestions != ()) == (suggestions != ())
