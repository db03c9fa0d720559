"""Proves that no route answers somebody who may not ask: a walk over all routes."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server.auth import Authorizer
from tornado.httpclient import HTTPClientError

from mlops_lab.core.ids import new_id
from mlops_lab.core.kernelenv import MLFLOW_PATH
from mlops_lab.core.limits import MAX_UPLOADS
from mlops_lab.server.auth import KernelToken, name_of_user
from mlops_lab.server.endpoint import Endpoint
from mlops_lab.server.routes import API_ROOT, ENDPOINTS

from .conftest import json_of


def _path(declared: Endpoint) -> str:
    path = re.sub(r"{[a-z]+_id}", new_id(), declared.path).replace("{digest}", "0" * 64)
    return re.sub(r"{[a-z]+}", "1", path)


def _body(declared: Endpoint) -> bytes | None:
    return None if declared.method in ("GET", "HEAD", "DELETE") else b"{}"


OPEN_TO_KERNELS = frozenset(
    {
        "add_to_upload",
        "begin_upload",
        "brief_experiment",
        "compare_runs",
        "count_facets",
        "create_experiment",
        "create_reproduction",
        "create_run",
        "delete_tag",
        "deliver_batch",
        "find_artifact",
        "get_artifact",
        "get_capture",
        "get_events",
        "get_experiment",
        "get_lineage",
        "get_limits",
        "get_model",
        "get_openapi",
        "get_requirements",
        "get_run",
        "get_run_artifact",
        "get_runs",
        "get_series",
        "get_tag_history",
        "get_upload",
        "get_version",
        "list_alias_moves",
        "list_changes",
        "list_details",
        "list_experiments",
        "list_models",
        "list_names",
        "list_run_artifacts",
        "list_runs",
        "list_versions",
        "log_batch",
        "log_batches",
        "make_report",
        "put_artifact",
        "put_run_artifact",
        "remove_upload",
        "set_note",
        "set_tag",
        "update_run",
    }
)
"""What the token of a kernel is good for; each new one is a decision of its own."""


class _ReadOnly(Authorizer):
    def is_authorized(self, *args: Any) -> bool:
        _, _, action, resource = args
        assert resource == "mlops_lab"
        return action == "read"


async def test_anonymous_callers_get_403_on_every_route(api) -> None:
    for declared in ENDPOINTS:
        response = await api(declared.method, _path(declared), body=_body(declared), headers={})
        assert response.code == 403, declared.operation_id
        assert declared.method == "HEAD" or json_of(response)["code"] == "forbidden"


async def test_a_wrong_token_gets_403_on_every_route(api) -> None:
    for declared in ENDPOINTS:
        for header in ("Bearer wrong", "token wrong", "Bearer ", "bearer \u00fc"):
            response = await api(
                declared.method,
                _path(declared),
                body=_body(declared),
                headers={"Authorization": header},
            )
            assert response.code == 403, declared.operation_id


async def test_the_kernel_token_opens_what_kernels_need_only(api, extension) -> None:
    headers = {"Authorization": f"Bearer {extension.parts.kernel_token.value}"}
    opened = set()
    for declared in ENDPOINTS:
        response = await api(
            declared.method, _path(declared), body=_body(declared), headers=headers
        )
        if response.code != 403:
            opened.add(declared.operation_id)
            assert response.code < 500
    assert opened == OPEN_TO_KERNELS


async def test_an_authorizer_that_denies_write_is_obeyed(api, jp_serverapp) -> None:
    jp_serverapp.web_app.settings["authorizer"] = _ReadOnly(parent=jp_serverapp)
    for declared in ENDPOINTS:
        response = await api(declared.method, _path(declared), body=_body(declared))
        denied = response.code == 403
        assert denied == (declared.method not in ("GET", "HEAD")), declared.operation_id


class _DenyAll(Authorizer):
    def is_authorized(self, *_: Any) -> bool:
        return False


async def test_an_authorizer_that_denies_reading_is_obeyed(api, jp_serverapp) -> None:
    jp_serverapp.web_app.settings["authorizer"] = _DenyAll(parent=jp_serverapp)
    for declared in ENDPOINTS:
        response = await api(declared.method, _path(declared), body=_body(declared))
        assert response.code == 403, declared.operation_id


def _ways_in() -> list[tuple[str, str]]:
    run, digest = new_id(), "0" * 64
    return [
        ("PUT", f"{API_ROOT}/artifacts/{digest}"),
        ("PUT", f"{API_ROOT}/runs/{run}/artifacts/model/weights.bin"),
        ("PATCH", f"{API_ROOT}/uploads/{run}?offset=0"),
        ("POST", f"{API_ROOT}/import"),
        ("PUT", f"{MLFLOW_PATH}/api/2.0/mlflow-artifacts/artifacts/1/{run}/artifacts/w.bin"),
    ]


@pytest.fixture
def send(extension, http_server_client, jp_base_url, jp_auth_header) -> Any:
    """Sends three megabytes to a path of the server; headers of None are those of a user."""

    async def call(method: str, path: str, headers: Any = None) -> Any:
        return await http_server_client.fetch(
            f"{jp_base_url}{path}",
            method=method,
            body=b"x" * 3_000_000,
            headers=jp_auth_header if headers is None else headers,
            raise_error=False,
        )

    return call


async def test_an_upload_that_is_denied_stores_no_byte_at_either_door(
    extension, send, jp_serverapp, monkeypatch
) -> None:
    begun: list[str] = []
    artifacts = extension.parts.access.get().store.artifacts
    monkeypatch.setattr(type(artifacts), "receive", lambda *_: begun.append("receive"))
    jp_serverapp.web_app.settings["authorizer"] = _ReadOnly(parent=jp_serverapp)
    for headers in ({}, {"Authorization": "Bearer wrong"}, None):
        for method, path in _ways_in():
            assert (await send(method, path, headers)).code == 403, (method, path)
    assert begun == []
    assert (extension.parts.uploads.bodies, extension.parts.gate.bodies) == (0, 0)


async def test_files_by_either_door_pass_the_gate_of_uploads(extension, send) -> None:
    gate = extension.parts.uploads
    for _ in range(MAX_UPLOADS):
        gate.enter(0)
    files = [(method, path) for method, path in _ways_in() if method == "PUT"]
    for method, path in files:
        answer = await send(method, path)
        assert answer.code == 429, path
        assert int(answer.headers["Retry-After"]) >= 1
    assert gate.bodies == MAX_UPLOADS


async def test_the_stream_of_events_is_closed_to_who_may_not_ask(
    extension, jp_serverapp, jp_ws_fetch
) -> None:
    for header in ("token wrong", "Bearer wrong"):
        with pytest.raises(HTTPClientError) as refused:
            await jp_ws_fetch("api", "events", "subscribe", headers={"Authorization": header})
        assert refused.value.code == 403
    jp_serverapp.web_app.settings["authorizer"] = _DenyAll(parent=jp_serverapp)
    with pytest.raises(HTTPClientError) as refused:
        await jp_ws_fetch("api", "events", "subscribe")
    assert refused.value.code == 403


async def test_a_login_cookie_without_xsrf_cannot_write(api, jp_serverapp) -> None:
    from tornado.web import create_signed_value

    user = {"username": "ada", "name": "Ada", "display_name": "Ada", "initials": "A"}
    user |= {"avatar_url": None, "color": None}
    name = f"username-127-0-0-1-{jp_serverapp.port}"
    provider = jp_serverapp.identity_provider
    provider.cookie_name = name
    secret = jp_serverapp.web_app.settings["cookie_secret"]
    cookie = create_signed_value(secret, name, json.dumps(user)).decode()
    headers = {"Cookie": f"{name}={cookie}"}
    assert (await api("GET", "jobs", headers=headers)).code == 200
    for declared in ENDPOINTS:
        if declared.method not in ("GET", "HEAD"):
            response = await api(
                declared.method, _path(declared), body=_body(declared), headers=headers
            )
            assert response.code == 403, declared.operation_id


async def test_below_the_api_root_nothing_else_answers(
    api, http_server_client, jp_base_url
) -> None:
    response = await api("GET", "no/such/route")
    assert response.code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (await api("GET", "no/such/route", headers={})).code == 403
    assert (await api("DELETE", "runs")).code == 405
    with pytest.raises(HTTPClientError) as refused:
        await http_server_client.fetch(f"/{API_ROOT}/status")
    assert refused.value.code == 404  # only below the base URL


def test_the_token_is_random_and_does_not_print() -> None:
    one, other = KernelToken(), KernelToken()
    assert one.value != other.value
    assert len(one.value) >= 40
    assert one.value not in f"{one!r} {one}"
    assert one.is_in(f"Bearer {one.value}")
    assert one.is_in(f"bearer {one.value}")
    assert not one.is_in(f"token {one.value}")
    assert not one.is_in(f"Bearer {one.value}x")
    assert not one.is_in("")


def test_a_made_up_user_is_named_after_the_hub_or_the_process() -> None:
    made_up = SimpleNamespace(username=new_id(), name="Anonymous Io")
    assert name_of_user(made_up, environ={"JUPYTERHUB_USER": "ada"}) == "ada"
    assert name_of_user(made_up, environ={}) not in ("", made_up.username)
    assert name_of_user(SimpleNamespace(username="grace", name="Grace"), environ={}) == "grace"
