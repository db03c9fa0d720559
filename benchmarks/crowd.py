"""Measures one server with 50 browsers and 20 kernels, beside the same one with one of each.

A browser holds the event stream and fetches the first page of runs when something moved, gathered
for 150 ms as the front end does. A kernel delivers a batch of 60 records every 0.3 s, as the
shipper does. `--as-crowd` is the child process in which all of them live.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from live import TOKEN, LiveLab
from report import Row
from tornado.httpclient import HTTPRequest
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.websocket import websocket_connect

from mlops_lab.client import Client
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import Batch, MetricLogged, RunStarted, SpoolHeader

CHANGE = "https://events.mlops-lab.org/change/v1"
GATHER_S = 0.15
BATCH_S = 0.3
POINTS = 60
SECONDS = 12.0
STORED_RUNS = 300


@dataclass(frozen=True)
class Crowd:
    """How many of each there are, and where."""

    port: int
    browsers: int
    kernels: int

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/mlops-lab/api"


class Browser:
    """One event stream and one list of runs."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._client = SimpleAsyncHTTPClient(force_instance=True)
        self._moved = asyncio.Event()
        self._since = 0.0
        self._etag = ""
        self.waits: list[float] = []
        self.events = 0

    async def live(self, until: float) -> None:
        url = f"ws://127.0.0.1:{self._crowd.port}/api/events/subscribe"
        headers = {"Authorization": f"token {TOKEN}"}
        socket = await websocket_connect(HTTPRequest(url, headers=headers))
        listening = asyncio.create_task(self._listen(socket))
        while time.monotonic() < until:
            try:
                await asyncio.wait_for(self._moved.wait(), until - time.monotonic())
            except TimeoutError:
                break
            await asyncio.sleep(GATHER_S)
            since = self._since
            self._moved.clear()
            await self._fetch()
            self.waits.append(time.monotonic() - since - GATHER_S)
        listening.cancel()
        socket.close()

    async def _listen(self, socket) -> None:
        while (message := await socket.read_message()) is not None:
            if json.loads(message)["schema_id"] != CHANGE:
                continue
            self.events += 1
            if not self._moved.is_set():
                self._since = time.monotonic()
                self._moved.set()

    async def _fetch(self) -> None:
        headers = {"Authorization": f"token {TOKEN}", "Accept-Encoding": "gzip"}
        if self._etag:
            headers["If-None-Match"] = self._etag
        answer = await self._client.fetch(
            f"{self._crowd.api}/runs?limit=100", headers=headers, raise_error=False
        )
        assert answer.code in (200, 304), answer.code
        self._etag = answer.headers["Etag"]


def deliver(crowd: Crowd, until: float, waits: list[float]) -> None:
    """Be one kernel: open a run, and log into it until the end."""
    header = SpoolHeader(new_id(), "bench", 1, 0.0)
    run_id, seq = new_id(), 1
    now = time.time_ns() // 1_000_000
    about = ("crowd", "crowd", "notebook", "ada", now, None, None, None, None, "loss", None)
    records = [RunStarted(1, run_id, *about)]
    with Client(crowd.api, TOKEN) as client:
        while time.monotonic() < until:
            for _ in range(POINTS):
                seq += 1
                records.append(MetricLogged(seq, run_id, "loss", 1 / seq, seq, now))
            begun = time.monotonic()
            assert client.deliver(Batch(header, records)).seq == seq
            waits.append(time.monotonic() - begun)
            records = []
            time.sleep(max(0.0, BATCH_S - (time.monotonic() - begun)))


async def be_crowd(crowd: Crowd) -> None:
    """Live for ``SECONDS`` and print what everybody waited, in seconds."""
    until = time.monotonic() + SECONDS
    delivered: list[float] = []
    kernels = [
        threading.Thread(target=deliver, args=(crowd, until, delivered))
        for _ in range(crowd.kernels)
    ]
    browsers = [Browser(crowd) for _ in range(crowd.browsers)]
    for kernel in kernels:
        kernel.start()
    await asyncio.gather(*(browser.live(until) for browser in browsers))
    for kernel in kernels:
        kernel.join()
    pages = [wait for browser in browsers for wait in browser.waits]
    events = sum(browser.events for browser in browsers)
    print(json.dumps({"pages": pages, "deliveries": delivered, "events": events}))


@dataclass(frozen=True)
class Found:
    """What one crowd met: waits in seconds, and of the server its share of a core and its memory.

    ``worked`` are its seconds of a processor, which a busy machine does not change much.
    """

    pages: list[float]
    deliveries: list[float]
    events: int
    cpu: float
    worked: float
    memory: float

    @property
    def steps(self) -> int:
        """All that the server answered or sent."""
        return len(self.pages) + len(self.deliveries) + self.events


def _measure(lab: LiveLab, *, browsers: int, kernels: int) -> Found:
    assert lab.process is not None
    server = psutil.Process(lab.process.pid)
    before = server.cpu_times()
    order = [sys.executable, __file__, "--as-crowd", str(lab.port), str(browsers), str(kernels)]
    begun = time.monotonic()
    done = subprocess.run(order, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    spent, after = time.monotonic() - begun, server.cpu_times()
    worked = after.user + after.system - before.user - before.system
    memory = server.memory_info().rss
    return Found(**json.loads(done.stdout), cpu=worked / spent, worked=worked, memory=memory)


def _row(name: str, unit: str, ours: float, other: float, *, p99: float | None = None) -> Row:
    return Row(f"crowd: {name}", ours, other, unit, ours / other, None, p99=p99)


def _waits(name: str, many: list[float], one: list[float]) -> Row:
    p99 = sorted(many)[int(len(many) * 0.99)] * 1000
    return _row(name, "ms", statistics.median(many) * 1000, statistics.median(one) * 1000, p99=p99)


def _each(name: str, many: Found, one: Found) -> Row:
    return _row(name, "ms", *(found.worked * 1000 / found.steps for found in (many, one)))


def measure(_repeats: int) -> list[Row]:
    """Return rows of the crowd, beside one browser and one kernel."""
    with LiveLab() as lab:
        with Client(f"http://127.0.0.1:{lab.port}", TOKEN) as client:
            for number in range(STORED_RUNS):
                client.runs.create(name=f"run {number}", params={"rate": number / 7})
        one = _measure(lab, browsers=1, kernels=1)
        many = _measure(lab, browsers=50, kernels=20)
    return [
        _waits("50 browsers, event to page (1 browser)", many.pages, one.pages),
        _waits("20 kernels, one delivery (1 kernel)", many.deliveries, one.deliveries),
        _row("server, share of a core", "%", many.cpu * 100, one.cpu * 100),
        _row("server, memory", "MB", many.memory / 1e6, one.memory / 1e6),
        _row("pages fetched", "", len(many.pages), len(one.pages)),
        _row("events received by all browsers", "", many.events, one.events),
        _each("processor time a page, delivery or event", many, one),
    ]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    port, browsers, kernels = (int(word) for word in sys.argv[2:5])
    asyncio.run(be_crowd(Crowd(port, browsers, kernels)))
