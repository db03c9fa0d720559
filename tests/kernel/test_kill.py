"""Proves that kill -9 of a kernel loses no point that a call returned from."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from mlops_lab.core.settings import DATA_DIR, make_settings
from mlops_lab.lab import Lab
from mlops_lab.tracking.service import TrackingService

from .spool_reader import wait_until

POINTS = 1000
CELL = f"""%%track killed
import os, signal
for i in range({POINTS}):
    lab.log_metric("loss", 1 / (i + 1))
os.kill(os.getpid(), signal.SIGKILL)
"""
TOKEN = "kill-test"


def run_and_die(start_kernel, **environ):
    kernel = start_kernel(**environ)
    kernel.run("%load_ext mlops_lab\nlr = 0.5")
    kernel.send(CELL.replace("import os", "print(lr)\nimport os"))
    wait_until(lambda: not kernel.manager.is_alive(), what="the kernel is dead")


def check(tracking: TrackingService):
    (summary,) = tracking.list_runs().runs
    assert (summary.name, summary.status) == ("killed", "killed")
    series = tracking.get_series(summary.id, "loss", max_points=10_000)
    assert [p.value for p in series.points] == [1 / (i + 1) for i in range(POINTS)]
    assert [p.step for p in series.points] == list(range(POINTS))
    assert [(p.name, p.value) for p in tracking.get_run(summary.id).params] == [("lr", "0.5")]


def test_all_points_are_stored_when_the_spool_is_taken_in(start_kernel, store, spool_dir):
    run_and_die(start_kernel)
    tracking = TrackingService(store)
    report = tracking.take_in_spools(spool_dir)
    assert (report.files, report.runs_killed, report.unreadable) == (1, 1, [])
    check(tracking)
    assert list(spool_dir.iterdir()) == []
    assert tracking.take_in_spools(spool_dir).files == 0


@pytest.fixture
def server(tmp_path):
    """A Jupyter server with the extension, in a process of its own; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = os.environ | {
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "IPYTHONDIR": str(tmp_path / "ipython"),
    }
    options = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--allow-root"]
    options += [f"--IdentityProvider.token={TOKEN}", "--ServerApp.ip=127.0.0.1", "--no-browser"]
    options += [f"--ServerApp.root_dir={tmp_path}"]
    options += ["--ServerApp.jpserver_extensions={'mlops_lab': True}"]
    command = [sys.executable, "-m", "jupyter_server", *options]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    yield f"http://127.0.0.1:{port}/mlops-lab/api"
    process.send_signal(signal.SIGTERM)
    process.wait(30)


def test_a_running_server_takes_all_points_in_by_itself(start_kernel, server, tmp_path, spool_dir):
    opener = build_opener(ProxyHandler({}))

    def runs():
        headers = {"Authorization": f"token {TOKEN}"}
        request = Request(f"{server}/runs", headers=headers)  # noqa: S310 - the address is ours
        try:
            with opener.open(request, timeout=10) as answer:
                return json.load(answer)["runs"]
        except URLError:
            return None

    wait_until(lambda: runs() is not None, what="the server answers")
    run_and_die(start_kernel)
    wait_until(
        lambda: [run["status"] for run in runs() or []] == ["killed"], what="the run is killed"
    )
    wait_until(lambda: not list(spool_dir.iterdir()), what="the spool is removed")
    settings = make_settings(jupyter_data_dir=Path(os.environ[DATA_DIR]))
    with Lab.open(settings) as lab:
        check(lab.tracking)
