"""Proves what kernels are told of the server, whatever address it listens on."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest

from mlops_lab.core import kernelenv
from mlops_lab.server.auth import KernelToken
from mlops_lab.server.connection import (
    KernelEnvironment,
    is_surely_reachable,
    url_for_kernels,
)


def _server(**changes: Any) -> SimpleNamespace:
    known = {"ip": "localhost", "port": 8888, "sock": "", "certfile": "", "base_url": "/"}
    known["connection_url"] = "https://lab.example:8888/user/ada/"
    return SimpleNamespace(**known | changes)


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "http://localhost:8888/mlops-lab/api"),
        ({"base_url": "/user/ada/"}, "http://localhost:8888/user/ada/mlops-lab/api"),
        ({"ip": "0.0.0.0"}, "http://127.0.0.1:8888/mlops-lab/api"),  # noqa: S104 - compared with
        ({"ip": ""}, "http://127.0.0.1:8888/mlops-lab/api"),
        ({"ip": "::"}, "http://[::1]:8888/mlops-lab/api"),
        ({"ip": "::1"}, "http://[::1]:8888/mlops-lab/api"),
        ({"ip": "192.0.2.7"}, "http://192.0.2.7:8888/mlops-lab/api"),
        ({"certfile": "x.pem"}, "https://lab.example:8888/user/ada/mlops-lab/api"),
        ({"sock": "/run/lab.sock"}, None),
    ],
)
def test_the_address_is_one_that_a_kernel_reaches(changes: dict[str, Any], url: str | None) -> None:
    assert url_for_kernels(_server(**changes)) == url


def test_a_socket_and_a_certificate_may_keep_kernels_out() -> None:
    assert is_surely_reachable(_server())
    assert not is_surely_reachable(_server(sock="/run/lab.sock"))
    assert not is_surely_reachable(_server(certfile="x.pem"))


def test_the_environment_is_set_and_taken_back(tmp_path) -> None:
    environ = {kernelenv.SERVER_URL: "http://outer", kernelenv.KERNEL_TOKEN: "outer", "HOME": "/"}
    environment = KernelEnvironment(environ)
    token = KernelToken()
    environment.export(_server(), token=token, spool_dir=tmp_path)
    assert environ[kernelenv.SERVER_URL] == "http://localhost:8888/mlops-lab/api"
    assert environ[kernelenv.KERNEL_TOKEN] == token.value
    assert environ[kernelenv.SPOOL_DIR] == str(tmp_path)
    environment.withdraw()
    assert environ == {"HOME": "/"}


def test_on_a_unix_socket_an_outer_servers_address_is_not_passed_on(tmp_path) -> None:
    environ = {kernelenv.SERVER_URL: "http://outer", kernelenv.KERNEL_TOKEN: "outer"}
    KernelEnvironment(environ).export(_server(sock="/x"), token=KernelToken(), spool_dir=tmp_path)
    assert environ == {kernelenv.SPOOL_DIR: str(tmp_path)}


async def test_a_started_server_exports_a_reachable_address(extension, jp_serverapp) -> None:
    url = os.environ[kernelenv.SERVER_URL]
    assert url.endswith("/user/ada/mlops-lab/api")
    assert os.environ[kernelenv.KERNEL_TOKEN] == extension.parts.kernel_token.value
    assert os.environ[kernelenv.SPOOL_DIR] == str(extension.lab_settings.spool_dir)
    await extension.stop_extension()
    assert kernelenv.KERNEL_TOKEN not in os.environ


async def test_the_token_is_never_logged(extension, api, caplog) -> None:
    headers = {"Authorization": f"Bearer {extension.parts.kernel_token.value}"}
    await api("GET", "status", headers=headers)
    await api("POST", "spools/x/batches", body=b"{", headers=headers)
    assert extension.parts.kernel_token.value not in caplog.text


def test_mlflow_in_kernels_is_told_of_this_server(tmp_path) -> None:
    environ = {kernelenv.MLFLOW_URI: "http://outer/mlops-lab/mlflow", kernelenv.MLFLOW_TOKEN: "o"}
    environment = KernelEnvironment(environ)
    token = KernelToken()
    environment.export(_server(), token=token, spool_dir=tmp_path)
    assert environ[kernelenv.MLFLOW_URI] == "http://localhost:8888/mlops-lab/mlflow"
    assert environ[kernelenv.MLFLOW_TOKEN] == token.value
    assert environ[kernelenv.MLFLOW_NO_TELEMETRY] == "true"
    assert {kernelenv.MLFLOW_URI, kernelenv.MLFLOW_TOKEN} <= kernelenv.inherited(environ)
    environment.withdraw()
    assert environ == {}


def test_a_server_that_the_user_chose_for_mlflow_stays(tmp_path) -> None:
    chosen = {kernelenv.MLFLOW_URI: "https://mlflow.example.org", kernelenv.MLFLOW_TOKEN: "mine"}
    environ = dict(chosen)
    environment = KernelEnvironment(environ)
    environment.export(_server(), token=KernelToken(), spool_dir=tmp_path)
    assert {name: environ.get(name) for name in chosen} == chosen
    assert kernelenv.MLFLOW_URI not in kernelenv.inherited(environ)
    environment.withdraw()
    assert environ == chosen
