"""The worker's fixtures: a lab, a working folder, and real worker processes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jobs.production import wait_until

from mlops_lab.core.settings import Settings
from mlops_lab.jobs.launcher import worker_command
from mlops_lab.lab import Lab

StartWorker = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def lab(settings: Settings) -> Iterator[Lab]:
    with Lab.open(settings) as opened:
        yield opened


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def start_worker(lab: Lab, settings: Settings) -> Iterator[StartWorker]:
    """Start real workers on the store of the test; each is in the store when this returns."""
    started: list[subprocess.Popen[bytes]] = []
    log = (settings.data_dir / "workers.log").open("ab")

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            worker_command(),
            env=dict(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        started.append(process)

        def is_known() -> bool:
            assert process.poll() is None, (settings.data_dir / "workers.log").read_text()
            return any(w.pid == process.pid and w.alive for w in lab.jobs.list_workers())

        wait_until(is_known, why="the worker is in the store")
        return process

    yield start
    for process in started:
        # Its runners end with it: they watch their standard input.
        process.kill()
        process.wait()
    log.close()
