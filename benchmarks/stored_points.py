"""Measures points until they are stored: a real kernel, a real server, SQLite; beside the peers."""

from __future__ import annotations

import json
import sys

from live import LiveLab
from peers.environment import measure_peer
from report import Row, median

POINTS = 300_000
PEERS = {"tensorboardX": 3_000, "trackio": 2_000, "aim": 1_000, "wandb offline": 1_000}
MLFLOW = {"mlflow": 200, "mlflow REST": 60}
MAX_STORED_US = 10.0
MAX_BYTES = 32.0

LOG = """%%track --no all
import time
began = time.perf_counter_ns()
for step in range({count}):
    lab.log_metric("loss{run}", step / 7)
"""
SETTLE = """
import json, time
from mlops_lab.kernel.session import process_session
delivery = process_session().delivery
deadline = time.monotonic() + 100
while delivery.shipper.acknowledged_seq < delivery.spool.last_seq and time.monotonic() < deadline:
    time.sleep(0.001)
print(json.dumps((time.perf_counter_ns() - began) / 1000 / {count}))
"""


def measure(repeats: int) -> list[Row]:
    peers = {
        peer: measure_peer(peer, "points", count=count) for peer, count in (PEERS | MLFLOW).items()
    }
    stored, size = _ours(max(2, repeats // 2))
    rows = [
        Row(
            "a point until stored / aim of 10 us",
            stored,
            MAX_STORED_US,
            "us",
            stored / MAX_STORED_US,
            1.0,
            note=f"{1e6 / stored:,.0f} points a second through HTTP",
        ),
        Row("bytes of a point on disk / aim", size, MAX_BYTES, "B", size / MAX_BYTES, 1.0),
    ]
    for peer, found in peers.items():
        ratio = stored / found["stored"]
        rows.append(
            Row(f"a point until stored / {peer}", stored, found["stored"], "us", ratio, None)
        )
    return rows


def _ours(repeats: int) -> tuple[float, float]:
    """Return microseconds and bytes of a point."""
    samples = []
    with LiveLab() as live:
        kernel = live.start_kernel()
        kernel.run("%load_ext mlops_lab")
        kernel.run(LOG.format(count=1000, run="warm"))
        kernel.run(SETTLE.format(count=1000))
        before = _size(live)
        for run in range(repeats):
            kernel.run(LOG.format(count=POINTS, run=run))
            samples.append(json.loads(kernel.run(SETTLE.format(count=POINTS)).splitlines()[-1]))
        live.stop_server()
        size = (_size(live) - before) / POINTS / repeats
    return median(samples), size


def _size(live: LiveLab) -> int:
    return sum(path.stat().st_size for path in live.data_dir.glob("store.db*"))


if __name__ == "__main__":
    sys.exit("Run benchmarks/run stored_points")
