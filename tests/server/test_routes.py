"""Proves that every route answers as the contract says, when it works and when it does not."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from tornado.httpclient import HTTPResponse

from mlops_lab.core.ids import new_id
from mlops_lab.server.openapi import make_openapi
from mlops_lab.server.routes import ENDPOINTS, url_pattern

from .conftest import Api, Delivery, json_of
from .route_calls import FAILURE, FILE_DIGEST, PIECE_UPLOAD, SUCCESS, Request

DOCUMENT = make_openapi()
ENVIRONMENT = {
    "python": "3.11.2",
    "implementation": "CPython",
    "platform": "Linux",
    "machine": "x86_64",
    "packages": [{"name": "numpy", "version": "2.4.0"}],
}


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
    if kind == "text/plain" or "*/*" in documented["content"]:
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


async def _definition_with_job(api: Api, notebook: str) -> tuple[dict[str, Any], dict[str, Any]]:
    order = {
        "name": "train",
        "parameters": [{"name": "rate", "type": "float", "default": 0.5}],
        "notebook_path": notebook,
        "schedule": {"cron": "0 6 * * 1", "timezone": "Europe/Berlin"},
    }
    made = json_of(await _request(api, "create_definition", ("definitions", {}, order)))
    job = await _request(api, "submit_job", ("jobs", {}, {"definition_id": made["id"]}))
    return made, json_of(job)


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
        made, job = await _definition_with_job(api, notebook)
        for name in ("churn", "spare"):
            await _request(api, "create_model", ("models", {}, {"name": name}))
        version: Request = ("models/churn/versions", {}, {"source": "s3://bucket/model"})
        for _ in range(2):
            await _request(api, "create_version", version)
        begin: Request = ("uploads", {}, PIECE_UPLOAD)
        uploads = [json_of(await _request(api, "begin_upload", begin))["id"] for _ in range(2)]
        exported = await _request(api, "export_runs", ("export", {"run_id": runs[0]}, None))
        return {
            "export": exported.body,
            "upload": uploads[0],
            "spare_upload": uploads[1],
            "run": runs[0],
            "other_run": runs[1],
            "trashed_run": runs[2],
            "definition": made["id"],
            "schedule": made["schedule"]["id"],
            "job": job["id"],
            "notebook": notebook,
            "spool": delivery.spool_id,
            "batch": delivery.batch(delivery.run(new_id())),
            "unknown": new_id(),
        }

    return jp_asyncio_loop.run_until_complete(make())


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


async def test_a_promotion_needs_a_source_and_a_run_goes_before_a_notebook(api, world) -> None:
    assert (await api("GET", "promotion-draft", params={})).code == 404
    run = {"run_id": world["run"]}
    alone = await api("GET", "promotion-draft", params=run)
    both = await api("GET", "promotion-draft", params=run | {"notebook_path": "none.ipynb"})
    assert (both.code, json_of(both)) == (alone.code, json_of(alone))
    assert "none.ipynb" not in both.body.decode()
    order = {"name": "no source", "parameters": []}
    refused = await api("POST", "definitions", body=order)
    assert refused.code == 400
    assert json_of(refused)["hint"] == "Give run_id or notebook_path."


@pytest.mark.parametrize(
    ("path", "params", "answer"),
    [
        ("jobs", {"cursor": "nonsense"}, (404, "not_found")),
        ("audit", {"cursor": "nonsense"}, (404, "not_found")),
        ("versions", {"cursor": "nonsense"}, (404, "not_found")),
        ("facets", {"field": "user", "time_zone": "Nowhere"}, (404, "not_found")),
        ("cron-preview", {"cron": "0 6 * * 1", "timezone": "Nowhere"}, (404, "not_found")),
        ("runs/{run}/artifacts", {"path": "../a"}, (404, "not_found")),
        ("runs/{run}/artifacts/..%2fa", {}, (404, "not_found")),
        ("promotion-draft", {"notebook_path": "../x.ipynb"}, (404, "not_found")),
        ("jobs/no-id", {}, (404, "not_found")),
        ("comparison", {"run_id": ["{run}", "{run}"]}, (409, "misfit")),
        ("facets", {"field": "metrics.loss"}, (400, "invalid_input")),
        ("facets", {"field": "params."}, (400, "invalid_input")),
    ],
)
async def test_what_fits_the_contract_and_is_not_there_is_no_bad_request(
    api, world, path, params, answer
) -> None:
    refused = await api("GET", path.format(**world), params=_fill(params, world))
    assert (refused.code, json_of(refused)["code"]) == answer, refused.body


async def test_facets_are_those_of_the_same_notebook_and_cell_as_runs(api, world) -> None:
    del world
    runs = json_of(await api("GET", "runs"))["runs"]
    scoped = next(run for run in runs if run["notebook_path"] and run["cell_id"])
    scope = {"notebook": scoped["notebook_path"], "cell": scoped["cell_id"]}
    for asked in ({"notebook": scope["notebook"]}, scope, {"notebook": "elsewhere.ipynb"}):
        total = json_of(await api("GET", "runs", params=asked))["total"]
        found = json_of(await api("GET", "facets", params={"field": "status", **asked}))["values"]
        assert sum(value["count"] for value in found) == total
    wrong = {"field": "status", "notebook": scope["notebook"], "filter": "name = 1) or (name = 2"}
    refused = await api("GET", "facets", params=wrong)
    assert (refused.code, json_of(refused)["position"]) == (400, 8)


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
