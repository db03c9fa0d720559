"""Measures one metric of a million points and of ten: its chart, its history, its bytes; beside peers.

Each is made in the store directly, on SQLite and on PostgreSQL, and read over HTTP from a real
server. The floor is one row a point in SQLite, read by hand.
"""

from __future__ import annotations

import http.client
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Self
from urllib.parse import urlencode

from live import TOKEN, LiveLab
from long_stores import STARTED_AT, copy_run, make_run, value_at
from peers.environment import HERE as PEERS, QUIET, python_of_peers
from report import Row, median, p99
from sqlalchemy import text

from mlops_lab.core.settings import Settings
from mlops_lab.store.store import Store

MILLION = 1_000_000
POINTS = int(os.environ.get("BENCHMARK_POINTS", str(10 * MILLION)))
"""Points of the longest metric; fewer for a quick look."""
SHORTER = POINTS // 10
SHOWN = 2_000
PAGE = 25_000
COMPARED = 50
CHART_MS = {SHORTER: 30.0, POINTS: 100.0}
COMPARISON_MS = 1_000.0
MAX_BYTES = 32.0


def measure(repeats: int) -> list[Row]:
    rows = []
    floor, peer = _floor(SHORTER), _mlflow(SHORTER)
    for name in ("SQLite", "PostgreSQL"):
        with _database(name) as url:
            rows += _measure(name, url, repeats=repeats, floor=floor, peer=peer)
    return rows


def _measure(
    name: str,
    url: str,
    *,
    repeats: int,
    floor: dict[str, float],
    peer: dict[str, float] | None,
) -> list[Row]:
    with _Server(url) as live:
        store = Store.open(live.settings)
        before = _size(store, live.settings)
        began = perf_counter()
        runs = {count: make_run(store, count) for count in (SHORTER, POINTS)}
        made_us = (perf_counter() - began) * 1e6 / (SHORTER + POINTS)
        per_point = (_size(store, live.settings) - before) / (SHORTER + POINTS)
        compared = [runs[SHORTER], *(copy_run(store, runs[SHORTER]) for _ in range(COMPARED - 1))]
        store.close()
        live.start_server()
        rows = [
            Row(
                f"bytes a point, {name} / aim",
                per_point,
                MAX_BYTES,
                "B",
                per_point / MAX_BYTES,
                1.0,
                note=f"rows {floor['bytes']:.0f}, stored in {made_us:.1f} us each",
            )
        ]
        for count, run_id in runs.items():
            path = f"mlops-lab/api/runs/{run_id}/series?name=loss&max_points={SHOWN}"
            limit = CHART_MS[count]
            rows.append(_timed(f"chart of {count:,}, {name} / aim", live, path, limit, repeats))
        query = urlencode({"run_id": runs[POINTS], "metric_key": "loss", "max_results": PAGE})
        path = f"mlops-lab/mlflow/api/2.0/mlflow/metrics/get-history?{query}"
        rows.append(_timed(f"history page of {POINTS:,}, {name}", live, path, None, repeats))
        path = f"mlops-lab/api/comparison?{urlencode([('run_id', one) for one in compared])}"
        rows.append(
            _timed(f"compare {COMPARED} of {SHORTER:,}, {name}", live, path, COMPARISON_MS, repeats)
        )
        rows.append(_memory_row(name, live))
    chart, page = rows[1], rows[3]
    rows += _beside(f"{name} / floor of rows", chart, page, floor)
    return rows + (_beside(f"{name} / mlflow server", chart, page, peer) if peer else [])


def _beside(name: str, chart: Row, page: Row, other: dict[str, float]) -> list[Row]:
    return [
        Row(f"{what}, {name}", one.ours, other[key], "ms", one.ours / other[key], None)
        for what, key, one in (
            (f"chart of {SHORTER:,}", "chart", chart),
            ("history page", "page", page),
        )
    ]


def _memory_row(name: str, live: _Server) -> Row:
    assert live.process is not None
    status = Path(f"/proc/{live.process.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return Row(f"peak memory of the server, {name}", peak / 1024, 0.0, "MB", 0.0, None)


def _timed(name: str, live: _Server, path: str, limit: float | None, repeats: int) -> Row:
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=120)
    samples = []
    for _ in range(max(5, 3 * repeats) + 1):
        began = perf_counter()
        connection.request("GET", f"/{path}", headers={"Authorization": f"token {TOKEN}"})
        answer = connection.getresponse()
        body = answer.read()
        samples.append((perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:500]!r}")
    connection.close()
    ours = median(samples[1:])
    other = limit or ours
    target = None if limit is None else 1.0
    note = f"cold {samples[0]:.0f} ms"
    return Row(name, ours, other, "ms", ours / other, target, p99=p99(samples[1:]), note=note)


class _Server(LiveLab):
    """A server on a store that is made before it starts."""

    def __init__(self, url: str) -> None:
        super().__init__()
        store_url = url or f"sqlite:///{self.data_dir / 'store.db'}"
        self.settings = Settings(self.data_dir, store_url, self.data_dir / "artifacts")

    def __enter__(self) -> Self:
        return self

    def environment(self) -> dict[str, str]:
        """Name the store besides everything else."""
        return super().environment() | {"MLOPS_LAB_STORE_URL": self.settings.store_url}


@contextmanager
def _database(name: str) -> Iterator[str]:
    """Give the URL of an empty database; empty for SQLite, whose file is made where it belongs."""
    if name == "SQLite":
        yield ""
        return
    sys.path.append(str(Path(__file__).parents[1]))
    from tests.postgres import started_cluster

    with started_cluster(fsync="on") as cluster:
        yield cluster.url.render_as_string(hide_password=False)


def _size(store: Store, settings: Settings) -> int:
    """Return the bytes of the store on disk."""
    if store.dialect == "postgresql":
        with store.read() as cx:
            return int(cx.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    return sum(path.stat().st_size for path in settings.data_dir.glob("store.db*"))


def _floor(count: int) -> dict[str, float]:
    """Measure rows of (series, step) in SQLite, thinned by hand."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "floor.db"
        db = sqlite3.connect(path)
        db.execute(
            "CREATE TABLE point (series INTEGER, step INTEGER, time INTEGER, value REAL,"
            " PRIMARY KEY (series, step)) WITHOUT ROWID"
        )
        rows = ((1, step, STARTED_AT + 3 * step, value_at(step)) for step in range(count))
        db.executemany("INSERT INTO point VALUES (?, ?, ?, ?)", rows)
        db.commit()
        charts = [_floor_chart(db, count) for _ in range(3)]
        pages = []
        for _ in range(3):
            began = perf_counter()
            query = "SELECT step, time, value FROM point WHERE series = 1 ORDER BY step LIMIT ?"
            json.dumps(db.execute(query, (PAGE,)).fetchall())
            pages.append((perf_counter() - began) * 1000)
        db.close()
        size = path.stat().st_size / count
    return {"chart": median(charts), "page": median(pages), "bytes": size}


def _floor_chart(db: sqlite3.Connection, count: int) -> float:
    began = perf_counter()
    cursor = db.execute("SELECT step, time, value FROM point WHERE series = 1 ORDER BY step")
    shown: list[Any] = []
    while portion := cursor.fetchmany(2 * count // SHOWN):
        values = [value for _, _, value in portion]
        shown += [portion[values.index(min(values))], portion[values.index(max(values))]]
    json.dumps(shown)
    return (perf_counter() - began) * 1000


def _mlflow(count: int) -> dict[str, float] | None:
    """Measure MLflow's server with the same number of points; None where it cannot be."""
    try:
        python = python_of_peers()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"mlflow is left out: {error}", file=sys.stderr)
        return None
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [str(python), str(PEERS / "long_metric.py"), str(count)],
            cwd=folder,
            env={**os.environ, **QUIET, "HOME": folder},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
    if done.returncode != 0:
        raise RuntimeError(f"mlflow: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit("Run benchmarks/run long_metric")
