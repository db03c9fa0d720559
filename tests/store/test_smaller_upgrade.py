"""Proves that an upgrade takes the row of a point that its series says, and no point with it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from mlops_lab.core.ids import new_id
from mlops_lab.core.settings import Settings
from mlops_lab.store import metrics, migrations
from mlops_lab.store.engine import open_engine, transaction
from mlops_lab.store.metrics import NewPoints, Row
from mlops_lab.store.store import Store

from .pointworld import STARTED_AT, exactly

KNOWN: dict[str, list[Row]] = {
    "one": [(3, STARTED_AT + 5, 0.25)],
    "nan": [(-1, STARTED_AT, None)],
    "zero": [(0, STARTED_AT, 0.0)],
    "minus": [(0, STARTED_AT + 1, -0.0)],
    "far": [(2**63 - 1, 2**62, -math.inf)],
    "two": [(1, STARTED_AT, 2.0), (0, STARTED_AT - 9, 1.0)],
    "two nan": [(0, STARTED_AT, None), (1, STARTED_AT + 8, None)],
}


def make_old_store(settings: Settings, run_id: str) -> None:
    """Make a store of the version before, with a row for each point."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    engine = open_engine(settings.store_url)
    with transaction(engine, writes=True) as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0014")
        tx.execute(
            text("INSERT INTO experiment (id, name, created_at) VALUES (:r, 'e', 5)"), {"r": run_id}
        )
        tx.execute(
            text(
                'INSERT INTO run (id, experiment_id, name, status, source, "user", started_at)'
                " VALUES (:r, :r, 'train', 'finished', 'notebook', 'ada', 1)"
            ),
            {"r": run_id},
        )
        for number, name in enumerate(KNOWN, 1):
            tx.execute(
                text("INSERT INTO key (id, name) VALUES (:n, :name)"), {"n": number, "name": name}
            )
            add_old_series(tx, number, KNOWN[name])
    engine.dispose()


def add_old_series(tx: Connection, number: int, rows: list[Row]) -> None:
    """Write a series and its points as the version before did."""
    numbers = [value for _, _, value in rows if value is not None]
    last = max(rows, key=lambda row: row[:2])
    since = rows[0][1]
    tx.execute(
        text(
            "INSERT INTO series (id, run_seq, key_id, last, last_step, last_time,"
            " first_time, count, min, max) SELECT :n, seq, :n, :last, :step, :time, :first,"
            " :count, :min, :max FROM run"
        ),
        {
            "n": number,
            "last": last[2],
            "step": last[0],
            "time": last[1],
            "first": since,
            "count": len(rows),
            "min": min(numbers, default=None),
            "max": max(numbers, default=None),
        },
    )
    for at, (step, time, value) in enumerate(rows):
        is_minus = value is not None and value.hex() == "-0x0.0p+0"
        kept = b"-0.0" if is_minus and tx.dialect.name == "sqlite" else value
        tx.execute(
            text(
                "INSERT INTO metric_point (series_id, ordinal, step, elapsed, value)"
                " VALUES (:n, :at, :step, :elapsed, :value)"
            ),
            {"n": number, "at": at, "step": step, "elapsed": time - since, "value": kept},
        )


@pytest.fixture
def run_id(empty_settings: Settings) -> str:
    made = new_id()
    make_old_store(empty_settings, made)
    return made


def test_every_point_is_there_and_most_rows_are_gone(empty_settings: Settings, run_id: str) -> None:
    store = Store.open(empty_settings)
    try:
        with store.read() as cx:
            stored = metrics.read_series(cx, [run_id])[run_id]
            points = metrics.read_points(cx, stored)
            left = cx.execute(text("SELECT count(*) FROM metric_point")).scalar_one()
            bounds = cx.execute(text("SELECT count(min), count(max) FROM series")).one()
        assert {one.name: exactly(points[one.id]) for one in stored} == {
            name: exactly(sorted(rows, key=lambda row: row[0])) for name, rows in KNOWN.items()
        }
        assert {one.name: one.last_time for one in stored} == {
            name: max(rows, key=lambda row: row[:2])[1] for name, rows in KNOWN.items()
        }
        summaries = {one.name: one.summary() for one in stored}
        assert (summaries["one"].min, summaries["one"].max) == (0.25, 0.25)
        assert (summaries["two"].min, summaries["two"].max) == (1.0, 2.0)
        assert (summaries["far"].min, summaries["nan"].max) == ("-Infinity", "NaN")
        # Two zeros, and two series of two points.
        assert left == 6
        assert tuple(bounds) == (1, 1)
    finally:
        store.close()


def test_the_next_point_is_behind_the_first(empty_settings: Settings, run_id: str) -> None:
    store = Store.open(empty_settings)
    try:
        more: list[Row] = [(9, STARTED_AT + 99, 0.75)]
        new = NewPoints([9], [STARTED_AT + 99], [0.75])
        with store.write() as tx:
            keys = range(1, len(KNOWN) + 1)
            metrics.add_points(tx, {(run_id, key_id): new for key_id in keys})
        with store.read() as cx:
            stored = metrics.read_series(cx, [run_id])[run_id]
            for one in stored:
                arrived = [row for part in metrics.stream_points(cx, one) for row in part]
                assert exactly(arrived) == exactly(KNOWN[one.name] + more)
    finally:
        store.close()
