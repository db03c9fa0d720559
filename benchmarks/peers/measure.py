"""Measures one peer in the environment of the peers: ``measure.py PEER points|runs|cells|search COUNT``.

The last line that it prints is a JSON object; everything is written below the current folder.
"""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import Any

PARAMS = {f"param_{n}": n / 8 for n in range(10)}
METRICS = {f"metric_{n}": n / 7 for n in range(10)}
TAGS = {f"tag_{n}": f"value {n}" for n in range(3)}


class Peer:
    """One tool. A run is begun, told points, params and tags, and ended."""

    def begin(self) -> None: ...

    def log(self, name: str, value: float, step: int) -> None: ...

    def hold(self) -> None:
        """Log the params, metrics and tags of a run of the usual size."""
        for name, value in METRICS.items():
            self.log(name, value, 0)

    def end(self) -> None: ...

    def close(self) -> None: ...


class Floor(Peer):
    """sqlite3 by hand: one transaction a run."""

    def __init__(self) -> None:
        self.db = sqlite3.connect("floor.db", isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.execute(
            "CREATE TABLE held (run INTEGER, kind TEXT, name TEXT, value, step INTEGER)"
        )
        self.run = 0

    def begin(self) -> None:
        self.run += 1
        self.db.execute("BEGIN IMMEDIATE")

    def log(self, name: str, value: float, step: int) -> None:
        row = (self.run, "metric", name, value, step)
        self.db.execute("INSERT INTO held VALUES (?, ?, ?, ?, ?)", row)

    def hold(self) -> None:
        rows = [
            (self.run, kind, name, value, 0)
            for kind, held in (("param", PARAMS), ("metric", METRICS), ("tag", TAGS))
            for name, value in held.items()
        ]
        self.db.executemany("INSERT INTO held VALUES (?, ?, ?, ?, ?)", rows)

    def end(self) -> None:
        self.db.execute("COMMIT")


class TensorboardX(Peer):
    def begin(self) -> None:
        from tensorboardX import SummaryWriter

        self.writer = SummaryWriter(f"runs/{perf_counter_ns()}")

    def log(self, name: str, value: float, step: int) -> None:
        self.writer.add_scalar(name, value, step)

    def hold(self) -> None:
        self.writer.add_hparams({**PARAMS, **TAGS}, METRICS)

    def end(self) -> None:
        self.writer.close()


class Trackio(Peer):
    def begin(self) -> None:
        import trackio

        self.trackio = trackio
        trackio.init(project="bench", config={**PARAMS, **TAGS}, embed=False)

    def log(self, name: str, value: float, step: int) -> None:
        self.trackio.log({name: value}, step=step)

    def hold(self) -> None:
        self.trackio.log(METRICS, step=0)

    def end(self) -> None:
        self.trackio.finish()


class Wandb(Peer):
    def begin(self) -> None:
        import wandb

        self.run = wandb.init(project="bench", mode="offline", config={**PARAMS, **TAGS})

    def log(self, name: str, value: float, step: int) -> None:
        self.run.log({name: value}, step=step)

    def hold(self) -> None:
        self.run.log(METRICS, step=0)

    def end(self) -> None:
        self.run.finish()


class Aim(Peer):
    def begin(self) -> None:
        from aim import Run

        self.run = Run(repo=".", log_system_params=False, system_tracking_interval=None)

    def log(self, name: str, value: float, step: int) -> None:
        self.run.track(value, name=name, step=step)

    def hold(self) -> None:
        self.run["params"] = {**PARAMS, **TAGS}
        super().hold()

    def end(self) -> None:
        self.run.close()


class Mlflow(Peer):
    """mlflow on SQLite, each call waiting until it is stored."""

    def __init__(self) -> None:
        import mlflow

        self.mlflow = mlflow
        mlflow.set_tracking_uri(self.uri())
        mlflow.set_experiment("bench")

    def uri(self) -> str:
        return "sqlite:///mlflow.db"

    def begin(self) -> None:
        self.mlflow.start_run()

    def log(self, name: str, value: float, step: int) -> None:
        self.mlflow.log_metric(name, value, step=step)

    def hold(self) -> None:
        self.mlflow.log_params(PARAMS)
        self.mlflow.log_metrics(METRICS, step=0)
        self.mlflow.set_tags(TAGS)

    def end(self) -> None:
        self.mlflow.end_run()


class MlflowRest(Mlflow):
    """mlflow against its own server on SQLite."""

    def uri(self) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "mlflow", "server", "--port", str(port)]
        command += ["--backend-store-uri", "sqlite:///server.db", "--workers", "1"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        with Path("server.log").open("wb") as log:
            self.server = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, "PATH": path}
            )
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            with suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"{address}/health", timeout=1)
                return address
            time.sleep(0.2)
        raise RuntimeError(Path("server.log").read_text()[-2000:])

    def close(self) -> None:
        self.server.terminate()
        self.server.wait()


PEERS: dict[str, type[Peer]] = {
    "sqlite3": Floor,
    "tensorboardX": TensorboardX,
    "trackio": Trackio,
    "wandb offline": Wandb,
    "aim": Aim,
    "mlflow": Mlflow,
    "mlflow REST": MlflowRest,
}


def points(peer: Peer, count: int) -> dict[str, Any]:
    """One call a point into one run."""
    peer.begin()
    for step in range(20):
        peer.log("warm", 0.5, step)
    before = _bytes()
    began = perf_counter_ns()
    calls = []
    for step in range(count):
        started = perf_counter_ns()
        peer.log("loss", step / 7, step + 20)
        calls.append((perf_counter_ns() - started) / 1000)
    peer.end()
    stored = (perf_counter_ns() - began) / 1000 / count
    found = {"median": statistics.median(calls), "stored": stored}
    found["p99"] = statistics.quantiles(calls, n=100, method="inclusive")[98]
    found["bytes"] = (_bytes() - before) / count
    return found


def runs(peer: Peer, count: int) -> dict[str, Any]:
    """Runs of 10 params, 10 metrics and 3 tags, in milliseconds each."""

    def one() -> None:
        peer.begin()
        peer.hold()
        peer.end()

    return {"median": _median_of(one, count) / 1000}


def cells(peer: Peer, count: int) -> dict[str, Any]:
    """What tracking adds to a cell: a run opened, three metrics, closed; in microseconds."""

    def one() -> None:
        peer.begin()
        for name in ("a", "b", "c"):
            peer.log(name, 0.5, 0)
        peer.end()

    return {"median": _median_of(one, count)}


def search(peer: Peer, count: int) -> dict[str, Any]:
    """The first 100 of ``count`` runs of 20 params and metrics, filtered and sorted, in milliseconds."""
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

    assert isinstance(peer, Mlflow)
    client = MlflowClient(peer.mlflow.get_tracking_uri())
    experiment = client.create_experiment("search")
    for number in range(count):
        run = client.create_run(experiment)
        metrics = [
            Metric(f"metric_{n}", (number * 7919 + n) % 1000 / 1000, 1, 0) for n in range(20)
        ]
        params = [Param(f"param_{n}", str(number % (n + 2))) for n in range(20)]
        client.log_batch(run.info.run_id, metrics=metrics, params=params)

    def one() -> None:
        client.search_runs(
            [experiment],
            "metrics.metric_1 > 0.5 and params.param_3 = '1'",
            max_results=100,
            order_by=["metrics.metric_3 DESC"],
        )

    return {"median": _median_of(one, 5) / 1000}


def _median_of(call: Callable[[], None], count: int) -> float:
    call()
    samples = []
    for _ in range(count):
        started = perf_counter_ns()
        call()
        samples.append((perf_counter_ns() - started) / 1000)
    return statistics.median(samples)


def _bytes() -> int:
    return sum(path.stat().st_size for path in Path().rglob("*") if path.is_file())


def main() -> None:
    name, what, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    peer = PEERS[name]()
    try:
        found = {"points": points, "runs": runs, "cells": cells, "search": search}[what](
            peer, count
        )
    finally:
        peer.close()
    found["cpu_s"] = process_time_ns() / 1e9
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
    # Some of them leave threads behind that would keep the process.
    os._exit(0)
