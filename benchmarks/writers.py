"""Owns kernels that write down what they logged, and what the store holds of it afterwards."""

from __future__ import annotations

import resource
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from live import Kernel, LiveLab
from sqlalchemy import select

from mlops_lab.core.settings import Settings
from mlops_lab.store import metrics
from mlops_lab.store.store import Store
from mlops_lab.store.tables import run

SETTLE_S = 120.0
"""The store may take this long after the last call."""

LOG = """%%track {name} --no all
import os, time
done = os.open({tally!r}, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
until = time.monotonic() + {seconds}
count = 0
while time.monotonic() < until and count < {most}:
    for _ in range(100):
        lab.log_metric("loss", count / 7, step=count)
        count += 1
    os.pwrite(done, b"%12d" % count, 0)
    if {pause}:
        time.sleep({pause})
"""


@dataclass(frozen=True)
class Tally:
    """What became of the points of a scenario."""

    scenario: str
    logged: int
    stored: int
    doubled: int
    missing: int
    note: str

    @property
    def good(self) -> bool:
        """Nothing that a call returned for is missing, and nothing is there twice."""
        return not self.doubled and not self.missing


@dataclass(frozen=True)
class Writer:
    """A kernel that logs into a run of its own name, and the file that says how far it is."""

    kernel: Kernel
    name: str
    tally: Path

    def done(self) -> int:
        """Return how many calls have returned."""
        text = self.tally.read_text() if self.tally.exists() else ""
        return int(text or 0)


def start(
    live: LiveLab, count: int, *, seconds: float, pause: float = 0.0, port: int | None = None
) -> list[Writer]:
    writers = []
    for number in range(count):
        kernel = live.start_kernel()
        if port is not None:
            url = f"http://127.0.0.1:{port}/mlops-lab/api"
            kernel.run(f"import os; os.environ['MLOPS_LAB_SERVER_URL'] = {url!r}")
        kernel.run("%load_ext mlops_lab")
        writer = Writer(kernel, f"soak{number}", live.folder / f"tally{number}")
        writers.append(writer)
    for writer in writers:
        cell = LOG.format(
            name=writer.name, tally=str(writer.tally), seconds=seconds, most=10**9, pause=pause
        )
        writer.kernel.start(cell)
    return writers


def watch(live: LiveLab, writers: list[Writer], *, seconds: float) -> tuple[float, float]:
    """Return the largest memory of a kernel and the largest spool, in MB."""
    memory = disk = 0.0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.5)
        memory = max(memory, *(memory_mb(writer.kernel.pid) for writer in writers))
        files = (live.data_dir / "spool").rglob("*")
        disk = max(disk, sum(_size_of(path) for path in files) / 1e6)
    return memory, disk


def settle(
    live: LiveLab, writers: list[Writer], scenario: str, *, limit: float = SETTLE_S
) -> Tally:
    """Wait until the store has all that the kernels logged, and hold it against their own count."""
    ends = time.monotonic() + limit
    before = -1
    while (now := sum(writer.done() for writer in writers)) != before:
        before = now
        time.sleep(1.0)
    logged, stored, doubled, missing = 0, 0, 0, 0
    for writer in writers:
        done = writer.done()
        query = (
            "SELECT sum(count) FROM series JOIN run ON run.seq = run_seq "
            f"WHERE run.name = '{writer.name}'"
        )
        wait(partial(ask, live, query), done, ends=ends)
        steps = steps_of(live, writer.name)
        held, distinct = len(steps), len(set(steps))
        logged, stored = logged + done, stored + held
        doubled += held - distinct
        missing += max(0, done - distinct)
    return Tally(scenario, logged, stored, doubled, missing, "")


def wait(count: Callable[[], int], least: int, *, ends: float | None = None) -> int:
    """Return the count as soon as it is ``least`` and moves no more, or the time is over."""
    until = ends or time.monotonic() + SETTLE_S
    before = -1
    while time.monotonic() < until:
        now = count()
        if now >= least and now == before:
            return now
        before = now
        time.sleep(0.5)
    return count()


def steps_of(live: LiveLab, run_name: str) -> list[int]:
    """Return the steps of all points that the store holds of a run."""
    folder = live.data_dir
    url = f"sqlite:///{folder / 'store.db'}"
    store = Store.open(Settings(data_dir=folder, store_url=url, artifact_dir=folder / "artifacts"))
    try:
        with store.read() as cx:
            run_ids = cx.execute(select(run.c.id).where(run.c.name == run_name)).scalars()
            every = [one for found in metrics.read_series(cx, run_ids).values() for one in found]
            return [
                step
                for one in every
                for portion in metrics.stream_points(cx, one)
                for step, _, _ in portion
            ]
    finally:
        store.close()


def ask(live: LiveLab, query: str) -> int:
    """Return the one number that a query of the store gives; 0 while there is no store."""
    uri = f"file:{live.data_dir / 'store.db'}?mode=ro"
    with suppress(sqlite3.OperationalError):
        store = sqlite3.connect(uri, uri=True, timeout=30)
        try:
            return int(store.execute(query).fetchone()[0] or 0)
        finally:
            store.close()
    return 0


def noted(tally: Tally, note: str) -> Tally:
    return Tally(tally.scenario, tally.logged, tally.stored, tally.doubled, tally.missing, note)


def memory_mb(pid: int) -> float:
    with suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6
    return 0.0


def _size_of(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
