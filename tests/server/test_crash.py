"""Proves that kill -9 of a server during delivery loses nothing and stores nothing twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import select
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from mlops_lab.core.settings import DATA_DIR, make_settings
from mlops_lab.lab import Lab
from mlops_lab.store import metrics
from mlops_lab.store.tables import run

from .live_server import DEADLINE_S, TOKEN, LiveServer

_CELL = """
import os, time
note = os.open({note!r}, os.O_WRONLY | os.O_CREAT)
os.pwrite(note, b"%012d" % os.getpid(), 16)
for step in range(1_000_000):
    lab.log_metric("loss", step / 7, step=step)
    os.pwrite(note, b"%012d" % (step + 1), 0)
    if step % 100 == 0:
        time.sleep(0.002)
"""


async def _run_cell(server: LiveServer, source: str) -> Any:
    """Start a kernel, send it a tracked cell, and return the open connection."""
    kernel = await server.fetch("api/kernels", method="POST", body={"name": "python3"})
    url = f"ws://127.0.0.1:{server.port}/api/kernels/{kernel['id']}/channels"
    request = HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"})
    connection = await websocket_connect(request)
    order = {
        "header": {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "",
            "session": uuid.uuid4().hex,
            "version": "5.3",
            "date": "2026-01-01T00:00:00Z",
        },
        "parent_header": {},
        "metadata": {},
        "content": {"code": source, "silent": False, "store_history": True},
        "channel": "shell",
    }
    await connection.write_message(json.dumps(order))
    return connection


class _Folder:
    """Where everything of one test lives, and the processes that it started."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.note = path / "note"
        self._servers: list[LiveServer] = []

    def start_server(self) -> LiveServer:
        server = LiveServer(self.path)
        self._servers.append(server)
        return server

    def read_note(self, offset: int) -> int:
        content = self.note.read_bytes() if self.note.exists() else b""
        return int(content[offset : offset + 12] or 0)

    def clean_up(self) -> None:
        for server in self._servers:
            server.kill()
        pid = self.read_note(16)
        if pid and psutil.pid_exists(pid):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[_Folder]:
    used = _Folder(tmp_path)
    yield used
    used.clean_up()


async def _count_stored(server: LiveServer) -> int:
    page = await server.fetch("mlops-lab/api/runs")
    metric = page["runs"][0]["primary_metric"] if page["runs"] else None
    if metric is None and page["runs"]:
        run = await server.fetch(f"mlops-lab/api/runs/{page['runs'][0]['id']}")
        metric = next(iter(run["metrics"]), None)
    return 0 if metric is None else int(metric["count"])


@pytest.mark.parametrize("stored_before", [1, 15_000])
async def test_a_killed_server_loses_nothing_and_stores_nothing_twice(
    folder: _Folder, stored_before: int
) -> None:
    first = folder.start_server()
    await first.wait_until_up()
    cell = _CELL.format(note=str(folder.note))
    connection = await _run_cell(
        first, f"%load_ext mlops_lab\nget_ipython().run_cell_magic('track', '', {cell!r})"
    )
    async with asyncio.timeout(DEADLINE_S):
        while await _count_stored(first) < stored_before:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.02)
    first.kill()
    connection.close()
    kernel = folder.read_note(16)
    async with asyncio.timeout(DEADLINE_S):
        while psutil.pid_exists(kernel):  # noqa: ASYNC110 - it ends itself without its server
            await asyncio.sleep(0.05)
    logged = folder.read_note(0)
    assert logged > stored_before

    second = folder.start_server()
    await second.wait_until_up()
    async with asyncio.timeout(DEADLINE_S):
        while True:
            page = await second.fetch("mlops-lab/api/runs")
            if page["runs"][0]["status"] == "killed":
                break
            await asyncio.sleep(0.1)
    second.kill()
    assert page["total"] == 1
    _check_points(folder, logged)


def _check_points(folder: _Folder, logged: int) -> None:
    settings = make_settings(
        jupyter_data_dir=folder.path, environ={DATA_DIR: str(folder.path / "data")}
    )
    with Lab.open(settings) as lab, lab.store.read() as cx:
        (stored,) = (
            one
            for every in metrics.read_series(cx, cx.execute(select(run.c.id)).scalars()).values()
            for one in every
            if one.name == "loss"
        )
        steps = [step for part in metrics.stream_points(cx, stored) for step, _, _ in part]
    count, distinct, lowest, highest = len(steps), len(set(steps)), min(steps), max(steps)
    # The process may have ended between the call and the note of it.
    assert count in (logged, logged + 1)
    assert (distinct, lowest, highest) == (count, 0, count - 1)
    assert not list((folder.path / "data" / "spool").glob("*"))
