"""Proves what the client sends again, and what it does not: against a server that is told to fail."""

from __future__ import annotations

import asyncio
import errno
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from server.live_server import TOKEN, LiveServer

from mlops_lab.client import Client, UnreachableError, patience
from mlops_lab.client.client import RETRY_FOR_S
from mlops_lab.client.connection import Connection, Place
from mlops_lab.client.patience import Patience
from mlops_lab.core.errors import BusyError, NotFoundError, StoreUnavailableError
from mlops_lab.core.ids import new_id
from mlops_lab.core.writing import Point

PROBLEM = {"type": "about:blank", "title": "x", "detail": "Not now.", "code": "x", "hint": ""}
ACKNOWLEDGED = {"seq": 7}


class _Failing(ThreadingHTTPServer):
    """Answers with the statuses of ``plan`` in turn, then with 200; None breaks the connection."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.plan: list[int | None] = []
        self.asked: list[tuple[str, float]] = []
        self.bodies: list[bytes] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Failing

    def _answer(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.server.asked.append((self.command, time.monotonic()))
        status = self.server.plan.pop(0) if self.server.plan else 200
        if status is None:
            self.close_connection = True
            return
        body = json.dumps(ACKNOWLEDGED if status == 200 else PROBLEM).encode()
        self.send_response(status)
        if status in (429, 503):
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the names that the base class looks for

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def failing() -> Iterator[_Failing]:
    server = _Failing()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def lab(failing: _Failing) -> Iterator[Client]:
    with Client(f"http://127.0.0.1:{failing.server_port}", "t", retry_for=20) as opened:
        yield opened


def _deliver(lab: Client) -> int:
    return lab._connection.ask("POST", "x", dict[str, int], body={}, repeats=True)["seq"]


def test_a_busy_server_is_asked_again_when_it_says(failing: _Failing, lab: Client) -> None:
    failing.plan = [429, 503]
    assert _deliver(lab) == 7
    times = [at for _, at in failing.asked]
    assert len(times) == 3
    assert times[1] - times[0] >= 0.9
    assert times[2] - times[1] >= 0.9


def test_a_broken_connection_is_opened_again(failing: _Failing, lab: Client) -> None:
    failing.plan = [None, 200, None]
    for _ in range(2):
        assert _deliver(lab) == 7
    assert len(failing.asked) == 4


def test_a_removal_whose_answer_was_lost_is_done(failing: _Failing, lab: Client) -> None:
    failing.plan = [None, 404]
    lab.schedules.delete(new_id())
    assert len(failing.asked) == 2
    failing.plan = [404]
    with pytest.raises(NotFoundError):
        lab.schedules.delete(new_id())


def test_what_must_not_be_done_twice_is_not_sent_twice(failing: _Failing, lab: Client) -> None:
    for fault, error in ((None, UnreachableError), (503, StoreUnavailableError)):
        failing.plan, failing.asked = [fault], []
        with pytest.raises(error):
            lab.jobs.submit(new_id())
        assert len(failing.asked) == 1


def test_what_was_surely_not_done_is_sent_again(failing: _Failing, lab: Client) -> None:
    failing.plan = [429]
    with pytest.raises(Exception, match="cannot be read"):
        lab.jobs.submit(new_id())
    assert len(failing.asked) == 2


def test_patience_ends(failing: _Failing) -> None:
    failing.plan = [429] * 9
    url = f"http://127.0.0.1:{failing.server_port}"
    with Client(url, retry_for=1.5) as lab, pytest.raises(BusyError, match="Not now"):
        _deliver(lab)
    assert 2 <= len(failing.asked) <= 3
    failing.asked = []
    with Client(url, retry_for=0) as lab, pytest.raises(BusyError, match="Not now"):
        _deliver(lab)
    assert len(failing.asked) == 1


def test_by_default_it_goes_on_for_half_a_minute_and_looks_every_two_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = _Clock()
    monkeypatch.setattr(patience, "time", clock)
    one = Patience(RETRY_FOR_S)
    while one.rest():
        clock.now += 0.001
    assert sum(clock.slept) == pytest.approx(30, abs=0.1)
    assert max(clock.slept) <= 2
    assert clock.slept[0] <= 0.25
    told = Patience(RETRY_FOR_S)
    assert told.rest(5.0)
    assert clock.slept[-1] == 5.0


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_a_server_that_starts_anew_is_waited_for(tmp_path: Path) -> None:
    first = LiveServer(tmp_path)
    asyncio.run(first.wait_until_up())
    url = f"http://127.0.0.1:{first.port}"
    with Client(url, TOKEN, retry_for=120) as lab, ThreadPoolExecutor(5) as threads:
        run = lab.runs.create(name="before").summary.id
        lab.files.add(run, _file(tmp_path, "kept"))
        first.kill()
        asked = [
            threads.submit(lab.runs.get, run),
            threads.submit(lab.runs.log, run, metrics=[Point("loss", 0.5, step=1)]),
            threads.submit(lab.runs.create, name="meanwhile"),
            # Must not be done twice: as nobody is there, it was surely not done.
            threads.submit(lab.experiments.create, "meanwhile"),
            threads.submit(lab.files.get, run, "kept", tmp_path / "fetched"),
        ]
        second = LiveServer(tmp_path, port=first.port)
        try:
            got, _, _, made, fetched = [one.result() for one in asked]
            assert got.summary.name == "before"
            assert made.name == "meanwhile"
            assert fetched.read_text() == "kept"
            assert lab.runs.series(run, "loss").count == 1
            assert sorted(one.name or "" for one in lab.runs.list()) == ["before", "meanwhile"]
        finally:
            second.kill()


def _file(folder: Path, text: str) -> Path:
    file = folder / text
    file.write_text(text)
    return file


def test_a_point_without_a_time_is_stored_once_however_often_it_is_sent(
    failing: _Failing, lab: Client
) -> None:
    failing.plan = [None, 503]
    lab.runs.log(new_id(), metrics=[Point("loss", 0.5)])
    assert len(failing.asked) == 3
    assert len(set(failing.bodies)) == 1
    assert json.loads(failing.bodies[0])["metrics"][0]["time"]


def test_a_full_disk_is_no_fault_of_the_server(failing: _Failing) -> None:
    connection = Connection(
        Place(f"http://127.0.0.1:{failing.server_port}", ""), timeout=10, retry_for=0
    )
    full = pytest.raises(OSError, match="No space left")
    with full, connection.portions("export") as portions:
        assert b"".join(portions)
        raise OSError(errno.ENOSPC, "No space left on device")
    failing.plan = [None]
    with pytest.raises(UnreachableError), connection.portions("export"):
        pass
