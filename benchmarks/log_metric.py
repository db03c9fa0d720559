"""Measures one logged metric as the caller sees it, beside bare appends to a file and the peers."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter_ns

from peers.environment import measure_peer
from report import Row, median, p99

CALLS = 20_000
BLOCK = 100
MAX_P99 = 50.0
PEERS = {
    "trackio": 2_000,
    "tensorboardX": 2_000,
    "aim": 1_000,
    "wandb offline": 1_000,
    "mlflow": 100,
    "mlflow REST": 30,
}
MAX_SHARES = {"trackio": 0.6}


def measure(repeats: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        log = _tracked_log(Path(folder), stack)
        fd = os.open(Path(folder) / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        stack.callback(os.close, fd)
        buffered = stack.enter_context((Path(folder) / "buffered").open("ab"))

        def write(step: int) -> None:
            os.write(fd, b"%f,%d\n" % (0.5, step))

        def append(step: int) -> None:
            buffered.write(b"%f,%d\n" % (0.5, step))

        ways: dict[str, Callable[[int], None]] = {"ours": log, "write": write, "append": append}
        rates: dict[str, list[float]] = {name: [] for name in ways}
        worst: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(repeats):
            # One way after the other in each round: the machine's moods fall on all alike.
            for name, call in ways.items():
                rates[name].extend(_blocks(call))
                worst[name].append(p99(_calls(call)))
    ours, ours_p99 = median(rates["ours"]), median(worst["ours"])
    floor, fast = median(rates["write"]), median(rates["append"])
    quick = ours_p99 < MAX_P99
    note = f"p99 < {MAX_P99:.0f} us; survives kill -9, as one write does"
    return [
        Row(
            "log_metric / one write a call",
            ours,
            floor,
            "us",
            ours / floor,
            3.0,
            ours_p99,
            note,
            quick,
        ),
        Row("log_metric / buffered append", ours, fast, "us", ours / fast, None, ours_p99),
        *_beside_peers(ours),
    ]


def _beside_peers(ours: float) -> list[Row]:
    rows = []
    for peer, count in PEERS.items():
        found = measure_peer(peer, "points", count=count)
        ratio = ours / found["median"]
        note = f"{peer}: p99 {found['p99']:,.0f} us"
        rows.append(
            Row(
                f"log_metric / {peer}",
                ours,
                found["median"],
                "us",
                ratio,
                MAX_SHARES.get(peer),
                note=note,
            )
        )
    return rows


def _tracked_log(folder: Path, stack: ExitStack) -> Callable[[int], None]:
    """Return a call of ``lab.log_metric`` as a tracked cell of a real shell makes it."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    import mlops_lab
    from mlops_lab.kernel import magics

    os.environ["MLOPS_LAB_SPOOL_DIR"] = str(folder / "spool")
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    magics.load(shell)
    session = shell.magics_manager.registry["TrackMagics"].session
    info = type("Info", (), {"raw_cell": "%%track", "cell_id": None, "store_history": False})()
    shell.events.trigger("pre_run_cell", info)
    assert session.current() is not None, "no run was opened"
    stack.callback(InteractiveShell.clear_instance)
    stack.callback(magics.unload, shell)

    def log(step: int) -> None:
        mlops_lab.log_metric("loss", step / 7)

    return log


def _blocks(call: Callable[[int], None]) -> list[float]:
    """Return the microseconds of a call, taken over blocks: the clock itself costs too much."""
    samples = []
    for start in range(0, CALLS, BLOCK):
        started = perf_counter_ns()
        for step in range(start, start + BLOCK):
            call(step)
        samples.append((perf_counter_ns() - started) / BLOCK / 1000)
    return samples


def _calls(call: Callable[[int], None]) -> list[float]:
    """Return the microseconds of each single call, with those of taking the time."""
    samples = []
    for step in range(CALLS):
        started = perf_counter_ns()
        call(step)
        samples.append((perf_counter_ns() - started) / 1000)
    return samples


if __name__ == "__main__":
    sys.exit("Run benchmarks/run log_metric")
