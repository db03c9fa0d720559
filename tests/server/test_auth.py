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
from mlops_lab.server.auth import KernelToken, name_of_user
from mlops_lab.server.endpoint import Endpoint
from mlops_lab.server.routes import API_ROOT, ENDPOINTS

from .conftest import json_of


def _path(declared: Endpoint) -> str:
    path = re.sub(r"{[a-z]+_id}", new_id(), declared.path).replace("{digest}", "0" * 64)
    return re.sub(r"{[a-z]+}", "1", path)


def _body(declared: Endpoint) -> bytes | None:
    return None if declared.method in ("GET", "HEAD", "DELETE") else b"{}"


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
    assert opened == {one.operation_id for one in ENDPOINTS if one.scope == "kernel"}
    assert {"deliver_batch", "get_run", "create_run", "put_artifact"} <= opened
    assert opened.isdisjoint(
        {
            "get_status",
            "update_experiment",
            "trash_run",
            "trash_records",
            "purge_trash",
            "list_audit",
            "create_definition",
            "update_schedule",
            "submit_job",
            "cancel_job",
        }
    )


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
