"""Proves that no route of the protocol answers somebody who may not ask, and what others are told."""

from __future__ import annotations

import json
import re
import urllib.parse
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError

from mlops_lab.core.ids import new_id
from mlops_lab.core.kernelenv import MLFLOW_PATH
from mlops_lab.server.mlflow.route import MlflowRoute
from mlops_lab.server.mlflow.routes import all_routes


def _path(route: MlflowRoute) -> str:
    path = re.sub(r"{[a-z]*run_id}", new_id(), route.path)
    path = re.sub(r"{[a-z_]+}", "1", path)
    return path.lstrip("/") if path.startswith("/") else f"api/{path}"


@pytest.fixture
def protocol(extension, jp_base_url, jp_auth_header, http_server_client):
    """Calls a path below the tracking URI and returns the response, whatever its status."""

    async def call(
        method: str, path: str, *, body: Any = None, params: Any = None, headers: Any = None
    ):
        url = f"{jp_base_url}{MLFLOW_PATH}/{path}"
        if params:
            url += "?" + urllib.parse.urlencode(params, doseq=True)
        content = json.dumps(body).encode() if body is not None else None
        sent = {"Content-Type": "application/json"}
        sent |= jp_auth_header if headers is None else headers
        try:
            return await http_server_client.fetch(
                url, method=method, body=content, headers=sent, allow_nonstandard_methods=True
            )
        except HTTPClientError as error:
            return error.response

    return call


def _body(route: MlflowRoute) -> Any:
    return None if route.method in ("GET", "DELETE") else {}


async def test_anonymous_callers_get_403_on_every_route(protocol) -> None:
    for route in all_routes():
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
            response = await protocol(
                route.method, _path(route), body=_body(route), headers=headers
            )
            assert response.code == 403, route.path
            assert json.loads(response.body)["error_code"] == "PERMISSION_DENIED"


READING_BY_POST = frozenset(
    {
        "2.0/mlflow/experiments/search",
        "2.0/mlflow/experiments/search-datasets",
        "2.0/mlflow/logged-models/search",
        "2.0/mlflow/registered-models/get-latest-versions",
        "2.0/mlflow/runs/search",
        "3.0/mlflow/datasets/search",
        "3.0/mlflow/issues/search",
        "3.0/mlflow/traces/batchGetInfos",
        "3.0/mlflow/traces/calculate-filter-correlation",
        "3.0/mlflow/traces/metrics",
        "3.0/mlflow/traces/search",
    }
)
"""What only reads although it comes by POST."""


async def test_the_kernel_token_opens_every_route(protocol, extension) -> None:
    headers = {"Authorization": f"Bearer {extension.parts.kernel_token.value}"}
    for route in all_routes():
        response = await protocol(route.method, _path(route), body=_body(route), headers=headers)
        assert response.code not in (401, 403, 500), (route.path, response.body)


async def test_what_a_kernel_deletes_for_good_is_in_the_audit(protocol, extension, api) -> None:
    kernel = {"Authorization": f"Bearer {extension.parts.kernel_token.value}"}
    made = "api/2.0/mlflow/registered-models"
    body = {"name": "gone"}
    assert (await protocol("POST", f"{made}/create", body=body, headers=kernel)).code == 200
    assert (await protocol("DELETE", f"{made}/delete", body=body, headers=kernel)).code == 200
    audit = json.loads((await api("GET", "audit", params={"kind": "registered_model"})).body)
    assert [one["action"] for one in audit["entries"]] == ["delete", "register"]


class _ReadOnly(Authorizer):
    def is_authorized(self, *args: Any) -> bool:
        _, _, action, resource = args
        assert resource == "mlops_lab"
        return action == "read"


class _DenyAll(Authorizer):
    def is_authorized(self, *_: Any) -> bool:
        return False


async def test_an_authorizer_that_denies_write_is_obeyed(protocol, jp_serverapp) -> None:
    jp_serverapp.web_app.settings["authorizer"] = _ReadOnly(parent=jp_serverapp)
    for route in all_routes():
        if route.state == "none":
            continue
        response = await protocol(route.method, _path(route), body=_body(route))
        reads = route.method == "GET" or route.path in READING_BY_POST
        assert (response.code != 403) == reads, route.path


async def test_an_authorizer_that_denies_reading_is_obeyed(protocol, jp_serverapp) -> None:
    jp_serverapp.web_app.settings["authorizer"] = _DenyAll(parent=jp_serverapp)
    for route in all_routes():
        response = await protocol(route.method, _path(route), body=_body(route))
        assert response.code == 403, route.path


async def test_an_upload_that_is_denied_stores_no_byte(protocol, jp_serverapp, extension) -> None:
    jp_serverapp.web_app.settings["authorizer"] = _ReadOnly(parent=jp_serverapp)
    response = await protocol("PUT", "api/2.0/mlflow-artifacts/artifacts/0/x.txt", body="secret")
    assert response.code == 403
    folder = extension.parts.access.get().settings.artifact_dir
    assert [one for one in folder.rglob("*") if one.is_file()] == []


async def test_what_is_no_route_is_told_in_mlflows_form(protocol) -> None:
    for path in ("api/2.0/mlflow/nothing", "nothing", "", "ajax-api/9.0/x"):
        response = await protocol("GET", path)
        assert response.code == 404
        assert json.loads(response.body)["error_code"] == "ENDPOINT_NOT_FOUND"
    response = await protocol("DELETE", "api/2.0/mlflow/runs/create")
    assert response.code == 404


async def test_both_prefixes_are_the_same(protocol) -> None:
    for prefix in ("api", "ajax-api"):
        response = await protocol(
            "GET", f"{prefix}/2.0/mlflow/experiments/get", params={"experiment_id": "0"}
        )
        assert json.loads(response.body)["experiment"]["name"] == "Default"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "Missing value for required parameter 'run_id'."),
        ({"run_id": ""}, "Missing value for required parameter 'run_id'."),
        (
            {"run_id": 31},
            "Invalid value 31 for parameter 'run_id' supplied:  Hint: Value was of type 'int'.",
        ),
        (
            {"run_id": "a", "key": "m", "value": "x", "timestamp": 1},
            "Invalid value \"x\" for parameter 'value' supplied:  Hint: Value was of type 'str'.",
        ),
        (
            {"run_id": "a", "key": "m", "value": 1, "timestamp": 1.5},
            "Invalid value 1.5 for parameter 'timestamp' supplied",
        ),
        (
            {"run_id": "a", "key": "m", "value": 1, "timestamp": 2**63},
            "for parameter 'timestamp' supplied",
        ),
        (
            {"run_id": "a", "key": "m", "timestamp": 1},
            "Missing value for required parameter 'value'.",
        ),
        (
            {"run_id": "a", "key": "../m", "value": 1, "timestamp": 1},
            "Names may be treated as files in certain cases",
        ),
        (
            {"run_id": "a", "key": "m$", "value": 1, "timestamp": 1},
            "Names may only contain alphanumerics",
        ),
        (
            {"run_id": "a", "key": "m", "value": 1, "timestamp": -1},
            "Timestamp must be a nonnegative",
        ),
    ],
)
async def test_requests_are_checked_in_mlflows_words(protocol, body, told) -> None:
    response = await protocol("POST", "api/2.0/mlflow/runs/log-metric", body=body)
    assert response.code == 400
    answer = json.loads(response.body)
    assert answer["error_code"] == "INVALID_PARAMETER_VALUE"
    assert told in answer["message"]


async def test_json_is_read_as_protobuf_reads_it(protocol) -> None:
    made = await protocol("POST", "api/2.0/mlflow/runs/create", body={"start_time": "17"})
    info = json.loads(made.body)["run"]["info"]
    assert info["start_time"] == 17
    body = {
        "run_uuid": info["run_id"],
        "key": "m",
        "value": "NaN",
        "timestamp": "5",
        "step": 3.0,
        "no such field": 1,
    }
    assert (await protocol("POST", "api/2.0/mlflow/runs/log-metric", body=body)).code == 200
    read = await protocol("GET", "api/2.0/mlflow/runs/get", params={"run_uuid": info["run_id"]})
    (metric,) = json.loads(read.body)["run"]["data"]["metrics"]
    assert metric == {"key": "m", "value": "NaN", "timestamp": 5, "step": 3}


async def test_a_request_without_json_is_refused(protocol, jp_auth_header) -> None:
    headers = jp_auth_header | {"Content-Type": "text/plain"}
    response = await protocol(
        "POST", "api/2.0/mlflow/experiments/create", body={"name": "x"}, headers=headers
    )
    assert response.code == 400
    assert (
        "Content-Type must be one of ['application/json']" in json.loads(response.body)["message"]
    )


async def test_the_environment_of_the_server_says_which_sources_versions_may_have(
    protocol, monkeypatch
) -> None:
    from mlops_lab.server.mlflow.model_versions import SOURCES

    await protocol("POST", "api/2.0/mlflow/registered-models/create", body={"name": "held"})

    async def made(source: str) -> tuple[int, str]:
        body = {"name": "held", "source": source}
        response = await protocol("POST", "api/2.0/mlflow/model-versions/create", body=body)
        return response.code, json.loads(response.body).get("message", "")

    monkeypatch.setenv(SOURCES, "^s3://ours/")
    assert await made("s3://ours/model") == (200, "")
    refused = "Invalid model version source: 's3://theirs/model'."
    assert await made("s3://theirs/model") == (400, refused)
    monkeypatch.setenv(SOURCES, "(")
    assert (await made("s3://ours/model"))[0] == 500
    monkeypatch.delenv(SOURCES)
    assert (await made("s3://theirs/model"))[0] == 200
