"""Proves that a kernel is told over HTTP of a run like its own, before its cell starts."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from .live_server import DEADLINE_S, TOKEN, LiveServer

_KNOWS = """
import time
from mlops_lab.kernel.session import process_session
session = process_session()
end = time.monotonic() + 60
while session.standing.best_of(session.opener.experiment_for(None), "auc") is None:
    assert time.monotonic() < end
    time.sleep(0.02)
"""


class _Kernel:
    """A kernel of the server, asked as a front end asks it that draws no chips."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self._connection = connection

    @classmethod
    async def start(cls, server: LiveServer) -> _Kernel:
        kernel = await server.fetch("api/kernels", method="POST", body={"name": "python3"})
        url = f"ws://127.0.0.1:{server.port}/api/kernels/{kernel['id']}/channels"
        request = HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"})
        return cls(await websocket_connect(request))

    async def run(self, code: str) -> list[str]:
        """Return what the cell showed, in order."""
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": "execute_request",
            "username": "",
            "session": uuid.uuid4().hex,
            "version": "5.3",
            "date": "2026-01-01T00:00:00Z",
        }
        content = {"code": code, "silent": False, "store_history": True}
        order = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await self._connection.write_message(json.dumps(order | {"channel": "shell"}))
        shown = []
        async with asyncio.timeout(DEADLINE_S):
            while True:
                message: dict[str, Any] = json.loads(str(await self._connection.read_message()))
                if message["parent_header"].get("msg_id") != header["msg_id"]:
                    continue
                kind, told = message["msg_type"], message["content"]
                if kind == "stream":
                    shown.append(told["text"].strip())
                elif kind == "display_data":
                    shown.append(told["data"]["text/plain"])
                elif kind == "error":
                    shown.append(told["evalue"])
                elif kind == "status" and told["execution_state"] == "idle":
                    return shown

    async def close(self) -> None:
        """Let go of the connection; the kernel goes on."""
        self._connection.close()
        async with asyncio.timeout(DEADLINE_S):
            while await self._connection.read_message() is not None:
                pass


async def test_the_same_run_in_another_kernel_is_named_before_the_cell_starts(
    tmp_path: Path,
) -> None:
    server = LiveServer(tmp_path)
    try:
        await server.wait_until_up()
        first, second = await _Kernel.start(server), await _Kernel.start(server)
        assert await first.run("%load_ext mlops_lab") == []
        printed, chip = await first.run("%%track one\nprint('runs')\nauc = 0.5 * 3")
        assert printed == "runs"
        assert chip.startswith("Run one (")
        async with asyncio.timeout(DEADLINE_S):
            while True:
                found = await server.fetch("mlops-lab/api/runs?filter=status:finished")
                if found["runs"]:
                    break
                await asyncio.sleep(0.1)
        (run,) = found["runs"]
        assert await second.run("%load_ext mlops_lab") == []
        assert await second.run(_KNOWS) == []
        told, printed, chip = await second.run("%%track two\nprint('runs')\nauc = 0.5 * 3")
        assert printed == "runs"
        known = f"the run one ({run['id'][-8:]})"
        assert told.startswith(f"Code, data and params are those of {known}")
        assert "auc 1.5 (as the best)" in chip
        await first.close()
        await second.close()
    finally:
        server.kill()
