"""Measures what tracking adds to a trivial cell in a real kernel with a server, beside the peers."""

from __future__ import annotations

import json
import sys

from live import LiveLab
from peers.environment import measure_peer
from report import Row, median

CELLS = 150
PEERS = {
    "sqlite3": 200,
    "trackio": 20,
    "wandb offline": 5,
    "aim": 5,
    "mlflow": 15,
    "mlflow REST": 5,
}
MAX_ADDED_US = 1500.0
MAX_SHARE_OF_BEST = 1 / 25

SAMPLE = """
import json, statistics, time
from IPython import get_ipython
shell = get_ipython()
if "noop" not in shell.magics_manager.magics["cell"]:
    shell.register_magic_function(lambda line, cell: None, "cell", "noop")
body = "a = 0.1 * len('ab')\\nb = a + 1\\nc = b + 1\\n"
found = {}
for name, source in (("noop", "%%noop\\n" + body), ("track", "%%track\\n" + body)):
    samples = []
    for n in range(COUNT):
        started = time.perf_counter_ns()
        shell.run_cell(source)
        samples.append((time.perf_counter_ns() - started) / 1000)
    found[name] = statistics.median(samples[10:])
print(json.dumps(found))
"""


def measure(repeats: int) -> list[Row]:
    peers = {peer: measure_peer(peer, "cells", count=count) for peer, count in PEERS.items()}
    noop, tracked = _ours(max(2, repeats // 2))
    added = tracked - noop
    rows = [
        Row(
            "%%track adds to a no-op magic / aim",
            added,
            MAX_ADDED_US,
            "us",
            added / MAX_ADDED_US,
            1.0,
            note=f"no-op magic {noop:,.0f} us; everything captured, with a server",
        )
    ]
    tools = {peer: found["median"] for peer, found in peers.items() if peer != "sqlite3"}
    best = min(tools, key=lambda peer: tools[peer])
    for peer, found in peers.items():
        ratio = added / found["median"]
        target = MAX_SHARE_OF_BEST if peer == best else None
        rows.append(
            Row(f"%%track adds / {peer} (3 metrics)", added, found["median"], "us", ratio, target)
        )
    return rows


def _ours(repeats: int) -> tuple[float, float]:
    noop, tracked = [], []
    with LiveLab() as live:
        kernel = live.start_kernel()
        kernel.run("%load_ext mlops_lab")
        for _ in range(repeats):
            found = json.loads(kernel.run(SAMPLE.replace("COUNT", str(CELLS))).splitlines()[-1])
            noop.append(found["noop"])
            tracked.append(found["track"])
    return median(noop), median(tracked)


if __name__ == "__main__":
    sys.exit("Run benchmarks/run tracked_cell")
