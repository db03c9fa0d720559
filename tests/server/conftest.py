"""Fixtures of the server's tests: a started extension, its API by name, and records to deliver."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
import urllib.parse
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from tornado.httpclient import HTTPClientError, HTTPResponse

from mlops_lab.core.errors import LabError
from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import Worker
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.lab import Lab
from mlops_lab.server.app import LabExtensionApp
from mlops_lab.server.routes import API_ROOT

Api = Callable[..., Awaitable[HTTPResponse]]


@pytest.fixture
def jp_base_url() -> str:
    return "/user/ada/"


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"mlops_lab": True}}}


@pytest.fixture
def extension(jp_serverapp: Any, jp_asyncio_loop: Any) -> LabExtensionApp:
    """The extension, started as a server starts it once its port is final."""
    app: LabExtensionApp = jp_serverapp.web_app.settings["mlops_lab"]
    jp_asyncio_loop.run_until_complete(app._start_jupyter_server_extension(jp_serverapp))
    with suppress(LabError):
        # Once the store is open a worker may be started; what a test adds later must not be seen.
        app.parts.access.get()
        assert app._resuming is not None
        app._resuming.result(timeout=60)
    return app


@pytest.fixture
def lab(extension: LabExtensionApp) -> Lab:
    return extension.parts.access.get()


@pytest.fixture
def api(
    extension: LabExtensionApp, jp_base_url: str, jp_auth_header: Any, http_server_client: Any
) -> Api:
    """Calls a route below the API root and returns the response, whatever its status."""

    async def call(
        method: str,
        path: str,
        *,
        params: Any = (),
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> HTTPResponse:
        url = f"{jp_base_url}{API_ROOT}/{urllib.parse.quote(path)}"
        if params:
            url += "?" + urllib.parse.urlencode(params, doseq=True)
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            return await http_server_client.fetch(
                url,
                method=method,
                body=content,
                headers=jp_auth_header if headers is None else headers,
                allow_nonstandard_methods=True,
                follow_redirects=False,
                request_timeout=30,
            )
        except HTTPClientError as error:
            if error.response is None:
                raise
            return error.response

    return call


@pytest.fixture
def live_worker(lab: Lab) -> Worker:
    """This process, known to the store as a worker: routes then start no other one."""
    process = psutil.Process()
    worker = Worker(
        id=new_id(),
        host=socket.gethostname(),
        pid=process.pid,
        process_started_at=process.create_time(),
        started_at=0,
        heartbeat_at=0,
        alive=True,
        version="0",
    )
    Scheduler(lab.store).register(worker)
    return worker


class Delivery:
    """Makes the batches of one spool."""

    def __init__(self) -> None:
        self.spool_id = new_id()
        self.seq = 0
        self.path = f"spools/{self.spool_id}/batches"

    @property
    def header(self) -> dict[str, Any]:
        process = psutil.Process()
        return {
            "spool_id": self.spool_id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "process_started_at": process.create_time(),
        }

    def record(self, tag: str, run_id: str, *fields: Any) -> list[Any]:
        self.seq += 1
        return [tag, self.seq, run_id, *fields]

    def run(self, run_id: str, *, kernel_id: str | None = None, name: str = "train") -> list[Any]:
        now = time.time_ns() // 1_000_000
        place = ["/nowhere/train.ipynb", "cell-1", kernel_id, "python3"]
        about = [name, "Default", "notebook", "ada", now, *place, "loss", None]
        return self.record("run", run_id, *about)

    def metric(self, run_id: str, value: Any, *, step: int = 0, name: str = "loss") -> list[Any]:
        return self.record("metric", run_id, name, value, step, time.time_ns() // 1_000_000)

    def end(self, run_id: str) -> list[Any]:
        now = time.time_ns() // 1_000_000
        return self.record("end", run_id, "finished", now, 5, "loss", None)

    def document(self, run_id: str, content: Any) -> tuple[str, list[Any]]:
        text = json.dumps(content)
        digest = hashlib.sha256(text.encode()).hexdigest()
        return digest, self.record("document", run_id, digest, text)

    def batch(self, *records: list[Any]) -> dict[str, Any]:
        return {"spool": self.header, "records": list(records)}


@pytest.fixture
def delivery() -> Delivery:
    return Delivery()


@pytest.fixture
def notebook(jp_root_dir: Path) -> str:
    """A small notebook below the server's root; its path as the file browser shows it."""
    sources = ["import math", "rate = 0.5\nsteps = 3", "loss = rate * steps"]
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    content = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    folder = jp_root_dir / "models"
    folder.mkdir()
    (folder / "train.ipynb").write_text(json.dumps(content), encoding="utf-8")
    return "models/train.ipynb"


def json_of(response: HTTPResponse) -> Any:
    return json.loads(response.body)
