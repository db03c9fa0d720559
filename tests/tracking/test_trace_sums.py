"""Sums over traces are the same on both databases: counts, times, tokens, percentiles, buckets."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.traces import Assessment, Span, Trace
from mlops_lab.core.tracesums import Aggregation, TraceQuestion, TraceSum
from mlops_lab.store.store import Store
from mlops_lab.tracking.traces import TracesService
from mlops_lab.tracking.writing import WritingService

COUNT = [Aggregation("COUNT")]


@pytest.fixture
def traces(any_store: Store) -> TracesService:
    return TracesService(any_store)


@pytest.fixture
def experiment(any_store: Store, traces: TracesService) -> str:
    """Four traces of 10, 20, 30 and 40 ms, an hour apart, of which the last failed."""
    made = WritingService(any_store).create_experiment("chat", who="ada")
    for number in range(1, 5):
        metadata = {
            "mlflow.trace.tokenUsage": f'{{"input_tokens": {number}, "total_tokens": 9}}',
            "mlflow.trace.session": "s" if number < 4 else "t",
        }
        if number == 4:
            metadata["mlflow.trace.tokenUsage"] = "no JSON"
        tags = {"mlflow.traceName": "ask" if number < 3 else "tell", "team": "a"}
        traces.put(
            Trace(
                f"tr-{number}",
                made,
                number * 3_600_000,
                number * 10,
                "ERROR" if number == 4 else "OK",
                tags=tags if number < 4 else {},
                metadata=metadata,
            )
        )
    return made


def asked(traces: TracesService, experiment: str, metric: str, **more: Any) -> list[TraceSum]:
    given: dict[str, Any] = {"view": "TRACES", "aggregations": COUNT, **more}
    return traces.sums(TraceQuestion(experiment_ids=[experiment], metric=metric, **given))


def flat(sums: list[TraceSum]) -> list[tuple[list[Any], list[float]]]:
    return [(list(one.dimensions.values()), list(one.values.values())) for one in sums]


def test_counts_by_what_traces_are(traces: TracesService, experiment: str) -> None:
    by_status = asked(traces, experiment, "trace_count", dimensions=["trace_status"])
    assert flat(by_status) == [(["ERROR"], [1]), (["OK"], [3])]
    # The last has no name: it is in no group.
    by_name = asked(traces, experiment, "trace_count", dimensions=["trace_name"])
    assert flat(by_name) == [(["ask"], [2]), (["tell"], [1])]
    assert flat(asked(traces, experiment, "session_count")) == [([], [2])]
    assert flat(asked(traces, "none", "trace_count")) == [([], [0])]
    assert len(asked(traces, experiment, "trace_count", dimensions=["trace_name"], limit=1)) == 1


def test_times_and_tokens(traces: TracesService, experiment: str) -> None:
    kinds = [
        *(Aggregation("AVG"), Aggregation("MIN"), Aggregation("MAX")),
        *(Aggregation("PERCENTILE", 50.0), Aggregation("PERCENTILE", 90.0)),
    ]
    (whole,) = asked(traces, experiment, "latency", aggregations=kinds)
    assert whole.values == pytest.approx(
        {"AVG": 25, "MIN": 10, "MAX": 40, "P50.0": 25, "P90.0": 37}
    )
    by_name = asked(
        traces, experiment, "latency", aggregations=kinds[3:4], dimensions=["trace_name"]
    )
    assert flat(by_name) == [(["ask"], [15]), (["tell"], [30])]
    (tokens,) = asked(traces, experiment, "input_tokens", aggregations=[Aggregation("SUM")])
    assert tokens.values == {"SUM": 6}
    assert asked(traces, experiment, "output_tokens", aggregations=[Aggregation("SUM")]) == []


def test_buckets_of_time_and_filters(traces: TracesService, experiment: str) -> None:
    times: dict[str, Any] = {"bucket_ms": 7_200_000, "begin": 3_600_000, "end": 3 * 3_600_000}
    found = asked(traces, experiment, "trace_count", **times)
    assert flat(found) == [([0], [1]), ([7_200_000], [2])]
    for text, count in (
        ("trace.status = 'ERROR'", 1),
        ("trace.tag.team = 'a'", 3),
        ("trace.metadata.`mlflow.trace.session` = 't'", 1),
        ("trace.tag.team = 'b'", 0),
    ):
        assert flat(asked(traces, experiment, "trace_count", filters=[text])) == [([], [count])]


def test_spans_and_judgements(traces: TracesService, experiment: str) -> None:
    content = {"attributes": {}}
    for number, kind in ((1, "LLM"), (2, "TOOL"), (3, "TOOL")):
        began = 3_600_000_000_000 + number
        ended = began + number * 1_000_000
        one = Span("tr-1", f"s{number}", "x", "call", kind, "OK", began, ended, content)
        traces.put_spans(experiment, [one])
    spans: dict[str, Any] = {"view": "SPANS", "bucket_ms": 3_600_000}
    found = asked(traces, experiment, "span_count", dimensions=["span_type"], **spans)
    assert flat(found) == [([3_600_000, "LLM"], [1]), ([3_600_000, "TOOL"], [2])]
    tools: dict[str, Any] = {"view": "SPANS", "filters": ["span.type = 'TOOL'"]}
    found = asked(traces, experiment, "latency", aggregations=[Aggregation("AVG")], **tools)
    assert flat(found) == [([], [2.5])]
    for number, value in enumerate(["true", "no", "4.5", "-1", "fine", "1e", '{"a": 1}']):
        given = Assessment(
            f"a-{number}",
            "tr-1",
            "good",
            "feedback",
            True,
            None,
            1,
            2,
            {"feedback": {"value": value}},
        )
        traces.assess(given)
    judged: dict[str, Any] = {"view": "ASSESSMENTS", "dimensions": ["assessment_name"]}
    assert flat(asked(traces, experiment, "assessment_count", **judged)) == [(["good"], [7])]
    kinds = [Aggregation("MIN"), Aggregation("MAX"), Aggregation("AVG")]
    found = asked(traces, experiment, "assessment_value", aggregations=kinds, **judged)
    assert flat(found) == [(["good"], [-1, 4.5, pytest.approx(4.5 / 4)])]


@pytest.mark.parametrize(
    "wrong",
    [
        {"metric": "nothing"},
        {"metric": "latency"},
        {"dimensions": ["span_name"]},
        {"filters": ["trace.status != 'OK'"]},
        {"filters": ["trace.status = 'OK' AND trace.status = 'OK'"]},
        {"filters": ["span.name = 'x'"]},
        {"filters": ["trace.size = 'x'"]},
        {"filters": ["trace.status = 1"]},
    ],
)
def test_what_cannot_be_asked(traces: TracesService, experiment: str, wrong: Any) -> None:
    with pytest.raises(InvalidInputError):
        asked(traces, experiment, **{"metric": "trace_count", **wrong})


def test_a_span_that_is_replaced_takes_its_tokens_along(
    traces: TracesService, experiment: str
) -> None:
    usage = {"attributes": {"mlflow.chat.tokenUsage": '{"total_tokens": 5}'}}
    for content, tokens in ((usage, 5), ({"attributes": {}}, 0)):
        span = Span("tr-new", "f" * 16, None, "s", "LLM", "OK", 300, 301, content)
        traces.put_spans(experiment, [span])
        told = traces.get("tr-new").metadata["mlflow.trace.tokenUsage"]
        assert msgspec.json.decode(told) == {"total_tokens": tokens}
