"""A real Jupyter server in a process of its own, for tests that end it or look at what it starts."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from mlops_lab.core.settings import DATA_DIR

TOKEN = "live-test"
DEADLINE_S = 60


class LiveServer:
    """A Jupyter server in a process of its own, on a store that outlives it."""

    def __init__(self, folder: Path, *, port: int = 0) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))
            self.port = free.getsockname()[1]
        options = [f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", "--allow-root"]
        options += [f"--IdentityProvider.token={TOKEN}", "--ServerApp.ip=127.0.0.1"]
        options += [f"--ServerApp.root_dir={folder}", "--no-browser"]
        options += ["--ServerApp.jpserver_extensions={'mlops_lab': True}"]
        environ = os.environ | {
            DATA_DIR: str(folder / "data"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "jupyter"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        self.folder = folder
        with (folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyter_server", *options],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def fetch(self, path: str, *, method: str = "GET", body: Any = None) -> Any:
        request = HTTPRequest(
            f"http://127.0.0.1:{self.port}/{path}",
            method=method,
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"token {TOKEN}"},
        )
        return json.loads((await AsyncHTTPClient().fetch(request)).body)

    async def wait_until_up(self) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                try:
                    await self.fetch("mlops-lab/api/status")
                except OSError:
                    assert self.process.poll() is None, "the server ended"
                    await asyncio.sleep(0.1)
                else:
                    return

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
