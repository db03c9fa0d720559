"""Proves the routes of issues, of linked prompts and runs, and that large questions are answered."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.kernelenv import MLFLOW_PATH
from mlops_lab.server.mlflow import runs


@pytest.fixture
def ask(extension, jp_base_url, jp_auth_header, http_server_client):
    """Sends JSON below the tracking URI and returns the status and the answer."""

    async def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        response = await http_server_client.fetch(
            f"{jp_base_url}{MLFLOW_PATH}/{path}",
            method=method,
            body=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json"} | jp_auth_header,
            allow_nonstandard_methods=True,
            raise_error=False,
        )
        return response.code, json.loads(response.body)

    return call


async def test_issues_are_made_changed_and_found(ask) -> None:
    _, made = await ask("POST", "api/2.0/mlflow/experiments/create", {"name": "chat"})
    order = {
        "experiment_id": made["experiment_id"],
        "name": "slow",
        "description": "takes long",
        "severity": "high",
        "root_causes": ["a", "b"],
    }
    status, created = await ask("POST", "api/3.0/mlflow/issues", order)
    issue = created["issue"]
    assert status == 200
    assert order.items() <= issue.items()
    assert (issue["status"], issue["issue_id"][:4]) == ("pending", "iss-")
    path = f"api/3.0/mlflow/issues/{issue['issue_id']}"
    assert await ask("GET", path) == (200, created)
    _, changed = await ask("PATCH", path, {"status": "resolved", "name": "slower"})
    assert (changed["issue"]["status"], changed["issue"]["name"]) == ("resolved", "slower")
    question = {"filter_string": "status = 'resolved'", "include_trace_count": True}
    status, found = await ask("POST", "api/3.0/mlflow/issues/search", question)
    assert (status, found["next_page_token"]) == (200, "")
    assert [(one["name"], one["trace_count"]) for one in found["issues"]] == [("slower", 0)]
    for wrong in ({"status": "lost"}, {"severity": "x"}):
        status, answer = await ask("PATCH", path, wrong)
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    status, answer = await ask("GET", "api/3.0/mlflow/issues/iss-none")
    assert (status, answer["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


async def test_prompts_of_a_trace(ask) -> None:
    _, made = await ask("POST", "api/2.0/mlflow/traces", {"experiment_id": "0"})
    trace_id = made["trace_info"]["request_id"]
    for versions in (["1"], ["1", "2"]):
        body = {
            "trace_id": trace_id,
            "prompt_versions": [{"name": "p", "version": version} for version in versions],
        }
        assert (await ask("POST", "api/2.0/mlflow/traces/link-prompts", body))[0] == 200
    _, found = await ask("GET", f"api/3.0/mlflow/traces/{trace_id}")
    linked = json.loads(found["trace"]["trace_info"]["tags"]["mlflow.linkedPrompts"])
    assert linked == [{"name": "p", "version": "1"}, {"name": "p", "version": "2"}]
    status, _ = await ask("POST", "api/2.0/mlflow/traces/link-prompts", {"trace_id": "tr-none"})
    assert status == 404
    status, file = await ask("GET", f"ajax-api/3.0/mlflow/get-trace-artifact?request_id={trace_id}")
    assert (status, file) == (200, {"spans": []})


async def test_a_query_may_name_many_runs(ask) -> None:
    ids = [("run_id", new_id()) for _ in range(1_001)]
    query = urlencode([*ids, ("metric_key", "m")])
    status, answer = await ask("GET", f"api/2.0/mlflow/metrics/get-history-bulk?{query}")
    assert status == 400
    assert "cannot specify more than 100 run_ids" in answer["message"]


async def test_a_page_of_wide_runs_ends_early(ask, monkeypatch) -> None:
    monkeypatch.setattr(runs, "MAX_CELLS", 4)
    monkeypatch.setattr(runs, "_READ_AT_ONCE", 2)
    made = []
    for number in range(5):
        tags = [{"key": "a", "value": "b"}]
        order = {"start_time": number, "tags": tags}
        _, answer = await ask("POST", "api/2.0/mlflow/runs/create", order)
        made.append(answer["run"]["info"]["run_id"])
    found: list[list[str]] = []
    token = ""
    while len(found) < 9:
        question = {"experiment_ids": ["0"], "page_token": token, "order_by": ["start_time ASC"]}
        _, page = await ask("POST", "api/2.0/mlflow/runs/search", question)
        found.append([one["info"]["run_id"] for one in page["runs"]])
        token = page.get("next_page_token", "")
        if not token:
            break
    assert len(found) > 1
    assert [one for some in found for one in some] == made


async def test_routes_of_newer_clients_are_told_apart_from_no_routes(ask) -> None:
    for method, path in (
        ("POST", "api/3.0/mlflow/label-schemas/create"),
        ("GET", "api/3.0/mlflow/review-queues/items/list"),
        ("POST", "api/2.0/mlflow/artifacts/presigned-upload-url"),
        ("PUT", "api/3.0/mlflow/scorers/online-config"),
    ):
        status, answer = await ask(method, path, None if method == "GET" else {})
        assert (status, answer["error_code"]) == (501, "NOT_IMPLEMENTED")
