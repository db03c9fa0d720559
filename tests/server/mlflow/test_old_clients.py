"""Proves that requests in the form of MLflow 2.0.1, recorded from its client, are understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from mlops_lab.server.mlflow.errors import STATUSES, code_for
from tests.server.live_server import TOKEN

Call = Callable[..., Any]


@pytest.fixture
def call(uri: str) -> Call:
    def send(method: str, route: str, **fields: Any) -> Any:
        sent: dict[str, Any] = {"params": fields} if method == "GET" else {"json": fields}
        answer = requests.request(
            method,
            f"{uri}/api/2.0/mlflow/{route}",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=60,
            **sent,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    return send


def test_experiments_and_runs(call: Call) -> None:
    tags = [{"key": "a", "value": "b"}]
    experiment_id = call("POST", "experiments/create", name="old", tags=tags)["experiment_id"]
    call("POST", "experiments/update", experiment_id=experiment_id, new_name="older")
    listed = call(
        *("POST", "experiments/search"),
        max_results=1000,
        filter="name LIKE 'old%'",
        view_type="ACTIVE_ONLY",
    )
    assert [one["name"] for one in listed["experiments"]] == ["older"]
    named = {"key": "mlflow.runName", "value": "r1"}
    run = call(
        *("POST", "runs/create"),
        experiment_id=experiment_id,
        user_id="ada",
        run_name="r1",
        start_time=1_795_291_819_536,
        tags=[named],
    )["run"]
    both = {"run_uuid": run["info"]["run_id"], "run_id": run["info"]["run_id"]}
    assert run["info"]["run_uuid"] == both["run_id"]
    call("POST", "runs/log-parameter", **both, key="lr", value="0.1")
    for step, value in enumerate((1.0, "NaN", 0.5)):
        point = {"key": "loss", "value": value, "timestamp": 1_795_291_819_682 + step}
        call("POST", "runs/log-metric", **both, **point, step=step)
    call("POST", "runs/set-tag", **both, key="t", value="1")
    call("POST", "runs/update", **both, status="FINISHED", end_time=1_795_291_820_254)
    history = call("GET", "metrics/get-history", **both, metric_key="loss")["metrics"]
    assert [(one["step"], one["value"]) for one in history] == [(0, 1.0), (1, "NaN"), (2, 0.5)]
    (found,) = call(
        *("POST", "runs/search"),
        experiment_ids=[experiment_id],
        run_view_type="ACTIVE_ONLY",
        filter="metrics.loss < 0.6 and params.lr = '0.1'",
        max_results=1000,
    )["runs"]
    assert found["info"]["run_id"] == both["run_id"]
    assert (found["info"]["status"], found["info"]["end_time"]) == ("FINISHED", 1_795_291_820_254)


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        ("mlflow-python-client/2.0.1", "BAD_REQUEST"),
        ("mlflow-python-client/1.30.0", "BAD_REQUEST"),
        ("mlflow-python-client/2.3.0", "NOT_IMPLEMENTED"),
        ("mlflow-python-client/3.17.2", "NOT_IMPLEMENTED"),
        ("curl/8.5", "NOT_IMPLEMENTED"),
    ],
)
def test_errors_have_codes_that_the_client_knows(uri: str, agent: str, code: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": agent}
    answer = requests.get(f"{uri}/graphql", headers=headers, timeout=60)
    assert (answer.status_code, answer.json()["error_code"]) == (501, code)


def test_no_old_client_is_sent_a_code_that_came_later() -> None:
    later = {"NOT_FOUND", "NOT_IMPLEMENTED", "RESOURCE_CONFLICT", "RESOURCE_EXHAUSTED"}
    sent = {code_for(code, "mlflow-python-client/2.2.2") for code in STATUSES}
    assert sent == STATUSES.keys() - later
    assert {code_for(code, "mlflow-python-client/2.10.0") for code in STATUSES} == STATUSES.keys()


def test_stages_of_versions(call: Call) -> None:
    call("POST", "registered-models/create", name="m", description="d")
    for number in ("1", "2"):
        made = call("POST", "model-versions/create", name="m", source="s3://b/m", run_id="abc")
        assert made["model_version"]["version"] == number
        moved = {"name": "m", "version": number, "stage": "Production"}
        call("POST", "model-versions/transition-stage", **moved, archive_existing_versions=True)
    first = call("GET", "model-versions/get", name="m", version="1")["model_version"]
    assert first["current_stage"] == "Archived"
    latest = call("POST", "registered-models/get-latest-versions", name="m", stages=["Production"])
    assert [one["version"] for one in latest["model_versions"]] == ["2"]
    whole = call("GET", "registered-models/get", name="m")["registered_model"]
    assert {one["version"] for one in whole["latest_versions"]} == {"1", "2"}
    call("DELETE", "model-versions/delete", name="m", version="1")
    call("DELETE", "registered-models/delete", name="m")
