"""Fixtures of the protocol's tests: a live server in a process, and MLflow's own client on it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from mlops_lab.core.kernelenv import MLFLOW_PATH
from tests.server.live_server import TOKEN, LiveServer


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path_factory.mktemp("live"))
    try:
        asyncio.run(server.wait_until_up())
        yield server
    finally:
        server.kill()


@pytest.fixture
def uri(live: LiveServer) -> str:
    return f"http://127.0.0.1:{live.port}/{MLFLOW_PATH}"


@pytest.fixture
def mlflow(uri: str, monkeypatch: pytest.MonkeyPatch):
    """The unmodified client, told of the server by the environment alone."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.delenv("MLFLOW_EXPERIMENT_ID", raising=False)
    import mlflow

    mlflow.set_tracking_uri(uri)
    try:
        yield mlflow
    finally:
        while mlflow.active_run() is not None:
            mlflow.end_run()
        mlflow.set_tracking_uri(None)
        os.environ.pop("MLFLOW_RUN_ID", None)
        os.environ.pop("MLFLOW_EXPERIMENT_ID", None)
