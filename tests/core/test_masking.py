"""Tests of masking whole records."""

from __future__ import annotations

import json

import pytest

from mlops_lab.core import carrying, masking
from mlops_lab.core.inputs import Dataset, DatasetInput
from mlops_lab.core.masking import mask_json, masked
from mlops_lab.core.registry import NewVersion
from mlops_lab.core.secrets import mask_value
from mlops_lab.core.traces import Assessment, Span, Trace
from mlops_lab.core.tracking import Cell, Param, TagEntry

KEY = "sk-" + "a1B2c3D4" * 6
URL = "postgresql://ada:hunter2abc@host/db"


def test_texts_of_json_are_masked_by_the_names_in_them_and_stay_json() -> None:
    inner = json.dumps({"api_key": "hunter2abc", "n": 1})
    text = json.dumps({"messages": [{"content": "hi"}], "arguments": inner})
    found = json.loads(mask_json("mlflow.spanInputs", text))
    assert found["messages"] == [{"content": "hi"}]
    assert json.loads(found["arguments"]) == {"api_key": "***", "n": 1}
    assert mask_json("x", [KEY, 1, None, {"password": ["a", 2]}]) == [
        "***",
        1,
        None,
        {"password": ["***", 2]},
    ]


@pytest.mark.parametrize(
    "text", ['{"input_tokens": 5,  "total_tokens": 7}', "[1, 2]", "{not json", "", "hello"]
)
def test_what_holds_no_secret_stays_to_the_letter(text: str) -> None:
    assert mask_json("plain", text) == text
    usage = '{"input_tokens": 5,  "total_tokens": 7}'
    assert mask_json("mlflow.chat.tokenUsage", usage) == usage


def test_what_is_nested_too_deep_is_masked() -> None:
    value: object = "x"
    for _ in range(5_000):
        value = [value]
    assert "x" not in str(mask_json("x", value)).replace("***", "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("token_dropout", "0.1"),
        ("token_loss", "1.2e-05"),
        ("use_auth_token", "False"),
        ("hub_token", "None"),
        ("token_total", "-12345"),
        ("token_total", '"5"'),
    ],
)
def test_short_numbers_and_what_is_said_stay_as_texts_too(name: str, text: str) -> None:
    assert mask_json(name, text) == text
    for secret in ("123456", "hunter2abc", "0x1f", "12 34"):
        assert mask_json(name, secret) == "***"


def test_words_of_language_models_stay_and_tokens_do_not() -> None:
    words = [
        {"token": "Hello", "logprob": -0.1, "bytes": [72]},
        {"token": " international", "logprob": -2, "top_logprobs": [{"token": "9", "logprob": 0}]},
        {"token": "\u0120world"},
        {"token": "lo"},
        {"token": 7592, "token_str": "understanding", "score": 0.4},
    ]
    text = json.dumps({"choices": [{"logprobs": {"content": words}}]})
    assert mask_json("mlflow.spanOutputs", text) == text
    tokens = [{"token": "s3cret"}, {"token": "hunter-hunter"}, {"token": KEY, "logprob": 1}]
    assert mask_json("x", tokens) == [{**one, "token": "***"} for one in tokens]
    assert mask_json("password", {"token": "Hello", "logprob": 1}) == {"token": "***", "logprob": 1}
    assert mask_json("token", "Hello") == "***"


def test_schemas_of_secrets_stay_and_their_defaults_do_not() -> None:
    fields = {
        "password": {"type": "string", "description": "of the user", "minLength": 3},
        "api_key": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Api Key"},
        "access_token": {"$ref": "#/$defs/Token"},
        "secret": {"enum": ["none", "some"]},
        "token": {"title": "Token"},
        "credentials": {"type": "object", "properties": {"user": {"type": ["string", "null"]}}},
    }
    schema = {"type": "object", "properties": fields, "required": ["password"]}
    text = json.dumps({"type": "function", "function": {"parameters": schema}}, indent=1)
    assert mask_json("mlflow.chat.tools", text) == text
    assert mask_value("tools", schema) is schema
    given = {"password": {"type": "string", "default": "hunter2abc", "x-note": "n"}}
    assert mask_json("x", given)["password"] == {
        "type": "string",
        "default": "***",
        "x-note": "***",
    }
    account = {"credentials": {"type": "service_account", "user": "ada"}}
    assert mask_json("x", account) == {"credentials": {"type": "***", "user": "***"}}


def test_spans_traces_and_assessments() -> None:
    content = {"attributes": {"mlflow.spanInputs": json.dumps({"token": "hunter2abc"})}}
    span = masked(Span("t", "s", None, "call", "LLM", "OK", 1, 2, content))
    assert "hunter2abc" not in str(span)
    attributes = {"llm.token_count.prompt": "12", "password": '"hunter2abc"', "api_key": "broken"}
    counted = masked(Span("t", "s", None, "call", "LLM", "OK", 1, 2, {"attributes": attributes}))
    assert counted.content["attributes"] == {
        "llm.token_count.prompt": "12",
        "password": '"***"',
        "api_key": "***",
    }
    judged = Assessment("a", "t", "good", "feedback", True, None, 1, 2, {"rationale": KEY})
    trace = Trace(
        "t",
        "0",
        1,
        2,
        "OK",
        request_preview='{"messages": [{"password": "hunter2abc", "more": "cut',
        response_preview=f"the key is {KEY}",
        tags={"api_key": "hunter2abc"},
        metadata={"url": URL},
        assessments=[judged],
    )
    text = str(masked(trace))
    assert KEY not in text
    assert "hunter2abc" not in text
    plain = Trace("t", "0", 1, 2, "OK", tags={"a": "b"})
    assert masked(plain) is plain


def test_models_inputs_and_runs() -> None:
    tags = {"password": "hunter2abc", "kept": "kept"}
    version = NewVersion(source="https://ada:hunter2abc@host/x", description=URL, tags=tags)
    data = DatasetInput(Dataset("d", "1", "sql", json.dumps({"query": URL}), "{}", "{}"), tags)
    run = carrying.CarriedRun(
        id="0" * 32,
        experiment="e",
        name=f"run {KEY}",
        status="failed",
        source="client",
        user="ada",
        started_at=1,
        error_message=f"cannot open {URL}",
        error_traceback=f"at {URL}",
        params=[
            Param("password", "'hunter2abc'", "logged"),
            Param("config", "{'api_key': 'hunter2abc', 'n': 1}", "logged"),
            Param("n", "1.50", "logged"),
        ],
        tags=[TagEntry("token", "hunter2abc", 1)],
        cells=[Cell("password = 'hunter2abc'", None, None)],
        warnings=[URL],
        inputs=[data],
    )
    for one in (version, data, run):
        text = str(masked(one))
        assert "hunter2abc" not in text
        assert KEY not in text
    assert [one.value for one in masked(run).params] == [
        "'***'",
        "{'api_key': '***', 'n': 1}",
        "1.50",
    ]
    assert masked(version).tags == {"password": "***", "kept": "kept"}


def test_every_record_that_is_carried_can_be_masked() -> None:
    plain = {"CarriedFacet", "CarriedFile", "CarriedPoints", "CarriedDocument", "CarriedHistory"}
    carried = {name for name in vars(carrying) if name.startswith("Carried")} - plain
    known = {one.__name__ for one in masking._TEXTS}
    assert carried - known == {"CarriedUse"}
