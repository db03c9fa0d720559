"""Proves that a store with millions of points as rows is upgraded at once, and packed later."""

from __future__ import annotations

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from mlops_lab.core.ids import new_id
from mlops_lab.core.settings import Settings
from mlops_lab.store import metrics, migrations, pointpacking
from mlops_lab.store.engine import open_engine, transaction
from mlops_lab.store.metrics import Row
from mlops_lab.store.store import Store
from mlops_lab.tracking.packing import pack_points
from mlops_lab.tracking.thin import chart_points

COUNT = 60_000
SINCE = 1_700_000_000_000


def expected_points() -> list[Row]:
    return [
        (step, SINCE + 2 * step, None if step % 1_000 == 9 else step / 7) for step in range(COUNT)
    ]


def make_old_store(settings: Settings, run_id: str) -> None:
    """Make a store of the version before chunks, with one long series and a short one."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    engine = open_engine(settings.store_url)
    with transaction(engine, writes=True) as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0003")
        tx.execute(
            text("INSERT INTO experiment (id, name, created_at) VALUES (:e, 'e', 5)"), {"e": run_id}
        )
        tx.execute(
            text(
                'INSERT INTO run (id, experiment_id, name, status, source, "user", started_at)'
                " VALUES (:r, :r, 'train', 'finished', 'notebook', 'ada', 1)"
            ),
            {"r": run_id},
        )
        for number, count in ((1, COUNT), (2, 3)):
            tx.execute(
                text("INSERT INTO key (id, name) VALUES (:n, :name)"),
                {"n": number, "name": f"m{number}"},
            )
            tx.execute(
                text(
                    "INSERT INTO series (id, run_id, key_id, last, last_step, last_time, first_time,"
                    " count, min, max) VALUES (:n, :r, :n, 1, 1, :t, :t, :count, 0, 1)"
                ),
                {"n": number, "r": run_id, "t": SINCE, "count": count},
            )
            tx.execute(
                text(
                    "INSERT INTO metric_point (series_id, ordinal, step, elapsed, value)"
                    " VALUES (:n, :at, :at, :elapsed, :value)"
                ),
                [
                    {"n": number, "at": step, "elapsed": at - SINCE, "value": value}
                    for step, at, value in expected_points()[:count]
                ],
            )
    engine.dispose()


def test_an_old_store_is_read_at_once_and_packed_later(empty_settings: Settings) -> None:
    run_id = new_id()
    make_old_store(empty_settings, run_id)
    began = time.monotonic()
    store = Store.open(empty_settings)
    assert time.monotonic() - began < 30
    try:
        with store.read() as cx:
            assert pointpacking.count_waiting(cx) == COUNT
            before = metrics.read_series(cx, [run_id])[run_id]
            charts = [chart_points(cx, one, max_points=300) for one in before]
        assert pack_points(store, rest=lambda _: None) == COUNT
        with store.read() as cx:
            assert pointpacking.count_waiting(cx) == 0
            assert cx.execute(text("SELECT count(*) FROM metric_point")).scalar_one() == 3
            after = metrics.read_series(cx, [run_id])[run_id]
            rows = [row for part in metrics.stream_points(cx, after[0]) for row in part]
            assert [chart_points(cx, one, max_points=300) for one in after] == charts
        assert rows == expected_points()
    finally:
        store.close()
