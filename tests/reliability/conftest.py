"""Fixtures of the reliability tests: servers and writers as processes, and what must hold at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from mlops_lab.core.settings import DATA_DIR, make_settings
from mlops_lab.store import metrics
from mlops_lab.store.checks import examine
from mlops_lab.store.store import Store
from mlops_lab.store.tables import run
from tests.server.live_server import TOKEN, LiveServer

WRITERS = 8
DEADLINE_S = 90


class World:
    """Servers on one store, and writers that deliver to them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: list[LiveServer] = []
        self.writers: list[subprocess.Popen[bytes]] = []
        self.keepers: list[subprocess.Popen[bytes]] = []

    def start_server(self, *, port: int = 0) -> LiveServer:
        server = LiveServer(self.folder, port=port)
        self.servers.append(server)
        deadline = time.monotonic() + DEADLINE_S
        address = f"http://127.0.0.1:{server.port}/mlops-lab/api/limits"
        request = urllib.request.Request(address, headers={"Authorization": f"token {TOKEN}"})
        while True:
            try:
                urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
            except (urllib.error.HTTPError, OSError):
                assert server.process.poll() is None, self._log()
                assert time.monotonic() < deadline, self._log()
                time.sleep(0.05)
            else:
                return server

    def _log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")[-4_000:]

    def start_writers(self, *servers: LiveServer) -> None:
        addresses = [f"http://127.0.0.1:{server.port}" for server in servers]
        for number in range(WRITERS):
            command = [sys.executable, str(Path(__file__).with_name("writer.py"))]
            command += [str(self._journal(number)), str(number), *addresses]
            self.writers.append(
                subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
            )

    def start_keepers(self, count: int) -> None:
        """Have processes keep the store in order while the writers go on."""
        journals = [str(self._journal(number)) for number in range(WRITERS)]
        for number in range(count):
            command = [sys.executable, str(Path(__file__).with_name("keeper.py"))]
            command += [str(self._rounds(number)), *journals]
            self.keepers.append(
                subprocess.Popen(
                    command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environ()
                )
            )

    def wait_for_rounds(self, rounds: int) -> None:
        """Wait until each keeper has done everything so often."""
        deadline = time.monotonic() + DEADLINE_S * rounds
        while min(self._rounds_of(number) for number in range(len(self.keepers))) < rounds:
            self.wait_for_progress(1)
            assert time.monotonic() < deadline, "the keepers do not go on"
            for keeper in self.keepers:
                assert keeper.poll() is None, keeper.communicate()[1].decode()

    def _rounds_of(self, number: int) -> int:
        path = self._rounds(number)
        return len(path.read_text().splitlines()) if path.exists() else 0

    def _rounds(self, number: int) -> Path:
        return self.folder / f"rounds-{number}"

    def acknowledged(self) -> dict[str, int]:
        """How many points of each run a server has acknowledged."""
        found = {}
        for number in range(WRITERS):
            with suppress(FileNotFoundError):
                for line in self._journal(number).read_text().splitlines():
                    run_id, count = line.split()
                    found[run_id] = int(count)
        return found

    def wait_for_progress(self, batches: int = 2) -> None:
        """Wait until this many more batches of the writers together were taken."""
        goal = sum(self.acknowledged().values()) + batches * 20
        deadline = time.monotonic() + DEADLINE_S
        while sum(self.acknowledged().values()) < goal:
            assert time.monotonic() < deadline, f"nothing goes on any more: {self._log()}"
            for writer in self.writers:
                assert writer.poll() is None, writer.communicate()[1]
            time.sleep(0.02)

    def finish(self) -> None:
        """Let the writers end, then the servers, and hold the store to what it acknowledged."""
        _end(self.keepers)
        _end(self.writers)
        for server in self.servers:
            server.kill()
        self.check()

    def check(self) -> None:
        settings = make_settings(jupyter_data_dir=self.folder, environ=self._environ())
        wanted = self.acknowledged()
        assert len(wanted) == WRITERS
        with closing(Store.open(settings)) as store:
            found = examine(store)
            assert found.ok, found
            with store.read() as cx:
                runs = dict(tuple(row) for row in cx.execute(select(run.c.id, run.c.status)))
                assert runs == dict.fromkeys(wanted, "finished")
                for run_id, [series] in metrics.read_series(cx, list(wanted)).items():
                    points = [p for part in metrics.stream_points(cx, series) for p in part]
                    steps = Counter(step for step, _, _ in points)
                    assert steps == Counter(range(wanted[run_id])), run_id
                    assert series.count == wanted[run_id]

    def _environ(self) -> dict[str, str]:
        return dict(os.environ) | {DATA_DIR: str(self.folder / "data")}

    def _journal(self, number: int) -> Path:
        return self.folder / f"journal-{number}"

    def clean_up(self) -> None:
        for writer in (*self.writers, *self.keepers):
            if writer.poll() is None:
                writer.kill()
            writer.communicate()
        for server in self.servers:
            server.kill()


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for one in processes:
        assert one.stdin is not None
        one.stdin.write(b"\n")
        one.stdin.close()
        one.stdin = None
    for one in processes:
        _, errors = one.communicate(timeout=DEADLINE_S)
        assert one.returncode == 0, errors.decode()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.clean_up()
