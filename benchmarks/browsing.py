"""Owns JupyterLab in a real Chromium for benchmarks, and MLflow's own site on the same store."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from live import TOKEN, LiveLab
from peers.environment import python_of_peers

HERE = Path(__file__).parent
TIMEOUT_S = 1_200.0


class LiveJupyterLab(LiveLab):
    """JupyterLab with the extension, as users start it."""

    module = "jupyterlab"

    @property
    def url(self) -> str:
        """The address of a fresh JupyterLab; the token goes with it."""
        return f"http://127.0.0.1:{self.port}/lab?reset&token={TOKEN}"

    @property
    def more_options(self) -> list[str]:
        return [
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=",
            f"--LabApp.user_settings_dir={self.folder / 'settings'}",
            f"--LabApp.workspaces_dir={self.folder / 'workspaces'}",
        ]


def ask_browser(what: str, **order: Any) -> Any:
    """Return what ``browser.mjs`` measured.

    Raises:
        RuntimeError: it failed, or Node is not there; the message says so.
    """
    with start_browser(what, **order) as child:
        return end_browser(child)


@contextmanager
def start_browser(what: str, **order: Any) -> Iterator[subprocess.Popen[str]]:
    """Start ``browser.mjs``; ``end_browser`` waits for what it measured."""
    node = shutil.which("node")
    if node is None:
        raise RuntimeError("Node is not there: the screen is measured by a browser that it drives")
    child = subprocess.Popen(
        [node, str(HERE / "browser.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=HERE.parent,
    )
    try:
        assert child.stdin is not None
        child.stdin.write(json.dumps({"what": what, **order}))
        child.stdin.close()
        child.stdin = None
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()


def end_browser(child: subprocess.Popen[str]) -> Any:
    """Wait for the browser and return what it measured.

    Raises:
        RuntimeError: it failed; the message holds the end of what it wrote.
    """
    out, problems = child.communicate(timeout=TIMEOUT_S)
    if child.returncode != 0:
        raise RuntimeError(problems[-2000:])
    return json.loads(out)


@contextmanager
def mlflow_site(lab: LiveLab) -> Iterator[str]:
    """Serve MLflow's own site on the store of ``lab``, and give its address.

    Its pages are those of the peers' environment; what they ask goes to the routes of MLflow's
    protocol that the server has.
    """
    query = "import mlflow, pathlib; print(pathlib.Path(mlflow.__file__).parent)"
    folder = subprocess.check_output([python_of_peers(), "-c", query], text=True).strip()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    target = f"http://127.0.0.1:{lab.port}/mlops-lab/mlflow"
    script = HERE / "peers" / "mlflow_site.py"
    pages = Path(folder) / "server" / "js" / "build"
    child = subprocess.Popen([sys.executable, script, str(pages), target, TOKEN, str(port)])
    try:
        address = f"http://127.0.0.1:{port}/"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        child.terminate()
        child.wait(timeout=20)
