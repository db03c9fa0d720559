"""Measures the screen in Chromium: start bundle, list, scrolling, live rows, memory, comparison.

Beside it stand the limits of the plan, and MLflow's own site on the same store in the same browser.
`MLOPS_LAB_BENCHMARK_SOAK_S` is how long the live rows are watched (180 s if not given).
"""

from __future__ import annotations

import gzip
import os
import sys
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

from browsing import LiveJupyterLab, ask_browser, end_browser, mlflow_site, start_browser
from large_stores import open_store
from live import TOKEN
from long_stores import CURVES, POINTS, open_long_store
from report import Row, median, p99

from mlops_lab.client import Client
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import Batch, MetricLogged, RunFinished, RunStarted, SpoolHeader

STATIC = Path(__file__).parent.parent / "mlops_lab" / "labextension" / "static"
SIZES = (1_000, 100_000)
MAX_START_KB = 120.0
MAX_LIST_MS = 300.0
MIN_FPS = 55.0
MAX_LATENCY_MS = 200.0
MAX_COMPARISON_MS = 1_000.0
SCROLL_S = 4.0
SOAK_S = float(os.environ.get("MLOPS_LAB_BENCHMARK_SOAK_S", "180"))
LIVE_RUNS = 20
RATE = 100
BATCH_S = 0.3
PROBE_S = 1.0
COMPARED = 50
CHARTS = 2
MLFLOW_ROW = ".ag-center-cols-container [role=row], [data-testid*='runs-table'] [role=row]"
MLFLOW_LIST = ".ag-body-viewport"


def measure(repeats: int) -> list[Row]:
    """Return rows of all that the plan says of the screen."""
    rounds = max(3, repeats // 2)
    rows: list[Row] = []
    for size in SIZES:
        with open_store(size) as (folder, _), LiveJupyterLab(data_dir=folder) as lab:
            if size == SIZES[0]:
                rows += _start(lab)
            rows += _lists(lab, size, rounds)
    with LiveJupyterLab() as lab:
        rows += _live(lab)
    with open_long_store(COMPARED) as (folder, ids), LiveJupyterLab(data_dir=folder) as lab:
        rows += _comparison(lab, ids, rounds)
    return rows


def _start(lab: LiveJupyterLab) -> list[Row]:
    loaded = ask_browser("start", url=lab.url)["loaded"]
    files = [STATIC.parent / path for path in dict.fromkeys(loaded) if path.endswith(".js")]
    size = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files) / 1000
    note = f"{len(files)} files; plotly and the views come with what first needs them"
    label = "loaded at JupyterLab's start, gzip / aim"
    return [Row(label, size, MAX_START_KB, "kB", size / MAX_START_KB, 1.0, note=note)]


def _lists(lab: LiveJupyterLab, size: int, rounds: int) -> list[Row]:
    times = ask_browser("list", url=lab.url, repeats=rounds)["times"]
    taken = median(times)
    rows = [
        Row(
            f"{size:,} runs: panel opened to rows / aim",
            taken,
            MAX_LIST_MS,
            "ms",
            taken / MAX_LIST_MS,
            1.0,
            note=f"worst of {rounds}: {max(times):,.0f} ms",
        )
    ]
    frames = ask_browser("scroll", url=lab.url, seconds=SCROLL_S)
    with mlflow_site(lab) as site:
        page = f"{site}#/experiments/{_experiment_id(lab)}/runs"
        peers = ask_browser("open", url=page, selector=MLFLOW_ROW, count=8, repeats=rounds)
        peer_ms = median(peers["times"])
        peer_frames = ask_browser(
            "scrollElsewhere",
            url=page,
            ready=MLFLOW_ROW,
            selector=MLFLOW_LIST,
            seconds=SCROLL_S,
        )
    rows.append(
        Row(
            f"{size:,} runs: panel opened to rows / MLflow's page of an experiment opened to rows",
            taken,
            peer_ms,
            "ms",
            taken / peer_ms,
            None,
        )
    )
    return [*rows, *_frames(size, frames, peer_frames)]


def _experiment_id(lab: LiveJupyterLab) -> str:
    query = urllib.parse.urlencode({"experiment_name": lab.get(_NEWEST)["runs"][0]["experiment"]})
    found = lab.get(f"mlops-lab/mlflow/api/2.0/mlflow/experiments/get-by-name?{query}")
    return str(found["experiment"]["experiment_id"])


_NEWEST = "mlops-lab/api/runs?limit=1"


def _frames(size: int, ours: dict[str, Any], peer: dict[str, Any]) -> list[Row]:
    rate, other = (1000 * len(one["frames"]) / sum(one["frames"]) for one in (ours, peer))
    slow = p99(ours["frames"])
    return [
        Row(
            f"{size:,} runs: aim / frames a second while scrolling",
            rate,
            MIN_FPS,
            "1/s",
            MIN_FPS / rate,
            1.0,
            note=f"{ours['scrolled']:,.0f} px in {SCROLL_S:.0f} s; 99% of frames in {slow:.0f} ms",
        ),
        Row(
            f"{size:,} runs: MLflow's frames a second / ours",
            rate,
            other,
            "1/s",
            other / rate,
            None,
            note=f"MLflow's list: {peer['scrolled']:,.0f} px, of the 100 runs that it has fetched",
        ),
    ]


class Kernels:
    """Deliver the points of live runs, and each second a new run that the list shall show."""

    def __init__(self, lab: LiveJupyterLab) -> None:
        self._api = f"http://127.0.0.1:{lab.port}/mlops-lab/api"
        self._stop = threading.Event()
        self._threads = [
            *(threading.Thread(target=self._log, args=(one,)) for one in range(LIVE_RUNS)),
            threading.Thread(target=self._probe),
        ]
        self.began: dict[str, float] = {}

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _log(self, number: int) -> None:
        header, run_id, seq = SpoolHeader(new_id(), "bench", 1, 0.0), new_id(), 1
        records: list[Any] = [_begin(run_id, f"live {number}", "live")]
        with Client(self._api, TOKEN) as client:
            while not self._stop.is_set():
                begun = time.monotonic()
                for _ in range(int(RATE * BATCH_S)):
                    seq += 1
                    records.append(MetricLogged(seq, run_id, "loss", 1 / seq, seq, _now()))
                client.deliver(Batch(header, records))
                records = []
                self._stop.wait(max(0.0, BATCH_S - (time.monotonic() - begun)))
            client.deliver(Batch(header, [_end(seq + 1, run_id)]))

    def _probe(self) -> None:
        number = 0
        with Client(self._api, TOKEN) as client:
            while not self._stop.wait(PROBE_S):
                number += 1
                run_id, name = new_id(), f"probe {number}"
                records = [_begin(run_id, name, "probes"), _end(2, run_id)]
                self.began[name] = time.time() * 1000
                client.deliver(Batch(SpoolHeader(new_id(), "bench", 1, 0.0), records))


def _now() -> int:
    return time.time_ns() // 1_000_000


def _begin(run_id: str, name: str, experiment: str) -> RunStarted:
    about = ("notebook", "ada", _now(), None, None, None, None, "loss", None)
    return RunStarted(1, run_id, name, experiment, *about)


def _end(seq: int, run_id: str) -> RunFinished:
    return RunFinished(seq, run_id, "finished", _now(), 1, None, None, 1, 1)


def _live(lab: LiveJupyterLab) -> list[Row]:
    kernels = Kernels(lab)
    with start_browser("live", url=lab.url, seconds=SOAK_S) as browser:
        assert browser.stderr is not None
        browser.stderr.readline()
        kernels.start()
        try:
            seen = end_browser(browser)
        finally:
            kernels.stop()
    waits = [seen["seen"][name] - at for name, at in kernels.began.items() if name in seen["seen"]]
    late = sorted(waits)[int(len(waits) * 0.95)]
    lost = len(kernels.began) - len(waits)
    before, after = seen["before"] / 1e6, seen["after"] / 1e6
    note = f"{LIVE_RUNS} runs log {RATE} points a second each; {len(waits)} probes"
    return [
        Row(
            "a run delivered to its row, 95th percentile / aim",
            late,
            MAX_LATENCY_MS,
            "ms",
            late / MAX_LATENCY_MS,
            1.0,
            p99=p99(waits),
            note=f"median {median(waits):,.0f} ms; {note}; {lost} came after the end",
        ),
        Row(
            f"memory of the page after {SOAK_S:.0f} s of that / after its begin",
            after,
            before,
            "MB",
            after / before,
            1.2,
        ),
    ]


def _comparison(lab: LiveJupyterLab, ids: list[str], rounds: int) -> list[Row]:
    lab.get(f"mlops-lab/api/runs/{ids[0]}")
    order = {"url": lab.url, "runIds": ids, "charts": CHARTS, "repeats": rounds}
    found = ask_browser("compare", **order)["rounds"]
    charts = median([one["charts"] for one in found])
    table = median([one["table"] for one in found])
    with mlflow_site(lab) as site:
        words = urllib.parse.urlencode(
            {"runs": str(ids).replace("'", '"'), "experiments": f'["{_experiment_id(lab)}"]'}
        )
        selector = "table.compare-table tbody tr, .compare-run-table tbody tr"
        peer = ask_browser(
            "open",
            url=f"{site}#/compare-runs?{words}",
            selector=selector,
            count=CURVES,
            repeats=rounds,
        )
    peer_ms = median(peer["times"])
    what = f"{len(ids)} runs, {CURVES} curves each of {POINTS:,} points"
    return [
        Row(
            f"{what}: comparison opened to charts / aim",
            charts,
            MAX_COMPARISON_MS,
            "ms",
            charts / MAX_COMPARISON_MS,
            1.0,
            note="the charts in sight",
        ),
        Row(
            f"{what}: comparison opened to table / MLflow's page opened to table",
            table,
            peer_ms,
            "ms",
            table / peer_ms,
            None,
            note="MLflow's page draws no curves",
        ),
    ]


if __name__ == "__main__":
    sys.exit("Run benchmarks/run screen")
