"""Proves that an upgrade of a store with data keeps all of it, on each database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

from mlops_lab.core.ids import new_id
from mlops_lab.core.settings import Settings
from mlops_lab.core.tracking import MetricPoint, Tag, TagEntry
from mlops_lab.store import migrations, schema
from mlops_lab.store.engine import open_engine, transaction
from mlops_lab.store.store import Store
from mlops_lab.tracking.experiments import ExperimentsService
from mlops_lab.tracking.service import TrackingService

RUN, EXPERIMENT = new_id(), new_id()

ROWS: dict[str, list[dict[str, Any]]] = {
    "experiment": [{"id": EXPERIMENT, "name": "flights", "created_at": 5}],
    "run": [
        {
            "id": RUN,
            "experiment_id": EXPERIMENT,
            "name": "train",
            "status": "finished",
            "source": "notebook",
            "user": "ada",
            "started_at": 1_000,
            "ended_at": 3_000,
            "duration_ms": 2_000,
            "primary_metric": "loss",
        }
    ],
    "key": [{"id": 1, "name": "n"}, {"id": 2, "name": "loss"}, {"id": 3, "name": "team"}],
    "param": [
        {
            "run_id": RUN,
            "key_id": 1,
            "value": "200",
            "number": 200.0,
            "origin": "assigned",
            "position": 0,
        }
    ],
    "tag": [{"run_id": RUN, "key_id": 3, "value": "one"}],
    "series": [
        {
            "id": 1,
            "run_id": RUN,
            "key_id": 2,
            "last": 0.5,
            "last_step": 0,
            "last_time": 1_500,
            "first_time": 1_500,
            "count": 1,
            "min": 0.5,
            "max": 0.5,
        }
    ],
    "metric_point": [{"series_id": 1, "ordinal": 0, "step": 0, "elapsed": 0, "value": 0.5}],
    "cell": [{"run_id": RUN, "position": 0, "source": "n = 200"}],
    "run_warning": [{"run_id": RUN, "position": 0, "text": "careful"}],
    "outbox": [{"seq": 1, "kind": "run", "record_id": RUN, "action": "created", "created_at": 5}],
}


# What an upgrade writes in another form: a point that its series says, and words of few.
CHANGED: dict[str, list[dict[str, Any]]] = {
    "param": [{"key_id": 1, "value": "200", "number": 200.0, "origin": "a", "position": 0}],
    "series": [
        {
            "id": 1,
            "run_id": RUN,
            "key_id": 2,
            "last": 0.5,
            "last_step": 0,
            "last_elapsed": 0,
            "first_time": 1_500,
            "count": 1,
        }
    ],
    "metric_point": [],
}


def _make_first(settings: Settings) -> None:
    engine = open_engine(settings.store_url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    with transaction(engine, writes=True) as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0001")
        for table, rows in ROWS.items():
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join(f":{name}" for name in row)
                tx.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({marks})'), row)
    engine.dispose()


@pytest.fixture
def upgraded(empty_settings: Settings) -> Store:
    _make_first(empty_settings)
    return Store.open(empty_settings)


def test_an_upgrade_keeps_every_row(upgraded: Store) -> None:
    with upgraded.read() as cx:
        assert schema.read_revision(cx) == schema.HEAD
        for table, rows in (ROWS | CHANGED).items():
            known = {column["name"] for column in inspect(cx).get_columns(table)}
            whole, names = f'"{table}"', known
            if "run_seq" in known:
                whole = f'(SELECT run.id AS run_id, t.* FROM "{table}" t JOIN run ON seq = run_seq)'
                names = known | {"run_id"}
            for row in rows:
                condition = " AND ".join(f'"{name}" = :{name}' for name in row)
                query = text(f"SELECT count(*) FROM {whole} AS kept WHERE {condition}")
                assert cx.execute(query, row).scalar_one() == 1, table
                assert names >= set(row)
    upgraded.close()


def test_what_was_recorded_before_is_shown_as_before(upgraded: Store) -> None:
    service = TrackingService(upgraded)
    found = service.get_run(RUN)
    assert (found.summary.name, found.summary.status) == ("train", "finished")
    assert found.summary.primary_metric is not None
    assert found.summary.primary_metric.last == 0.5
    assert (found.summary.direction, found.summary.children) == ("min", 0)
    assert [(p.name, p.value, p.detail) for p in found.params] == [("n", "200", "")]
    assert found.params[0].origin == "assigned"
    assert service.get_series(RUN, "loss").points == [MetricPoint(step=0, time=1_500, value=0.5)]
    assert found.tags == [Tag("team", "one")]
    assert service.get_tag_history(RUN, "team").entries == [TagEntry("team", "one", 1_000)]
    assert service.get_capture(RUN).environment is None
    assert service.list_runs(filter="params.n = 200 metrics.loss < 1 git.dirty != true").total == 1
    experiment = ExperimentsService(upgraded).get("flights")
    assert (experiment.best_run_id, experiment.best) == (RUN, 0.5)
    upgraded.close()


def test_what_refers_to_runs_does_so_afterwards(upgraded: Store) -> None:
    with upgraded.write() as tx:
        if tx.dialect.name == "sqlite":
            assert tx.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
            assert tx.execute(text("PRAGMA foreign_key_check")).all() == []
        service = ExperimentsService(upgraded)
        assert service.get("flights").runs == 1
        tx.execute(text("DELETE FROM run WHERE id = :id"), {"id": RUN})
        for table in ("param", "tag", "series", "metric_point", "cell", "run_warning"):
            assert tx.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one() == 0, table
    upgraded.close()


def test_a_run_that_is_new_gets_a_number_of_its_own(upgraded: Store) -> None:
    with upgraded.write() as tx:
        for table, column in (("run", "seq"), ("series", "id")):
            newest = tx.execute(text(f"SELECT max({column}) FROM {table}")).scalar_one()
            columns = [c["name"] for c in inspect(tx).get_columns(table) if c["name"] != column]
            listed = ", ".join(f'"{name}"' for name in columns)
            other = {"id": "'other'", "key_id": "1"}
            values = ", ".join(other.get(name, f'"{name}"') for name in columns)
            tx.execute(text(f"INSERT INTO {table} ({listed}) SELECT {values} FROM {table}"))
            assert tx.execute(text(f"SELECT max({column}) FROM {table}")).scalar_one() == newest + 1
    upgraded.close()
