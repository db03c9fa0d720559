"""Proves that kernels can deliver to every kind of server: password, no authentication, closed."""

from __future__ import annotations

from typing import Any

import pytest
from jupyter_server.auth.security import passwd

from mlops_lab.core.ids import new_id
from mlops_lab.core.limits import MAX_BATCH_BYTES

from .conftest import json_of

_OPEN = ["--IdentityProvider.token="]
_PASSWORD = [*_OPEN, f"--PasswordIdentityProvider.hashed_password={passwd('secret', 'sha1')}"]
_CLOSED = ["--ServerApp.allow_unauthenticated_access=False"]

SERVERS = {"open": _OPEN, "password": _PASSWORD, "closed": _CLOSED}


@pytest.fixture(params=SERVERS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def jp_argv(kind: str) -> list[str]:
    return SERVERS[kind]


async def test_a_kernel_delivers_with_its_token_alone(kind, api, extension, delivery) -> None:
    token = {"Authorization": f"Bearer {extension.parts.kernel_token.value}"}
    run_id = new_id()
    batch = delivery.batch(delivery.run(run_id))
    stored = await api("POST", delivery.path, body=batch, headers=token)
    assert (stored.code, json_of(stored)) == (200, {"seq": 1})
    read = await api("GET", f"runs/{run_id}", headers=token)
    assert (read.code, json_of(read)["summary"]["id"]) == (200, run_id)
    refused = await api("GET", "jobs", headers=token)
    assert refused.code == 403
    anonymous = await api("GET", f"runs/{run_id}", headers={})
    assert anonymous.code == (200 if kind == "open" else 403)
    without_xsrf = await api("POST", delivery.path, body=batch, headers={})
    assert without_xsrf.code == 403


async def test_a_batch_beyond_the_limit_is_refused_with_the_limit(api, extension, delivery) -> None:
    token = {"Authorization": f"Bearer {extension.parts.kernel_token.value}"}
    response = await api("POST", delivery.path, body=b" " * (MAX_BATCH_BYTES + 1), headers=token)
    assert response.code == 413
    problem: dict[str, Any] = json_of(response)
    assert problem["code"] == "limit_exceeded"
    assert f"{MAX_BATCH_BYTES:,}" in problem["hint"]
