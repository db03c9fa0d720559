"""Proves what only reads on the MLflow protocol: HEAD, parts of files, sums over traces, half traces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_lab.core.kernelenv import MLFLOW_PATH

PROXY = "api/2.0/mlflow-artifacts/artifacts"


@pytest.fixture
def ask(extension, jp_base_url, jp_auth_header, http_server_client):
    """Sends a request below the tracking URI and returns the response."""

    async def call(
        method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return await http_server_client.fetch(
            f"{jp_base_url}{MLFLOW_PATH}/{path}",
            method=method,
            body=sent,
            headers={"Content-Type": "application/json", **jp_auth_header, **(headers or {})},
            allow_nonstandard_methods=True,
            raise_error=False,
        )

    return call


async def test_head_is_get_without_its_content(ask) -> None:
    for path in ("health", "version", "api/3.0/mlflow/server-info", "api/2.0/mlflow/runs/get"):
        got, head = await ask("GET", path), await ask("HEAD", path)
        assert (head.code, head.body) == (got.code, b""), path
        assert head.headers["Content-Length"] == got.headers["Content-Length"]
    lost = await ask("HEAD", "api/2.0/mlflow/runs/create")
    assert lost.code == 404


async def test_some_bytes_of_a_file(ask) -> None:
    assert (await ask("PUT", f"{PROXY}/here/a.txt", b"0123456789")).code == 200
    part = await ask("GET", f"{PROXY}/here/a.txt", headers={"Range": "bytes=2-4"})
    assert (part.code, part.body) == (206, b"234")
    assert part.headers["Content-Range"] == "bytes 2-4/10"
    beyond = await ask("GET", f"{PROXY}/here/a.txt", headers={"Range": "bytes=10-"})
    assert beyond.code == 416
    head = await ask("HEAD", f"{PROXY}/here/a.txt")
    assert (head.code, head.headers["Content-Length"], head.body) == (200, "10", b"")


async def test_files_of_a_model_that_does_not_exist_are_those_of_nobody(ask, extension) -> None:
    path = f"{PROXY}/1/models/m-none/artifacts/a.txt"
    assert (await ask("PUT", path, b"x")).code == 200
    assert (await ask("GET", path)).body == b"x"
    free = extension.parts.access.get().files.free
    assert list(free.list("logged_model/m-none")) == []
    assert [one.path for one in free.walk("mlflow")] == ["1/models/m-none/artifacts/a.txt"]
    lost = await ask("GET", f"{PROXY}/1/models/m-none/artifacts/b.txt")
    assert json.loads(lost.body)["error_code"] == "RESOURCE_DOES_NOT_EXIST"


async def test_a_trace_that_has_not_arrived_whole(ask, extension) -> None:
    info = {
        "trace_id": "tr-half",
        "trace_location": {"mlflow_experiment": {"experiment_id": "0"}},
        "tags": {"mlflow.trace.spansLocation": "TRACKING_STORE"},
        "trace_metadata": {"mlflow.trace.sizeStats": '{"num_spans": 2}'},
    }
    made = await ask("POST", "api/3.0/mlflow/traces", {"trace": {"trace_info": info}})
    assert made.code == 200
    path = "api/3.0/mlflow/traces/get?trace_id=tr-half"
    half = await ask("GET", f"{path}&allow_partial=false")
    assert half.code == 404
    assert "not fully exported yet" in json.loads(half.body)["message"]
    assert (await ask("GET", f"{path}&allow_partial=true")).code == 200
    for odd in ("[]", "no JSON", '{"num_spans": "2"}'):
        info["trace_metadata"] = {"mlflow.trace.sizeStats": odd}
        await ask("POST", "api/3.0/mlflow/traces", {"trace": {"trace_info": info}})
        assert (await ask("GET", f"{path}&allow_partial=false")).code == 200, odd


async def test_sums_over_traces(ask) -> None:
    for number, state in enumerate(("OK", "OK", "ERROR")):
        info = {
            "trace_id": f"tr-{number}",
            "trace_location": {"mlflow_experiment": {"experiment_id": "0"}},
            "request_time": "1970-01-01T01:00:00Z",
            "execution_duration": f"{number}s",
            "state": state,
        }
        await ask("POST", "api/3.0/mlflow/traces", {"trace": {"trace_info": info}})
    question: dict[str, Any] = {
        "experiment_ids": ["0"],
        "view_type": "TRACES",
        "metric_name": "trace_count",
        "aggregations": [{"aggregation_type": "COUNT"}],
        "dimensions": ["trace_status"],
    }
    found = await ask("POST", "api/3.0/mlflow/traces/metrics", question)
    points = json.loads(found.body)["data_points"]
    assert [(one["dimensions"], one["values"]) for one in points] == [
        ({"trace_status": "ERROR"}, {"COUNT": 1.0}),
        ({"trace_status": "OK"}, {"COUNT": 2.0}),
    ]
    question |= {
        "metric_name": "latency",
        "dimensions": [],
        "aggregations": [{"aggregation_type": "PERCENTILE", "percentile_value": 75}],
        "time_interval_seconds": 3600,
        "start_time_ms": 0,
        "end_time_ms": 10_000_000,
    }
    found = await ask("POST", "api/3.0/mlflow/traces/metrics", question)
    (point,) = json.loads(found.body)["data_points"]
    assert point["values"] == {"P75.0": 1500.0}
    assert point["dimensions"] == {"time_bucket": "1970-01-01T01:00:00+00:00"}
    for wrong in (
        {"view_type": "RUNS"},
        {"aggregations": []},
        {"aggregations": [{"aggregation_type": "MODE"}]},
        {"aggregations": [{"aggregation_type": "PERCENTILE"}]},
        {"aggregations": [{"aggregation_type": "AVG", "percentile_value": 5}]},
        {"start_time_ms": None},
        {"time_interval_seconds": -1},
        {"end_time_ms": -1},
        {"max_results": 0},
    ):
        answer = await ask("POST", "api/3.0/mlflow/traces/metrics", question | wrong)
        assert answer.code == 400, wrong
        assert json.loads(answer.body)["error_code"] == "INVALID_PARAMETER_VALUE"


async def test_a_run_of_the_prompt_lab_is_told_what_it_lacks_and_refused(ask) -> None:
    path, sent = "api/2.0/mlflow/runs/create-promptlab-run", {}
    for name, value in (
        ("experiment_id", "1"),
        ("prompt_template", "hi"),
        ("prompt_parameters", [{"key": "a", "value": "b"}]),
        ("model_route", "route"),
        ("model_input", "hi"),
        ("mlflow_version", "3.0.0"),
    ):
        answer = await ask("POST", path, sent)
        assert (answer.code, f"must specify {name}." in answer.body.decode()) == (400, True)
        sent[name] = value
    assert (await ask("POST", path, sent)).code == 501
