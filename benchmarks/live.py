"""Owns a real Jupyter server with real kernels for benchmarks: what is measured is what users run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jupyter_client.blocking import BlockingKernelClient

DEADLINE_S = 120.0
TOKEN = "benchmark"  # noqa: S105 - of a server that lives for the measurement


class Kernel:
    """A kernel of the server, asked cell by cell."""

    def __init__(self, connection_file: Path, pid: int | None = None) -> None:
        self.client = BlockingKernelClient(connection_file=str(connection_file))
        self.client.load_connection_file()
        # As JupyterLab asks: there the chip is drawn by the front end and not printed by the kernel.
        self.client.session.metadata = {"deletedCells": [], "recordTiming": False}
        # A busy machine is no dead kernel.
        self.client.hb_channel.time_to_dead = DEADLINE_S
        self.client.start_channels()
        self.client.wait_for_ready(timeout=DEADLINE_S)
        self.pid = pid or int(self.run("import os; print(os.getpid())"))

    def run(self, code: str, *, timeout: float = DEADLINE_S) -> str:
        """Run a cell; return what it printed.

        Raises:
            RuntimeError: the cell failed.
        """
        printed: list[str] = []

        def keep(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, output_hook=keep, timeout=timeout)
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"].get("traceback", [str(reply)])))
        return "".join(printed)

    def start(self, code: str) -> None:
        """Run a cell without waiting for it."""
        self.client.execute(code)

    def close(self) -> None:
        self.client.stop_channels()


class LiveLab:
    """A Jupyter server with the extension, on a store in a folder that is removed at the end.

    ``data_dir`` and ``store_url`` name a store that is there already, and stays.
    """

    module = "jupyter_server"

    def __init__(self, *, data_dir: Path | None = None, store_url: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mlops-lab-live-"))
        self._data_dir = data_dir
        self._store_url = store_url
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.kernels: list[Kernel] = []
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start_server()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for kernel in self.kernels:
            kernel.close()
        self.stop_server()
        for kernel in self.kernels:
            _end(kernel.pid)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def data_dir(self) -> Path:
        """The data folder of the store."""
        return self._data_dir or self.folder / "data"

    @property
    def more_options(self) -> list[str]:
        """What the server is started with besides."""
        return []

    def start_server(self) -> None:
        """Start the server on its port, and return when it answers."""
        options = [f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", "--allow-root"]
        options += [f"--IdentityProvider.token={TOKEN}", "--ServerApp.ip=127.0.0.1"]
        options += [f"--ServerApp.root_dir={self.folder}", "--no-browser"]
        options += ["--ServerApp.jpserver_extensions={'mlops_lab': True}", *self.more_options]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *options],
                env=os.environ | self.environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_until_up()

    def environment(self) -> dict[str, str]:
        """Return the variables that keep everything in the folder."""
        store = {"MLOPS_LAB_STORE_URL": self._store_url} if self._store_url else {}
        return store | {
            "MLOPS_LAB_DATA_DIR": str(self.data_dir),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "jupyter"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "IPYTHONDIR": str(self.folder / "ipython"),
            "OMP_NUM_THREADS": "1",
        }

    def wait_until_up(self) -> None:
        """Return when the server answers.

        Raises:
            RuntimeError: it ended, or does not answer in time.
        """
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                self.get("mlops-lab/api/status")
            except OSError:
                if self.process is not None and self.process.poll() is not None:
                    raise RuntimeError((self.folder / "server.log").read_text()[-2000:]) from None
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("the server does not answer")

    def get(self, path: str) -> Any:
        """Return the JSON of a route."""
        return self._ask("GET", path)

    def start_kernel(self, *, name: str = "python3") -> Kernel:
        """Start a kernel through the server, as JupyterLab does."""
        answer = self._ask("POST", "api/kernels", {"name": name})
        kernel = Kernel(self.folder / "runtime" / f"kernel-{answer['id']}.json")
        self.kernels.append(kernel)
        return kernel

    def kill_server(self) -> None:
        """End the server with kill -9; kernels go on."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop_server(self) -> None:
        """End the server in good order."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill_server()

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
