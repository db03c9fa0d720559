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
    """Runs, one of them in the trash, and a definition with a schedule and a queued job."""

    async def make() -> dict[str, Any]:
        runs = [new_id(), new_id(), new_id()]
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
        await _request(api, "trash_records", ("trash", {}, {"runs": [runs[2]]}))
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
            "trashed_run": runs[2],
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
    "get_limits": ("limits", {}, None),
    "list_changes": ("changes", {"after": 0}, None),
    "create_run": ("runs", {}, {"name": "from R", "params": {"rate": 0.5, "on": True}}),
    "get_runs": ("runs/batch-get", {}, {"run_ids": ["{run}", "{unknown}"]}),
    "log_batches": ("runs/batch-write", {}, {"batches": [{"run_id": "{run}", "tags": {"a": "b"}}]}),
    "update_run": ("runs/{run}", {}, {"name": "renamed"}),
    "log_batch": ("runs/{run}/batch", {}, {"metrics": [{"name": "loss", "value": "NaN"}]}),
    "set_tag": ("runs/{run}/tags/stage", {}, {"value": "try"}),
    "delete_tag": ("runs/{other_run}/tags/team", {}, None),
    "set_note": ("runs/{run}/note", {}, {"text": "first"}),
    "create_experiment": ("experiments", {}, {"name": "by hand", "tags": {"team": "a"}}),
    "get_experiment": ("experiments/Default", {}, None),
    "list_runs": ("runs", {"limit": 1, "filter": "train"}, None),
    "list_details": ("details", {"limit": 1}, None),
    "count_facets": ("facets", {"field": "user", "limit": 3}, None),
    "list_names": ("names", {"kind": "metrics", "prefix": "lo"}, None),
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
    "list_audit": ("audit", {"kind": "job", "limit": 5}, None),
    "trash_run": ("runs/{run}", {}, None),
    "restore_run": ("runs/{trashed_run}/restore", {}, b""),
    "list_trash": ("trash", {"limit": 5}, None),
    "trash_records": ("trash", {}, {"runs": ["{trashed_run}", "{unknown}"]}),
    "restore_records": ("trash/restore", {}, {"experiments": ["none"]}),
    "purge_trash": ("trash/purge", {}, {"older_than_days": 5}),
}

FAILURE: dict[str, tuple[int, Request]] = {
    "get_status": (400, ("status", {"verbose": 1}, None)),
    "get_limits": (400, ("limits", {"of": "runs"}, None)),
    "list_changes": (400, ("changes", {"after": -1}, None)),
    "create_run": (404, ("runs", {}, {"parent_run_id": "{unknown}"})),
    "get_runs": (400, ("runs/batch-get", {}, {"run_ids": []})),
    "log_batches": (400, ("runs/batch-write", {}, {"batches": [{"run_id": "{run}", "tag": {}}]})),
    "update_run": (404, ("runs/{unknown}", {}, {"name": "renamed"})),
    "log_batch": (404, ("runs/{unknown}/batch", {}, {"params": {"again": 1}})),
    "set_tag": (400, ("runs/{run}/tags/stage", {}, {"text": "try"})),
    "delete_tag": (404, ("runs/{run}/tags/nobody", {}, None)),
    "set_note": (404, ("runs/{unknown}/note", {}, {"text": "first"})),
    "create_experiment": (409, ("experiments", {}, {"name": "Default"})),
    "get_experiment": (404, ("experiments/Defualt", {}, None)),
    "list_runs": (400, ("runs", {"cursor": "nonsense"}, None)),
    "list_details": (400, ("details", {"limit": 0}, None)),
    "count_facets": (400, ("facets", {"field": "duration"}, None)),
    "list_names": (400, ("names", {"kind": "cells"}, None)),
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
    "list_audit": (400, ("audit", {"kind": "jobs"}, None)),
    "trash_run": (404, ("runs/{unknown}", {}, None)),
    "restore_run": (409, ("runs/{run}/restore", {}, b"")),
    "list_trash": (400, ("trash", {"cursor": "nonsense"}, None)),
    "trash_records": (400, ("trash", {}, {"run": []})),
    "restore_records": (400, ("trash/restore", {}, {"runs": "all"})),
    "purge_trash": (400, ("trash/purge", {}, {})),
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


async def test_a_list_is_sorted_and_a_bad_filter_is_told_with_its_place(api, delivery) -> None:
    runs = [new_id() for _ in range(3)]
    for value, run_id in enumerate(runs):
        started, point = delivery.run(run_id), delivery.metric(run_id, float(value))
        await api("POST", delivery.path, body=delivery.batch(started, point))
    asked = {"order_by": ["metrics.loss DESC"], "columns": ["metrics.loss"], "limit": 2}
    page = json_of(await api("GET", "runs", params=asked))
    assert [run["id"] for run in page["runs"]] == runs[:0:-1]
    assert page["values"] == [{"metrics.loss": 2.0}, {"metrics.loss": 1.0}]
    rest = json_of(await api("GET", "runs", params=asked | {"cursor": page["next_cursor"]}))
    assert [run["id"] for run in rest["runs"]] == runs[:1]
    refused = await api("GET", "runs", params={"filter": "name:x and statos = 1"})
    assert refused.code == 400
    assert json_of(refused)["position"] == 11
    assert "'status'" in json_of(refused)["hint"]


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
