"""Traces come in any order, and are found again, on both databases."""

from __future__ import annotations

import pytest

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.logged import NewClientRun
from mlops_lab.core.traces import Assessment, Span, Trace
from mlops_lab.store.store import Store
from mlops_lab.tracking.traces import TracesService
from mlops_lab.tracking.writing import WritingService


@pytest.fixture
def traces(any_store: Store) -> TracesService:
    return TracesService(any_store)


@pytest.fixture
def experiment(any_store: Store) -> str:
    return WritingService(any_store).create_experiment("chat", who="ada")


def span(trace_id: str, name: str = "ask", *, parent: str | None = None, **attributes: str) -> Span:
    content = {"name": name, "attributes": {k: f'"{v}"' for k, v in attributes.items()}}
    return Span(
        trace_id=trace_id,
        id="aa" if parent is None else "bb",
        parent_id=parent,
        name=name,
        type="LLM",
        status="OK",
        started_ns=2_000_000_000,
        ended_ns=2_500_000_000,
        content=content,
    )


def put(traces: TracesService, experiment: str, trace_id: str, *, at: int = 1) -> Trace:
    return traces.put(Trace(trace_id, experiment, at, 5, "OK", tags={"mlflow.traceName": "ask"}))


def found(traces: TracesService, experiment: str, text: str) -> list[str]:
    page = traces.search([experiment], filter=text, order_by=["timestamp_ms ASC"])
    return [one.id for one in page.traces]


def test_spans_before_the_trace_itself(traces: TracesService, experiment: str) -> None:
    traces.put_spans(experiment, [span("tr-1", "tool", parent="aa")])
    assert traces.get("tr-1").state == "IN_PROGRESS"
    traces.put_spans(experiment, [span("tr-1")])
    early = traces.get("tr-1")
    assert (early.state, early.started_at, early.duration_ms) == ("OK", 2_000, 500)
    traces.put(Trace("tr-1", experiment, 1_999, 600, "OK", tags={"a": "b"}, metadata={"m": "n"}))
    late = traces.get("tr-1")
    assert (late.started_at, late.tags["a"], late.metadata) == (1_999, "b", {"m": "n"})
    assert late.tags["mlflow.trace.spansLocation"] == "TRACKING_STORE"
    ((_, spans),) = traces.get_whole(["tr-1", "tr-none"])
    assert sorted(one.name for one in spans) == ["ask", "tool"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("trace.text LIKE '%I like it%'", ["tr-2"]),
        ("trace.text ILIKE '%i LIKE it%'", ["tr-2"]),
        ("span.name = 'ask' AND span.type = 'LLM'", ["tr-1", "tr-2"]),
        ("span.attributes.fruit = 'apple'", ["tr-1"]),
        ("span.attributes.fruit LIKE 'app%'", ["tr-1"]),
        ("span.attributes.fruit LIKE 'pp%'", []),
        ("status = 'OK' AND timestamp_ms > 1", ["tr-2", "tr-3"]),
        ("name = 'ask' AND execution_time_ms < 6", ["tr-1", "tr-2", "tr-3"]),
        ("tags.team = 'a'", ["tr-3"]),
        ("tags.team IS NULL", ["tr-1", "tr-2"]),
        ("tags.team IS NOT NULL", ["tr-3"]),
        ("request_id IN ('tr-1', 'tr-9')", ["tr-1"]),
    ],
)
def test_filters(traces: TracesService, experiment: str, text: str, wanted: list[str]) -> None:
    for number in (1, 2, 3):
        put(traces, experiment, f"tr-{number}", at=number)
    traces.put_spans(experiment, [span("tr-1", fruit="apple"), span("tr-2", words="I like it")])
    traces.set_texts("tr-3", tags={"team": "a"})
    assert found(traces, experiment, text) == wanted


@pytest.mark.parametrize(
    "text", ["invalid.filter = 'x'", "colour = 'x'", "name RLIKE '(a+)+'", "timestamp = 'x'"]
)
def test_filters_that_cannot_be_read(traces: TracesService, experiment: str, text: str) -> None:
    with pytest.raises(InvalidInputError, match="Invalid"):
        found(traces, experiment, text)


def test_pages_hold_each_trace_once(traces: TracesService, experiment: str) -> None:
    for number in range(7):
        put(traces, experiment, f"tr-{number}", at=number // 2)
    paged: list[str] = []
    cursor = None
    for _ in range(9):
        page = traces.search([experiment], limit=2, cursor=cursor)
        paged += [one.id for one in page.traces]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == ["tr-6", "tr-4", "tr-5", "tr-2", "tr-3", "tr-0", "tr-1"]


def test_deletes_by_id_and_by_age(traces: TracesService, experiment: str) -> None:
    for number in range(5):
        put(traces, experiment, f"tr-{number}", at=number)
    assert traces.delete(experiment, ids=["tr-4", "tr-9"], limit=10, who="ada") == 1
    assert traces.delete(experiment, until=3, limit=1, who="ada") == 1
    assert found(traces, experiment, "") == ["tr-1", "tr-2", "tr-3"]
    with pytest.raises(InvalidInputError):
        traces.delete(experiment, limit=10, who="ada")


def test_traces_of_a_run(any_store: Store, traces: TracesService, experiment: str) -> None:
    run_id = WritingService(any_store).create_run(NewClientRun(experiment))
    put(traces, experiment, "tr-1")
    put(traces, experiment, "tr-2")
    traces.set_texts("tr-2", metadata={"mlflow.sourceRun": run_id})
    traces.link(["tr-1", "tr-none"], run_id)
    assert found(traces, experiment, f"run_id = '{run_id}'") == ["tr-1", "tr-2"]
    put(traces, experiment, "tr-none")
    assert found(traces, experiment, f"run_id = '{run_id}'") == ["tr-1", "tr-2", "tr-none"]
    traces.delete(experiment, ids=["tr-1", "tr-none"], limit=10, who="ada")
    put(traces, experiment, "tr-none")
    assert found(traces, experiment, f"run_id = '{run_id}'") == ["tr-2"]


def test_an_override_counts_until_it_is_removed(traces: TracesService, experiment: str) -> None:
    put(traces, experiment, "tr-1")

    def judge(value: object, *, overrides: str | None = None) -> Assessment:
        content = {"feedback": {"value": value}}
        return traces.assess(
            Assessment("", "tr-1", "good", "feedback", True, overrides, 1, 1, content)
        )

    first = judge("yes")
    assert found(traces, experiment, "feedback.good = 'yes'") == ["tr-1"]
    second = judge("no", overrides=first.id)
    assert not traces.get_assessment("tr-1", first.id).valid
    assert found(traces, experiment, "feedback.good = 'yes'") == []
    traces.delete_assessment("tr-1", second.id, who="ada")
    assert traces.get_assessment("tr-1", first.id).valid
    with pytest.raises(NotFoundError):
        traces.get_assessment("tr-1", second.id)


def test_secrets_of_traces_are_masked(traces: TracesService, experiment: str) -> None:
    given = Trace(
        "tr-9",
        experiment,
        1,
        2,
        "OK",
        request_preview='{"messages": [{"api_key": "hunter2abc", "text": "cut',
        tags={"password": "hunter2abc"},
        metadata={"url": "postgresql://ada:hunter2abc@host/db"},
    )
    traces.put(given)
    traces.put_spans(experiment, [span("tr-9", api_key="hunter2abc", question="why")])
    traces.set_texts("tr-9", tags={"token": "hunter2abc"}, response_preview="password='hunter2abc'")
    content = {"feedback": {"value": 1}, "rationale": "postgresql://ada:hunter2abc@host/db"}
    one = traces.assess(Assessment("", "tr-9", "good", "feedback", True, None, 1, 1, content))
    traces.update_assessment("tr-9", one.id, {"metadata": {"secret": "hunter2abc"}})
    [(found, spans)] = traces.get_whole(["tr-9"])
    assert "hunter2abc" not in f"{found} {spans}"
    assert spans[0].content["attributes"] == {"api_key": '"***"', "question": '"why"'}
    assert found.assessments[0].content["feedback"] == {"value": 1}
