"""Measures lists, filters, orders, pages, facets, comparison in stores of 10,000 and 100,000 runs."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from growth_plot import plot_growth
from large_stores import open_store
from live import LiveLab
from peers.environment import measure_peer
from report import Row, median, p99

SIZES = (10_000, 100_000)
MLFLOW_SIZE = 1_000
MLFLOW = f"mlflow REST with {MLFLOW_SIZE:,} runs"
LIMITS_MS = {10_000: 15.0, 100_000: 40.0}
MAX_GROWTH = 3.0
MAX_RUN_BYTES = 4_000
MAX_SERVER_MB = 150.0
POSTGRES_URL = "MLOPS_LAB_BENCHMARK_POSTGRES_URL"
FOLDER = Path(__file__).parent / "results" / "large"
PLOT = FOLDER / "growth.svg"

_SORTED = {"order_by": "metrics.metric_3 DESC"}
_BOTH = "metrics.metric_1 > 0.5 and params.model = 'forest'"
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "newest runs": ("runs", {}),
    "newest runs that are nobody's children": ("runs", {"parent": "none"}),
    "the same, of an experiment": ("runs", {"parent": "none", "experiment": "experiment 7"}),
    "filter on metric and param, sort by metric": ("runs", {"filter": _BOTH, **_SORTED}),
    "sort by a metric": ("runs", _SORTED),
    "sort by the highest value": ("runs", {"order_by": "metrics.metric_3.max DESC"}),
    "sort by a param": ("runs", {"order_by": "params.param_1"}),
    "sort by a text param": ("runs", {"order_by": "params.model DESC"}),
    "sort by duration": ("runs", {"order_by": "duration DESC"}),
    "sort by user": ("runs", {"order_by": "user"}),
    "filter: one of a thousand": ("runs", {"filter": "metrics.metric_1 > 0.999", **_SORTED}),
    "filter: one run": ("runs", {"filter": "params.seed = 77"}),
    "filter: number": ("runs", {"filter": "params.param_0 < 3"}),
    "filter: tag": ("runs", {"filter": "tags.team = 'red'"}),
    "filter: LIKE": ("runs", {"filter": "tags.ticket LIKE '%9'"}),
    "filter: OR": ("runs", {"filter": "status = failed or metrics.metric_1 > 0.9"}),
    "filter: NOT": ("runs", {"filter": "not (user = ada or user = bob)"}),
    "filter: time": ("runs", {"filter": "started > '2026-06-01'"}),
    "filter: word": ("runs", {"filter": "metric_7"}),
    "filter: code": ("runs", {"filter": "code:roc_auc"}),
    "filter: user and status": ("runs", {"filter": "user = ada and status = failed"}),
    "chosen columns": ("runs", {"columns": ["metrics.metric_1", "params.seed", "tags.team"]}),
    "facet of users": ("facets", {"field": "user"}),
    "facet of a tag, filtered": ("facets", {"field": "tags.team", "filter": _BOTH}),
    "an experiment": ("experiments/experiment%207", {}),
    "what a kernel asks at its start": ("experiments/experiment%207/briefing", {}),
    "page of experiments": ("experiments", {"limit": 20}),
    "names": ("names", {"kind": "metrics", "prefix": "metric"}),
}


def measure(repeats: int) -> list[Row]:
    """Return rows of every question in each size, beside MLflow's server and the floor."""
    rows: list[Row] = []
    peer = measure_peer("mlflow REST", "search", count=MLFLOW_SIZE, timeout_s=1_800)
    found: dict[str, dict[str, dict[int, float]]] = {}
    urls = {"SQLite": ""} | ({"PostgreSQL": url} if (url := os.environ.get(POSTGRES_URL)) else {})
    for database, url in urls.items():
        times = found.setdefault(database, {})
        for size in SIZES:
            repeated = max(20, repeats * 5)
            more, medians = _measure_size(size, database, url, repeated, peer["median"])
            rows += more
            for label, taken in medians.items():
                times.setdefault(label, {})[size] = taken
        rows += _growth(times, database)
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    plot_growth(PLOT, found)
    print(f"Growth with size: {PLOT}", file=sys.stderr)
    return rows


def _measure_size(
    size: int, database: str, url: str, repeats: int, peer_ms: float
) -> tuple[list[Row], dict[str, float]]:
    """Return rows of one size of one database, and the median of each question."""
    rows: list[Row] = []
    medians: dict[str, float] = {}
    with open_store(size, url) as (folder, target):
        floor = None if url else _floor(folder / "store.db", repeats)
        with LiveLab(data_dir=folder, store_url=target) as live:
            for label, ask in _asks(live).items():
                samples = _time(ask, repeats)
                medians[label] = median(samples)
                is_floor = floor is not None and "filter on metric and param" in label
                rows.append(
                    Row(
                        f"{size:,} runs, {database}: {label}",
                        medians[label],
                        floor if floor is not None and is_floor else peer_ms,
                        "ms",
                        medians[label] / LIMITS_MS[size],
                        1.0,
                        p99=p99(samples),
                        note=f"ratio to the limit; beside {'sqlite3' if is_floor else MLFLOW}",
                    )
                )
            assert live.process is not None
            used = psutil.Process(live.process.pid).memory_info().rss / 1e6
        label = f"{size:,} runs, {database}: server memory"
        rows.append(Row(label, used, 0, "MB", used / MAX_SERVER_MB, None))
        if not url:
            held = (folder / "store.db").stat().st_size / size
            rows.append(Row(f"{size:,} runs: bytes a run", held, 0, "B", held / MAX_RUN_BYTES, 1.0))
    return rows, medians


def _asks(live: LiveLab) -> dict[str, Callable[[], Any]]:
    def get(path: str, query: dict[str, Any]) -> Callable[[], Any]:
        encoded = urllib.parse.urlencode(query, doseq=True)
        return lambda: live.get(f"mlops-lab/api/{path}?{encoded}")

    asks = {label: get(path, query) for label, (path, query) in QUESTIONS.items()}
    page = live.get("mlops-lab/api/runs?limit=50")
    ids = [run["id"] for run in page["runs"]]
    asks["open a run"] = lambda: live.get(f"mlops-lab/api/runs/{ids[0]}")
    asks["compare 10 runs"] = get("comparison", {"run_id": ids[:10]})
    for number in (11, 101):
        asks[f"page {number}, sorted by a metric"] = get("runs", _cursor_of(live, number))
    return asks


def _cursor_of(live: LiveLab, number: int) -> dict[str, Any]:
    query: dict[str, Any] = {**_SORTED, "limit": 90}
    for _ in range(number - 1):
        page = live.get(f"mlops-lab/api/runs?{urllib.parse.urlencode(query)}")
        query["cursor"] = page["next_cursor"]
    return query


def _time(ask: Callable[[], Any], repeats: int) -> list[float]:
    ask()
    samples = []
    for _ in range(repeats):
        began = time.perf_counter_ns()
        ask()
        samples.append((time.perf_counter_ns() - began) / 1e6)
    return samples


def _floor(path: Path, repeats: int) -> float:
    """The same question by hand, over the same rows: ids of runs only."""
    with sqlite3.connect(path) as db:
        keys = dict(db.execute("SELECT name, id FROM key"))
        asked = (keys["metric_3"], keys["metric_1"], keys["model"])
        query = (
            "SELECT s.run_seq FROM series s JOIN series f ON f.run_seq = s.run_seq AND f.key_id = ?2 "
            "JOIN param p ON p.run_seq = s.run_seq AND p.key_id = ?3 WHERE s.key_id = ?1 "
            "AND f.last > 0.5 AND p.word = 'forest' ORDER BY s.last DESC LIMIT 100"
        )
        return median(_time(lambda: db.execute(query, asked).fetchall(), repeats))


def _growth(times: dict[str, dict[int, float]], database: str) -> list[Row]:
    small, large = SIZES
    return [
        Row(
            f"{database}, from {small:,} to {large:,} runs: {label}",
            sizes[large],
            sizes[small],
            "ms",
            sizes[large] / sizes[small],
            MAX_GROWTH,
        )
        for label, sizes in times.items()
    ]


if __name__ == "__main__":
    sys.exit("Run benchmarks/run large_store")
