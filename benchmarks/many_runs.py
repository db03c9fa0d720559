"""Measures many runs of the usual size, from the kernel until stored, beside the peers; their bytes."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing

from live import LiveLab
from peers.environment import measure_peer
from report import Row, median

RUNS = 500
PEERS = {
    "sqlite3": 200,
    "tensorboardX": 50,
    "trackio": 20,
    "wandb offline": 5,
    "aim": 10,
    "mlflow": 20,
    "mlflow REST": 5,
}
MAX_FLOOR_RATIO = 2.5
MAX_REST_RATIO = 0.01
MAX_RUN_BYTES = 2_048
# Of the pages of SQLite: those of the log of changes, which keeps its size, are left out.
PAGES = "SELECT sum(pgsize) FROM dbstat WHERE name NOT LIKE '%outbox'"

LOG = """
import json, time
from mlops_lab.kernel.session import process_session
params = {f"param_{n}": n / 8 for n in range(10)}
metrics = {f"metric_{n}": n / 7 for n in range(10)}
tags = {f"tag_{n}": f"value {n}" for n in range(3)}
began = time.perf_counter_ns()
for number in range(COUNT):
    with lab.start_run(run_name=f"run {number}"):
        lab.log_params(params)
        lab.log_metrics(metrics)
        lab.set_tags(tags)
delivery = process_session().delivery
deadline = time.monotonic() + 100
while delivery.shipper.acknowledged_seq < delivery.spool.last_seq and time.monotonic() < deadline:
    time.sleep(0.0005)
print(json.dumps((time.perf_counter_ns() - began) / 1e6 / COUNT))
"""


def measure(repeats: int) -> list[Row]:
    peers = {peer: measure_peer(peer, "runs", count=count) for peer, count in PEERS.items()}
    ours, size = _ours(max(2, repeats // 2))
    targets = {"sqlite3": MAX_FLOOR_RATIO, "mlflow REST": MAX_REST_RATIO}
    held = Row("bytes of a run on disk / aim", size, 0, "B", size / MAX_RUN_BYTES, 1.0)
    return [held] + [
        Row(
            f"a run until stored / {peer}",
            ours,
            found["median"],
            "ms",
            ours / found["median"],
            targets.get(peer),
        )
        for peer, found in peers.items()
    ]


def _ours(repeats: int) -> tuple[float, float]:
    """Return milliseconds and bytes of a run."""
    with LiveLab() as live:
        kernel = live.start_kernel()
        kernel.run("%load_ext mlops_lab")
        kernel.run(LOG.replace("COUNT", "20"))
        before = _pages(live)
        printed = [kernel.run(LOG.replace("COUNT", str(RUNS))) for _ in range(repeats)]
        size = (_pages(live) - before) / RUNS / repeats
    return median([json.loads(text.splitlines()[-1]) for text in printed]), size


def _pages(live: LiveLab) -> int:
    with closing(sqlite3.connect(live.data_dir / "store.db")) as db:
        return int(db.execute(PAGES).fetchone()[0])


if __name__ == "__main__":
    sys.exit("Run benchmarks/run many_runs")
