"""Proves that spans of other libraries, sent by OpenTelemetry's protocol, are read in MLflow's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from mlops_lab.server.mlflow.otelwords import with_words
from tests.server.live_server import TOKEN

_AUTHORIZED = {"Authorization": f"token {TOKEN}"}
_STARTED = 1_700_000_000_000_000_000
_TRACE = bytes(range(16))


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"openinference.span.kind": "LLM"}, "LLM"),
        ({"gen_ai.operation.name": "chat"}, "CHAT_MODEL"),
        ({"traceloop.span.kind": "tool"}, "TOOL"),
        ({"langfuse.observation.type": "generation"}, "LLM"),
        ({"openinference.span.kind": "LLM", "mlflow.spanType": "UNKNOWN"}, "LLM"),
        ({"openinference.span.kind": "LLM", "mlflow.spanType": "PARSER"}, "PARSER"),
        ({"openinference.span.kind": ["LLM"]}, None),
        ({"gen_ai.operation.name": "something new"}, None),
    ],
)
def test_the_kind_of_a_span(given: dict[str, Any], kind: str | None) -> None:
    assert with_words(given).get("mlflow.spanType") == kind


@pytest.mark.parametrize(
    ("given", "inputs", "outputs"),
    [
        ({"input.value": "hi", "output.value": "42"}, "hi", "42"),
        ({"input.value": '{"a": 1}', "output.value": "{broken"}, {"a": 1}, "{broken"),
        ({"gen_ai.input.messages": '[{"role": "user"}]'}, [{"role": "user"}], None),
        ({"traceloop.entity.input": "{}", "gen_ai.prompt.0.content": "hi"}, "hi", None),
        ({"gen_ai.completion.0.content": "there"}, None, "there"),
        ({"input.value": "hi", "mlflow.spanInputs": {"own": 1}}, {"own": 1}, None),
        ({"": "hi", "input.value": None}, None, None),
    ],
)
def test_inputs_and_outputs_of_a_span(given: dict[str, Any], inputs: Any, outputs: Any) -> None:
    found = with_words(given)
    assert (found.get("mlflow.spanInputs"), found.get("mlflow.spanOutputs")) == (inputs, outputs)


def test_messages_that_a_library_tells_by_events() -> None:
    events = [
        {"name": "gen_ai.system.message", "attributes": {"content": "be short"}},
        {"name": "gen_ai.user.message", "attributes": {"content": "hi"}},
        {"name": "gen_ai.choice", "attributes": {"content": "there"}},
        {"name": "exception", "attributes": {}},
    ]
    found = with_words({}, events)
    assert found["mlflow.spanInputs"] == [
        {"role": "system", "content": "be short"},
        {"role": "user", "content": "hi"},
    ]
    assert found["mlflow.spanOutputs"] == [{"role": "assistant", "content": "there"}]


@pytest.mark.parametrize(
    ("given", "usage"),
    [
        (
            {"llm.token_count.prompt": 100, "llm.token_count.completion": 50},
            {"input_tokens": 100, "output_tokens": 50, "total_tokens": 150},
        ),
        (
            {"gen_ai.usage.input_tokens": "7", "gen_ai.usage.cache_creation.input_tokens": 3},
            {"input_tokens": 7, "cache_creation_input_tokens": 3},
        ),
        (
            {"gen_ai.usage.prompt_tokens": 1, "llm.usage.total_tokens": 5},
            {"input_tokens": 1, "total_tokens": 5},
        ),
        ({"gen_ai.usage.input_tokens": True, "llm.token_count.prompt": "many"}, None),
        ({"gen_ai.usage.input_tokens": 0, "gen_ai.usage.output_tokens": 0}, 0),
    ],
)
def test_tokens_of_a_span(given: dict[str, Any], usage: Any) -> None:
    zero = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    assert with_words(given).get("mlflow.chat.tokenUsage") == (zero if usage == 0 else usage)


def test_the_model_and_its_provider() -> None:
    found = with_words({"gen_ai.response.model": "m-1", "gen_ai.system": "openai"})
    assert (found["mlflow.llm.model"], found["mlflow.llm.provider"]) == ("m-1", "openai")


def _message(number: int, parent: int | None, **attributes: Any) -> bytes:
    message = ExportTraceServiceRequest()
    span = message.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = _TRACE, bytes([number] * 8), f"span {number}"
    if parent is not None:
        span.parent_span_id = bytes([parent] * 8)
    span.start_time_unix_nano = _STARTED + number * 1_000_000_000
    span.end_time_unix_nano = _STARTED + 10_000_000_000
    for name, value in attributes.items():
        one = span.attributes.add()
        one.key = name.replace("__", ".")
        if isinstance(value, int):
            one.value.int_value = value
        else:
            one.value.string_value = value
    return message.SerializeToString()


@pytest.fixture
def send(uri: str) -> Iterator[Any]:
    with requests.Session() as session:

        def sent(experiment_id: str, body: bytes) -> None:
            headers = {"x-mlflow-experiment-id": experiment_id, **_AUTHORIZED}
            headers["Content-Type"] = "application/x-protobuf"
            answer = session.post(f"{uri}/v1/traces", data=body, headers=headers, timeout=60)
            assert answer.status_code == 200, answer.text

        yield sent


# The client imports a module of its own at the first span, which warns of its own types.
@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred:UserWarning")
def test_a_trace_that_other_libraries_send_piece_by_piece(mlflow: Any, send: Any) -> None:
    experiment_id = mlflow.MlflowClient().create_experiment("otel")
    tokens = {"gen_ai__usage__input_tokens": 20, "gen_ai__usage__output_tokens": 5}
    child = _message(2, 1, **tokens)
    for _ in range(2):
        # A delivery that is sent again counts once.
        send(experiment_id, child)
    top = {"input__value": "why?", "output__value": '{"said": "so"}', "api_key__value": "x"}
    tops = {"llm__token_count__prompt": 1, "llm__token_count__completion": 2}
    send(experiment_id, _message(1, None, **top, **tops, openinference__span__kind="CHAIN"))
    found = mlflow.get_trace(f"tr-{_TRACE.hex()}")
    assert found.info.token_usage == {"input_tokens": 21, "output_tokens": 7, "total_tokens": 28}
    assert (found.info.request_preview, found.info.response_preview) == (
        '"why?"',
        '{"said": "so"}',
    )
    assert found.info.request_time == (_STARTED + 1_000_000_000) // 1_000_000
    assert (found.info.state, found.info.execution_duration) == ("OK", 9_000)
    spans = {one.name: one for one in found.data.spans}
    assert (spans["span 1"].inputs, spans["span 1"].outputs) == ("why?", {"said": "so"})
    assert spans["span 1"].span_type == "CHAIN"
    (by_type,) = mlflow.search_traces(
        locations=[experiment_id], filter_string="span.type = 'CHAIN'", return_type="list"
    )
    assert by_type.info.trace_id == found.info.trace_id
