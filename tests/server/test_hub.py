"""Proves that a hub user sees what the hub allows: identities and an authorizer as a hub has them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jupyter_server.auth import Authorizer, IdentityProvider, User
from tornado.httpclient import HTTPClientError, HTTPResponse

from mlops_lab.core.ids import new_id
from mlops_lab.server.mlflow.route import MlflowRoute
from mlops_lab.server.mlflow.routes import MLFLOW_ROOT, all_routes
from mlops_lab.server.routes import API_ROOT, ENDPOINTS

from .conftest import json_of

MAY = {
    "ada": {("read", "mlops_lab"), ("write", "mlops_lab")},
    "ben": {("read", "mlops_lab")},
    "cyn": {("read", "contents"), ("write", "contents")},
}
"""The owner, one whom she shares her server with for reading, and one who gets its files only."""


class HubIdentity(IdentityProvider):
    """Knows the users of a hub by their tokens, as the identity of a hub's server does."""

    async def _token_user(self, handler: Any) -> User | None:
        header = handler.request.headers.get("Authorization", "")
        name = header.removeprefix("token ").removeprefix("Bearer ").removesuffix("-token")
        return User(username=name, name=name.title()) if header and name in MAY else None

    async def get_user(self, handler: Any) -> User | None:
        user = await self._token_user(handler)
        if user is not None:
            handler._token_authenticated = True
        return user

    def is_token_authenticated(self, _handler: Any) -> bool:
        return True

    def should_check_origin(self, _handler: Any) -> bool:
        return False


class HubAuthorizer(Authorizer):
    """Lets a user do what the hub's scopes for this server say."""

    async def is_authorized(self, _handler: Any, user: User, action: str, resource: str) -> bool:
        return (action, resource) in MAY[user.username]


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {
        "ServerApp": {
            "jpserver_extensions": {"mlops_lab": True},
            "identity_provider_class": HubIdentity,
            "authorizer_class": HubAuthorizer,
        }
    }


def _as(name: str) -> dict[str, str]:
    return {"Authorization": f"token {name}-token"}


def _path(template: str) -> str:
    path = re.sub(r"{[a-z]+_id}", new_id(), template).replace("{digest}", "0" * 64)
    return re.sub(r"{[a-z_]+}", "1", path)


def _body(method: str) -> bytes | None:
    return None if method in ("GET", "HEAD", "DELETE") else b"{}"


async def _mlflow(client: Any, base_url: str, route: MlflowRoute, headers: Any) -> HTTPResponse:
    path = route.path if route.path.startswith("/") else f"/api/{route.path}"
    try:
        return await client.fetch(
            f"{base_url}{MLFLOW_ROOT}{_path(path)}",
            method=route.method,
            body=_body(route.method),
            headers=headers,
            allow_nonstandard_methods=True,
            follow_redirects=False,
        )
    except HTTPClientError as error:
        if error.response is None:
            raise
        return error.response


@pytest.mark.parametrize("name", ["ada", "ben", "cyn", "nobody"])
async def test_every_route_obeys_the_hub(api, name: str) -> None:
    for declared in ENDPOINTS:
        action = "read" if declared.method in ("GET", "HEAD") else "write"
        response = await api(
            declared.method,
            _path(declared.path),
            body=_body(declared.method),
            headers=_as(name),
        )
        allowed = (action, "mlops_lab") in MAY.get(name, ())
        assert (response.code != 403) == allowed, (name, declared.operation_id, response.code)


@pytest.mark.parametrize("name", ["ada", "ben", "cyn", "nobody"])
async def test_every_route_of_mlflow_obeys_the_hub(
    api, http_server_client, jp_base_url, name: str
) -> None:
    routes = all_routes()
    assert len(routes) > 50
    for route in routes:
        action = "read" if route.method == "GET" or route.reads else "write"
        response = await _mlflow(http_server_client, jp_base_url, route, _as(name))
        allowed = (action, "mlops_lab") in MAY.get(name, ())
        assert (response.code not in (401, 403)) == allowed, (name, route.path, response.code)


async def test_who_shows_nothing_gets_nothing_of_mlflow(
    api, http_server_client, jp_base_url
) -> None:
    for route in all_routes():
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            response = await _mlflow(http_server_client, jp_base_url, route, headers)
            assert response.code in (401, 403), (route.method, route.path, response.code)


async def test_what_a_hub_user_writes_bears_the_name(api) -> None:
    made = await api("POST", "runs", body={"name": "by ada"}, headers=_as("ada"))
    assert json_of(made)["summary"]["user"] == "ada"
    assert made.headers["Location"].startswith(f"/user/ada/{API_ROOT}/runs/")
    seen = await api("GET", "runs", headers=_as("ben"))
    assert [run["name"] for run in json_of(seen)["runs"]] == ["by ada"]
    assert (await api("GET", "status", headers=_as("ben"))).code == 200
    assert json_of(await api("GET", "status", headers=_as("ben")))["user"] == "ben"
