"""Proves that every route answers as the contract says, when it works and when it does not."""

from __future__ import annotations

import hashlib
from typing import Any

import jsonschema
import pytest
from tornado.httpclient import HTTPResponse

from mlops_lab.core.ids import new_id
from mlops_lab.server.openapi import make_openapi
from mlops_lab.server.routes import ENDPOINTS, url_pattern

from .conftest import Api, Delivery, json_of

DOCUMENT = make_openapi()
FILE = b"bytes"
FILE_DIGEST = hashlib.sha256(FILE).hexdigest()
ENVIRONMENT = {
    "python": "3.11.2",
    "implementation": "CPython",
    "platform": "Linux",
    "machine": "x86_64",
    "packages": [{"name": "numpy", "version": "2.4.0"}],
}
Request = tuple[str, dict[str, Any], Any]
"""Path, query parameters, body."""


def check_answer(operation_id: str, response: HTTPResponse) -> None:
    """Hold an answer against what the contract says of its status."""
    declared = next(e for e in ENDPOINTS if e.operation_id == operation_id)
    operation = DOCUMENT["paths"][f"/{declared.path}"][declared.method.lower()]
    documented = operation["responses"].get(str(response.code))
    assert documented is not None, f"{operation_id} answered {response.code}: {response.body!r}"
    if "content" not in documented or declared.method == "HEAD":
        assert response.body == b""
        return
    kind = response.headers["Content-Type"].split(";")[0]
    if kind in ("text/plain", "application/octet-stream"):
        assert response.body
        return
    schema = documented["content"][kind]["schema"] | {"components": DOCUMENT["components"]}
    jsonschema.validate(json_of(response), schema, jsonschema.Draft202012Validator)
    if kind == "application/problem+json":
        problem = json_of(response)
        assert problem["status"] == response.code
        assert problem["detail"]
        assert problem["code"]


async def _request(api: Api, operation_id: str, request: Request) -> HTTPResponse:
    declared = next(e for e in ENDPOINTS if e.operation_id == operation_id)
    path, params, body = request
    response = await api(declared.method, path, params=params, body=body)
    check_answer(operation_id, response)
    return response


@pytest.fixture
def world(api, delivery: Delivery, live_worker, notebook: str, jp_asyncio_loop) -> dict[str, Any]:
    """Two runs, and a definition with a schedule and a queued job, all made through the routes."""

    async def make() -> dict[str, Any]:
        runs = [new_id(), new_id()]
        for value, run_id in enumerate(runs):
            begun = delivery.run(run_id)
            digest, kept = delivery.document(run_id, ENVIRONMENT)
            records = [
                begun,
                kept,
                delivery.record("cell", run_id, "rate = 0.5", "cell-1", 1),
                delivery.record("param", run_id, "rate", "0.5", "assigned"),
                delivery.metric(run_id, value + 0.25),
                delivery.metric(run_id, "NaN", step=1),
                delivery.metric(run_id, "-Infinity", step=2),
                delivery.record("tag", run_id, "team", "one", 5),
                delivery.record("facet", run_id, "environment", "", digest, ""),
                delivery.record("artifact", run_id, "a/b c.txt", FILE_DIGEST, 5, "text/plain"),
                delivery.end(run_id),
            ]
            response = await api("POST", delivery.path, body=delivery.batch(*records))
            check_answer("deliver_batch", response)
        order = {
            "name": "train",
            "parameters": [{"name": "rate", "type": "float", "default": 0.5}],
            "notebook_path": notebook,
            "schedule": {"cron": "0 6 * * 1", "timezone": "Europe/Berlin"},
        }
        made = json_of(await _request(api, "create_definition", ("definitions", {}, order)))
        job = await _request(api, "submit_job", ("jobs", {}, {"definition_id": made["id"]}))
        return {
            "run": runs[0],
            "other_run": runs[1],
            "definition": made["id"],
            "schedule": made["schedule"]["id"],
            "job": json_of(job)["id"],
            "notebook": notebook,
            "spool": delivery.spool_id,
            "batch": delivery.batch(delivery.run(new_id())),
            "unknown": new_id(),
        }

    return jp_asyncio_loop.run_until_complete(make())


# `{word}` stands for the value of that name in the world.
SUCCESS: dict[str, Request] = {
    "get_status": ("status", {}, None),
    "list_runs": ("runs", {"limit": 1, "filter": "train"}, None),
    "list_details": ("details", {"limit": 1}, None),
    "get_run": ("runs/{run}", {}, None),
    "get_series": ("runs/{run}/series", {"name": "loss"}, None),
    "get_capture": ("runs/{run}/capture", {}, None),
    "get_tag_history": ("runs/{run}/tags/team/history", {}, None),
    "get_run_artifact": ("runs/{run}/artifacts/a/b c.txt", {}, None),
    "get_requirements": ("runs/{run}/requirements", {}, None),
    "create_reproduction": ("runs/{run}/reproductions", {}, {}),
    "compare_runs": ("comparison", {"run_id": ["{run}", "{other_run}"]}, None),
    "list_experiments": ("experiments", {}, None),
    "update_experiment": ("experiments/Default", {}, {"direction": "max"}),
    "brief_experiment": ("experiments/Default/briefing", {}, None),
    "find_artifact": (f"artifacts/{FILE_DIGEST}", {}, None),
    "get_artifact": (f"artifacts/{FILE_DIGEST}", {}, None),
    "put_artifact": (f"artifacts/{FILE_DIGEST}", {}, FILE),
    "deliver_batch": ("spools/{spool}/batches", {}, "{batch}"),
    "get_promotion_draft": ("promotion-draft", {"notebook_path": "{notebook}"}, None),
    "preview_cron": ("cron-preview", {"cron": "0 6 * * 1"}, None),
    "list_definitions": ("definitions", {}, None),
    "create_definition": (
        "definitions",
        {},
        {"name": "again", "parameters": [], "notebook_path": "{notebook}"},
    ),
    "get_definition": ("definitions/{definition}", {}, None),
    "list_revisions": ("definitions/{definition}/revisions", {}, None),
    "get_revision_notebook": ("definitions/{definition}/revisions/1/notebook", {}, None),
    "list_schedules": ("schedules", {}, None),
    "update_schedule": ("schedules/{schedule}", {}, {"paused": True}),
    "delete_schedule": ("schedules/{schedule}", {}, None),
    "list_jobs": ("jobs", {"state": "queued"}, None),
    "submit_job": (
        "jobs",
        {},
        {"definition_id": "{definition}", "parameters": {"rate": 0.25}},
    ),
    "get_job": ("jobs/{job}", {}, None),
    "cancel_job": ("jobs/{job}/cancel", {}, b""),
    "get_job_notebook": ("jobs/{job}/notebook", {}, None),
    "read_job_log": ("jobs/{job}/log", {"offset": 0}, None),
}

FAILURE: dict[str, tuple[int, Request]] = {
    "get_status": (400, ("status", {"verbose": 1}, None)),
    "list_runs": (400, ("runs", {"cursor": "nonsense"}, None)),
    "list_details": (400, ("details", {"limit": 0}, None)),
    "get_run": (404, ("runs/{unknown}", {}, None)),
    "get_series": (404, ("runs/{run}/series", {"name": "los"}, None)),
    "get_capture": (404, ("runs/{unknown}/capture", {}, None)),
    "get_tag_history": (404, ("runs/{run}/tags/teem/history", {}, None)),
    "get_run_artifact": (404, ("runs/{run}/artifacts/a/../b c.txt", {}, None)),
    "get_requirements": (404, ("runs/{unknown}/requirements", {}, None)),
    "create_reproduction": (404, ("runs/{unknown}/reproductions", {}, {})),
    "list_experiments": (400, ("experiments", {"limit": 1}, None)),
    "update_experiment": (404, ("experiments/Defaul", {}, {"direction": "max"})),
    "brief_experiment": (400, ("experiments/Default/briefing", {"x": 1}, None)),
    "find_artifact": (404, (f"artifacts/{'0' * 64}", {}, None)),
    "get_artifact": (404, (f"artifacts/{'0' * 64}", {}, None)),
    "put_artifact": (400, (f"artifacts/{FILE_DIGEST}", {}, b"other bytes")),
    "compare_runs": (404, ("comparison", {"run_id": ["{run}", "{unknown}"]}, None)),
    "deliver_batch": (400, ("spools/{unknown}/batches", {}, "{batch}")),
    "get_promotion_draft": (404, ("promotion-draft", {"notebook_path": "no.ipynb"}, None)),
    "preview_cron": (400, ("cron-preview", {"cron": "0 25 * * *"}, None)),
    "list_definitions": (400, ("definitions", {"limit": 1}, None)),
    "create_definition": (
        400,
        ("definitions", {}, {"name": "x", "parameters": [], "notebook_path": "../x.ipynb"}),
    ),
    "get_definition": (404, ("definitions/{unknown}", {}, None)),
    "list_revisions": (404, ("definitions/{unknown}/revisions", {}, None)),
    "get_revision_notebook": (404, ("definitions/{definition}/revisions/7/notebook", {}, None)),
    "list_schedules": (400, ("schedules", {"paused": 1}, None)),
    "update_schedule": (400, ("schedules/{schedule}", {}, {"cron": "* *"})),
    "delete_schedule": (404, ("schedules/{unknown}", {}, None)),
    "list_jobs": (400, ("jobs", {"state": "done"}, None)),
    "submit_job": (
        400,
        ("jobs", {}, {"definition_id": "{definition}", "parameters": {"rat": 1}}),
    ),
    "get_job": (404, ("jobs/{unknown}", {}, None)),
    "cancel_job": (404, ("jobs/{unknown}/cancel", {}, b"")),
    "get_job_notebook": (404, ("jobs/{unknown}/notebook", {}, None)),
    "read_job_log": (400, ("jobs/{job}/log", {"offset": -1}, None)),
}


def _fill(value: Any, world: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return world[value[1:-1]] if value in {f"{{{k}}}" for k in world} else value.format(**world)
    if isinstance(value, dict):
        return {key: _fill(item, world) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_fill(item, world) for item in value]
    return value


async def test_every_route_answers_as_the_contract_says(api, world) -> None:
    assert set(SUCCESS) == {declared.operation_id for declared in ENDPOINTS}
    order = {"PUT": 0, "DELETE": 2}
    for declared in sorted(ENDPOINTS, key=lambda e: order.get(e.method, 1)):
        request = _fill(SUCCESS[declared.operation_id], world)
        response = await _request(api, declared.operation_id, request)
        assert response.code == declared.status, (declared.operation_id, response.body)


async def test_every_route_fails_as_the_contract_says(api, world) -> None:
    assert set(FAILURE) == {declared.operation_id for declared in ENDPOINTS}
    for operation_id, (status, request) in FAILURE.items():
        response = await _request(api, operation_id, _fill(request, world))
        assert response.code == status, (operation_id, response.body)


async def test_a_batch_delivered_twice_is_stored_once(api, delivery) -> None:
    run_id = new_id()
    started = delivery.run(run_id)
    points = [delivery.metric(run_id, step / 10, step=step) for step in range(100)]
    batch = delivery.batch(started, *points)
    first, second = [await api("POST", delivery.path, body=batch) for _ in range(2)]
    assert json_of(first) == json_of(second) == {"seq": delivery.seq}
    series = json_of(await api("GET", f"runs/{run_id}/series", params={"name": "loss"}))
    assert series["count"] == 100


async def test_nan_and_infinity_arrive_as_words(api, world) -> None:
    path = f"runs/{world['run']}/series"
    points = json_of(await api("GET", path, params={"name": "loss"}))["points"]
    assert [point["value"] for point in points] == [0.25, "NaN", "-Infinity"]


async def test_a_promotion_needs_exactly_one_source(api, world) -> None:
    for params in ({}, {"run_id": world["run"], "notebook_path": world["notebook"]}):
        assert (await api("GET", "promotion-draft", params=params)).code == 400


async def test_what_breaks_inside_is_logged_and_not_told(
    api, extension, monkeypatch, caplog
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr(extension.parts.access, "get", broken)
    response = await api("GET", "runs")
    assert response.code == 500
    check_answer("list_runs", response)
    assert b"secret" not in response.body
    assert "a secret of the inside" in caplog.text


def test_patterns_match_one_part_of_a_path_only() -> None:
    assert url_pattern("runs/{run_id}/artifacts/{path}").endswith("/artifacts/(?P<path>.+)")
    assert url_pattern("jobs/{job_id}/log") == r"/mlops-lab/api/jobs/(?P<job_id>[^/]+)/log"
