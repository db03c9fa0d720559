"""Proves that values which no reader could stand are refused as they arrive, and never answered by 500."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlops_lab.core.clock import MAX_TIME, held_time
from mlops_lab.core.kernelenv import MLFLOW_PATH
from mlops_lab.server.mlflow.trace_shapes import time_text
from mlops_lab.server.pressure import announced_size
from mlops_lab.workflows.report.words import moment

TOO_LATE = MAX_TIME + 1


@pytest.fixture
def send(extension, jp_base_url, jp_auth_header, http_server_client):
    """Posts JSON, as text or as it is, below the tracking URI; returns the status and the answer."""

    async def call(path: str, body: Any, *, method: str = "POST") -> tuple[int, Any]:
        content = body if isinstance(body, str) else json.dumps(body)
        response = await http_server_client.fetch(
            f"{jp_base_url}{MLFLOW_PATH}/api/{path}",
            method=method,
            body=content,
            headers={"Content-Type": "application/json"} | jp_auth_header,
            allow_nonstandard_methods=True,
            raise_error=False,
        )
        return response.code, json.loads(response.body)

    return call


async def new_run(send) -> str:
    _, made = await send("2.0/mlflow/runs/create", {"start_time": MAX_TIME})
    return made["run"]["info"]["run_id"]


@pytest.mark.parametrize("time", [TOO_LATE, -1, 2**63 - 1])
async def test_times_that_no_date_has(send, time: int) -> None:
    run_id = await new_run(send)
    for path, body in (
        ("2.0/mlflow/runs/create", {"start_time": time}),
        ("2.0/mlflow/runs/update", {"run_id": run_id, "end_time": time}),
        ("2.0/mlflow/traces", {"experiment_id": "0", "timestamp_ms": time}),
    ):
        status, answer = await send(path, body)
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), path
        assert "the end of the year 9999" in answer["message"]


async def test_a_trace_at_the_last_time_is_found(send) -> None:
    _, made = await send("2.0/mlflow/traces", {"experiment_id": "0", "timestamp_ms": MAX_TIME})
    trace_id = made["trace_info"]["request_id"]
    late = {"timestamp_ms": TOO_LATE}
    assert (await send(f"2.0/mlflow/traces/{trace_id}", late, method="PATCH"))[0] == 400
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}
    status, found = await send("3.0/mlflow/traces/search", {"locations": [place]})
    assert (status, found["traces"][0]["request_time"]) == (200, "9999-12-31T23:59:59.999Z")


def test_what_came_in_before_is_still_shown() -> None:
    assert held_time(10**17) == MAX_TIME
    assert held_time(-5) == 0
    assert time_text(10**17) == "9999-12-31T23:59:59.999Z"
    assert moment(10**17) == "9999-12-31 23:59:59 UTC"


def _trace(**changed: Any) -> dict[str, Any]:
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}
    info = {"trace_id": "tr-1", "trace_location": place, "state": "OK"}
    return {"trace": {"trace_info": info | changed}}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("3.0/mlflow/traces", _trace(trace_location="x")),
        ("3.0/mlflow/traces", _trace(trace_location={"mlflow_experiment": "x"})),
        ("3.0/mlflow/traces", _trace(trace_location=[])),
        ("3.0/mlflow/traces", _trace(assessments=5)),
        ("3.0/mlflow/traces", _trace(tags=["x"])),
        ("3.0/mlflow/traces", _trace(request_time="9999-12-31T23:59:59-23:00")),
        ("3.0/mlflow/traces", _trace(request_time="0001-01-01T00:00:00Z")),
        ("3.0/mlflow/traces", {"trace": {"trace_info": 5}}),
        ("3.0/mlflow/traces/search", {"locations": [{"mlflow_experiment": "x"}]}),
        ("3.0/mlflow/traces/search", {"locations": [{"mlflow_experiment": {"experiment_id": 1}}]}),
    ],
)
async def test_traces_of_another_shape(send, path: str, body: Any) -> None:
    status, answer = await send(path, body)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


async def test_numbers_that_no_float_holds(send) -> None:
    run_id = await new_run(send)
    for value in ("1" + "0" * 400, '"1' + "0" * 400 + '"'):
        body = f'{{"run_id": "{run_id}", "key": "m", "timestamp": 1, "value": {value}}}'
        status, answer = await send("2.0/mlflow/runs/log-metric", body)
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


async def test_models_of_old_clients(send) -> None:
    run_id = await new_run(send)
    for model in ("5", "null", "[]", '"x"', "{}"):
        body = {"run_id": run_id, "model_json": model}
        assert (await send("2.0/mlflow/runs/log-model", body))[0] == 400, model
    model = {"artifact_path": "m", "flavors": {}, "utc_time_created": "now", "run_id": run_id}
    whole = {"run_id": run_id, "model_json": json.dumps(model)}
    for before in ("no JSON", "5"):
        tag = {"run_id": run_id, "key": "mlflow.log-model.history", "value": before}
        assert (await send("2.0/mlflow/runs/set-tag", tag))[0] == 200
        assert (await send("2.0/mlflow/runs/log-model", whole))[0] == 200


@pytest.mark.parametrize("number", ["abc", "-1", "²", "9" * 5_000])
async def test_parts_without_a_number(
    extension, jp_base_url, jp_auth_header, http_server_client, number: str
) -> None:
    from urllib.parse import quote

    path = f"api/2.0/mlflow-artifacts/mpu/part/{'0' * 32}/{quote(number)}"
    response = await http_server_client.fetch(
        f"{jp_base_url}{MLFLOW_PATH}/{path}",
        method="PUT",
        body=b"x",
        headers=jp_auth_header,
        raise_error=False,
    )
    assert response.code in (400, 404)


@pytest.mark.parametrize("depth", [500, 990, 2_000, 100_000])
async def test_what_is_nested_too_deep(send, depth: int) -> None:
    tags = "[" * depth + "]" * depth
    status, answer = await send("2.0/mlflow/experiments/create", f'{{"name":"x","tags":{tags}}}')
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


async def test_an_upload_is_not_completed_without_parts(send) -> None:
    begun = {"path": "a.bin", "num_parts": 2}
    status, answer = await send("2.0/mlflow-artifacts/mpu/create/f", begun)
    assert status == 200
    over = {"path": "a.bin", "upload_id": answer["upload_id"], "parts": []}
    status, answer = await send("2.0/mlflow-artifacts/mpu/complete/f", over)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "²", "", None])
def test_a_size_that_is_none(text: str | None) -> None:
    assert announced_size(text) is None
