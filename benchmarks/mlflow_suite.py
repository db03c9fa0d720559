"""Runs MLflow's own tests against the server of this extension, each test on a store of its own.

It is at once the command and the plug-in of pytest that it loads into MLflow's environment::

    python benchmarks/mlflow_suite.py --tests CHECKOUT/tests --python MLFLOW_ENV/bin/python

The plug-in replaces what starts MLflow's server in these tests by a Jupyter server with the
extension, and counts what passes. Tests that start no server are left out.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import inspect
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILES = (
    "tracking/test_rest_tracking.py",
    "tracking/test_model_registry.py",
    "tracking/test_mlflow_artifacts.py",
    "tracking/test_client_webhooks.py",
    "store/model_registry/test_rest_store_webhooks.py",
    "tracing/test_otel_loading.py",
    "tracing/test_otel_logging.py",
)
"""The files of MLflow's tests that talk to a tracking server."""

ROOT = "mlops-lab/mlflow"
PYTHON = "MLOPS_LAB_SUITE_PYTHON"
RESULTS = "MLOPS_LAB_SUITE_RESULTS"
_START_SECONDS = 60.0


class Server:
    """A Jupyter server with the extension, on a store of its own."""

    def __init__(self, python: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mlops-lab-suite-")
        self.port = _free_port()
        folder = Path(self._folder.name)
        environ = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
        environ |= {
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "MLOPS_LAB_STORE_URL": "",
            # Other extensions of the environment are not wanted: they take half of the start.
            "JUPYTER_NO_CONFIG": "1",
            # The checkout that this file is in, whatever is installed.
            "PYTHONPATH": str(Path(__file__).parents[1]),
        }
        command = [
            *(python, "-m", "jupyter_server", "--no-browser", "--allow-root"),
            *(f"--port={self.port}", "--ServerApp.port_retries=0"),
            *("--ServerApp.jpserver_extensions=mlops_lab=True",),
            *("--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"),
            f"--ServerApp.root_dir={folder}",
        ]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        self.folder = folder

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{ROOT}"

    def wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"{self.url}/health", timeout=5),
            ):
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text("utf-8", "replace")[-4000:])

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._folder.cleanup()


class Port(int):
    """A port that is written with the path of the protocol behind it."""

    def __format__(self, spec: str) -> str:
        return f"{int(self)}/{ROOT}"


class Servers:
    """Gives servers, and has the next one started while the last one is in use."""

    def __init__(self, python: str) -> None:
        self._python = python
        self._next: Server | None = None

    def take(self) -> Server:
        server = self._next or Server(self._python)
        server.wait()
        self._next = Server(self._python)
        return server

    def close(self) -> None:
        if self._next is not None:
            self._next.stop()


@contextlib.contextmanager
def _served(servers: Servers) -> Iterator[str]:
    server = servers.take()
    try:
        yield server.url
    finally:
        threading.Thread(target=server.stop).start()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Plugin:
    """Has MLflow's tests talk to our server, and notes the outcome of each."""

    def __init__(self, python: str, results: Path) -> None:
        self._servers = Servers(python)
        self._results = results
        self._outcomes: dict[str, str] = {}
        self._taken: dict[int, Server] = {}

    def replace(self) -> None:
        """Put our server in the place of MLflow's."""
        import mlflow

        from tests.tracking import integration_test_utils

        servers = self._servers

        class ServerThread:
            def __init__(self, *_: Any) -> None:
                self._served = _served(servers)

            def __enter__(self) -> str:
                url = self._served.__enter__()
                # MLflow's own server shares the store that the client has without an address.
                mlflow.set_tracking_uri(url)
                return url

            def __exit__(self, *_error: object) -> None:
                mlflow.set_tracking_uri(None)
                self._served.__exit__(None, None, None)

        @contextlib.contextmanager
        def init_server(*_: Any, **__: Any) -> Iterator[str]:
            mlflow.set_tracking_uri(None)
            with _served(servers) as url:
                yield url

        integration_test_utils.ServerThread = ServerThread
        integration_test_utils._init_server = init_server  # noqa: SLF001 - the seam of these tests

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        self._replace_launched(items)

    def _replace_launched(self, items: list[Any]) -> None:
        for module in {item.module for item in items}:
            if not hasattr(module, "_launch_server"):
                continue
            module.get_safe_port = self._take_port
            module._launch_server = self._launch  # noqa: SLF001 - as above

    def _take_port(self) -> Port:
        server = self._servers.take()
        self._taken[server.port] = server
        return Port(server.port)

    @contextlib.contextmanager
    def _launch(self, _host: str, port: int, *_: Any) -> Iterator[Any]:
        server = self._taken.pop(int(port))
        try:
            yield server.process
        finally:
            server.stop()

    def pytest_runtest_logreport(self, report: Any) -> None:
        before = self._outcomes.get(report.nodeid, "passed")
        if report.outcome != "passed" and before == "passed":
            self._outcomes[report.nodeid] = report.outcome
        else:
            self._outcomes.setdefault(report.nodeid, before)

    def pytest_sessionfinish(self) -> None:
        self._servers.close()
        self._results.write_text(json.dumps(self._outcomes, indent=1))


def pytest_load_initial_conftests() -> None:
    """Give MLflow what its tests import, where they are some days younger than the release."""
    from mlflow.tracing import fluent

    if not hasattr(fluent, "_flush_pending_async_trace_writes"):
        fluent._flush_pending_async_trace_writes = _flush  # noqa: SLF001
    for name in ("get_trace", "search_traces"):
        _take_flush(name)


def _flush(**_: Any) -> None:
    import mlflow

    mlflow.flush_trace_async_logging()


def _take_flush(name: str) -> None:
    """Have a method of the client take the argument ``flush`` of the release after it."""
    from mlflow import MlflowClient

    method = getattr(MlflowClient, name)
    if "flush" in inspect.signature(method).parameters:
        return

    @functools.wraps(method)
    def taking(*given: Any, **more: Any) -> Any:
        if more.pop("flush", False):
            _flush()
        return method(*given, **more)

    setattr(MlflowClient, name, taking)


def pytest_configure(config: Any) -> None:
    plugin = Plugin(os.environ[PYTHON], Path(os.environ[RESULTS]))
    plugin.replace()
    config.pluginmanager.register(plugin)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tests", required=True, type=Path)
    parser.add_argument("--python", required=True, help="of an environment with MLflow and pytest")
    parser.add_argument("--results", type=Path, default=Path("mlflow-suite.json"))
    parser.add_argument("more", nargs="*", help="files to run instead, and options of pytest")
    given = parser.parse_args()
    files = given.more or list(FILES)
    environ = os.environ | {
        PYTHON: sys.executable,
        RESULTS: str(given.results.absolute()),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), str(given.tests.parent)]),
    }
    command = [given.python, "-m", "pytest", "-q", "-p", Path(__file__).stem, "-rfE"]
    paths = [str(given.tests / one) if one.endswith(".py") else one for one in files]
    done = subprocess.run([*command, *paths], env=environ, cwd=given.tests.parent, check=False)
    return done.returncode


if __name__ == "__main__":
    raise SystemExit(main())
