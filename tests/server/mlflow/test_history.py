"""Shows that a long metric is read by pages and thinned by MLflow's routes, nothing lost."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.server.live_server import TOKEN

COUNT = 11_000
SPIKE = 7_777


@pytest.fixture
def long_run(mlflow: Any) -> str:
    """A run with a metric of 11,000 points, its clock going back in between."""
    client = mlflow.MlflowClient()
    run_id: str = client.create_run("0").info.run_id
    for begin in range(0, COUNT, 1_000):
        batch = [
            mlflow.entities.Metric("loss", 9.0 if step == SPIKE else step % 10, _time(step), step)
            for step in range(begin, begin + 1_000)
        ]
        client.log_batch(run_id, metrics=batch)
    return run_id


def _time(step: int) -> int:
    return 1_000_000 + step if step % 100 else 500_000 + step


def ask(uri: str, route: str, **query: Any) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - of our own server
        f"{uri}/api/2.0/mlflow/metrics/{route}?{urlencode(query, doseq=True)}",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
        found: dict[str, Any] = json.loads(answer.read())
        return found


def test_a_history_comes_by_pages_in_the_order_of_time(uri: str, long_run: str) -> None:
    found: list[tuple[int, int]] = []
    token = ""
    while True:
        query = {"run_id": long_run, "metric_key": "loss", "max_results": 3_000}
        page = ask(uri, "get-history", **query, **({"page_token": token} if token else {}))
        found += [(int(one["timestamp"]), int(one["step"])) for one in page["metrics"]]
        token = page.get("next_page_token", "")
        if not token:
            break
        assert len(page["metrics"]) == 3_000
    assert found == sorted((_time(step), step) for step in range(COUNT))


def test_the_client_reads_all_of_it(mlflow: Any, long_run: str) -> None:
    history = mlflow.MlflowClient().get_metric_history(long_run, "loss")
    assert sorted(one.step for one in history) == list(range(COUNT))


def test_a_long_metric_is_thinned_with_its_extremes(uri: str, long_run: str) -> None:
    query = {"run_ids": [long_run], "metric_key": "loss", "max_results": 100}
    whole = ask(uri, "get-history-bulk-interval", **query)["metrics"]
    assert 25 < len(whole) <= 100
    assert {int(whole[0]["step"]), int(whole[-1]["step"]), SPIKE} >= {0, COUNT - 1}
    part = ask(uri, "get-history-bulk-interval", **query, start_step=7_000, end_step=8_000)
    steps = [int(one["step"]) for one in part["metrics"]]
    assert steps == sorted(steps)
    assert 25 < len(steps) <= 100
    assert (steps[0] >= 7_000, steps[-1] <= 8_000) == (True, True)
