"""Measures MLflow with one metric of COUNT points: ``long_metric.py COUNT``, below the current folder.

The points are written into MLflow's own tables, then its server answers as its screen asks. The
last line that it prints is a JSON object: milliseconds of a chart and of a page, bytes a point.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from time import perf_counter

from measure import MlflowRest

DATABASE = Path("server.db")
PORTION = 100_000


class Server(MlflowRest):
    """MLflow's server on SQLite, and its address."""

    def uri(self) -> str:
        self.address = super().uri()
        return self.address


def main() -> None:
    count = int(sys.argv[1])
    server = Server()
    try:
        server.begin()
        run_id = server.mlflow.active_run().info.run_id
        server.log("loss", 0.5, 0)
        server.end()
        before = DATABASE.stat().st_size
        _fill(run_id, count)
        found = {"bytes": (DATABASE.stat().st_size - before) / count}
        chart = {"run_ids": run_id, "metric_key": "loss", "max_results": 2_000}
        found["chart"] = _median_ms(server, "ajax-api", "get-history-bulk-interval", chart)
        page = {"run_id": run_id, "metric_key": "loss", "max_results": 25_000}
        found["page"] = _median_ms(server, "api", "get-history", page)
    finally:
        server.close()
    print(json.dumps(found), flush=True)


def _fill(run_id: str, count: int) -> None:
    with sqlite3.connect(DATABASE) as db:
        columns = [row[1] for row in db.execute("PRAGMA table_info(metrics)")]
        known = ["key", "value", "timestamp", "run_uuid", "step", "is_nan"]
        if missing := set(known) - set(columns):
            raise RuntimeError(f"MLflow's table of metrics has no {sorted(missing)}.")
        insert = f"INSERT INTO metrics ({', '.join(known)}) VALUES (?, ?, ?, ?, ?, 0)"
        for begin in range(1, count + 1, PORTION):
            steps = range(begin, min(begin + PORTION, count + 1))
            db.executemany(
                insert,
                [("loss", step / 7, 1_700_000_000_000 + 3 * step, run_id, step) for step in steps],
            )
    db = sqlite3.connect(DATABASE)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _median_ms(server: Server, api: str, route: str, query: dict[str, object]) -> float:
    url = f"{server.address}/{api}/2.0/mlflow/metrics/{route}?{urllib.parse.urlencode(query)}"
    samples = []
    for _ in range(4):
        began = perf_counter()
        with urllib.request.urlopen(url, timeout=240) as answer:
            answer.read()
        samples.append((perf_counter() - began) * 1000)
    return statistics.median(samples[1:])


if __name__ == "__main__":
    main()
    # Threads of it would keep the process.
    os._exit(0)
