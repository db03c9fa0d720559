"""Owns making stores of many runs, of the usual size, through the same door as kernels' records."""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import create_engine, make_url, text

from mlops_lab.core.ids import new_id
from mlops_lab.core.records import (
    Batch,
    CellCaptured,
    MetricLogged,
    ParamLogged,
    Record,
    RunFinished,
    RunStarted,
    SpoolHeader,
    TagSet,
)
from mlops_lab.core.settings import DATA_DIR, make_settings
from mlops_lab.core.trash import TrashOrder
from mlops_lab.lab import Lab

PARAMS = 20
METRICS = 20
BEGAN_AT = 1_780_000_000_000
MINUTE_MS = 60_000
USERS = ("ada", "bob", "carol", "dan", "eve", "frank", "grace", "heidi", "ivan", "judy")
TEAMS = ("red", "green", "blue", "yellow")
MODELS = ("forest", "boosting", "linear", "network", "bayes")
EXPERIMENTS = 50
NOTEBOOKS = 40
SWEEP = 0.75
"""From this part of the store on, every run is a trial of one run."""
TRASHED = 0.70
"""From here to the sweep, every run is in the trash."""
MAX_ORDERED = 500
_AT_ONCE = 250
STORES = "MLOPS_LAB_BENCHMARK_STORES"
"""A folder in which stores are kept, so that they are made once; else they go when measured."""
CELL = """model = RandomForestRegressor(n_estimators=n, max_depth=depth)
model.fit(X_train, y_train)
auc = roc_auc_score(y_test, model.predict(X_test))
"""


def fill(folder: Path, count: int, *, store_url: str = "") -> None:
    """Make a store of ``count`` runs of 20 params, 20 metrics and 3 tags in a data folder.

    Those of the newest quarter are trials of one run, and some before them lie in the trash.
    """
    settings = make_settings(
        jupyter_data_dir=folder, store_url=store_url, environ={DATA_DIR: str(folder)}
    )
    lab = Lab.open(settings)
    try:
        spool = SpoolHeader(new_id(), "benchmark", 1, 1.0)
        records: list[Record] = []
        trashed: list[str] = []
        made = records_of(count, random.Random(count))  # noqa: S311 - the same store each time
        for seq, record in enumerate(made, 1):
            records.append(msgspec.structs.replace(record, seq=seq))
            if isinstance(record, RunStarted) and _is_trashed(record, count):
                trashed.append(record.run_id)
            if isinstance(record, RunFinished) and len(records) >= _AT_ONCE * 60:
                lab.tracking.ingest(Batch(spool=spool, records=records))
                records = []
        if records:
            lab.tracking.ingest(Batch(spool=spool, records=records))
        if store_url:
            # What PostgreSQL does by itself within a minute.
            with lab.store.write() as tx:
                tx.exec_driver_sql("ANALYZE")
        for start in range(0, len(trashed), MAX_ORDERED):
            order = TrashOrder(runs=trashed[start : start + MAX_ORDERED])
            lab.trash.put(order, who="benchmark")
    finally:
        lab.close()


def _is_trashed(record: RunStarted, count: int) -> bool:
    number = (record.started_at - BEGAN_AT) // MINUTE_MS
    return TRASHED * count <= number < SWEEP * count


def records_of(count: int, chance: random.Random) -> Iterator[Record]:
    """Yield what kernels would record of ``count`` runs."""
    sweep = None
    for number in range(count):
        run_id = f"{BEGAN_AT + number * MINUTE_MS:012x}{chance.getrandbits(80):020x}"
        began = BEGAN_AT + number * MINUTE_MS
        notebook = f"work/notebook_{chance.randrange(NOTEBOOKS)}.ipynb"
        yield RunStarted(
            0,
            run_id,
            name=f"train {number % 100}",
            experiment=f"experiment {min(int(chance.expovariate(0.1)), EXPERIMENTS - 1)}",
            source="notebook",
            user=chance.choice(USERS),
            started_at=began,
            notebook_file=notebook,
            cell_id=f"{number % 30:08x}",
            kernel_id=None,
            kernel_name="python3",
            primary_metric="metric_0",
            job_id=None,
            parent_run_id=sweep,
        )
        if sweep is None and number >= SWEEP * count:
            sweep = run_id
        yield CellCaptured(0, run_id, CELL, f"{number % 30:08x}", 1)
        for index in range(PARAMS - 2):
            value = repr(round(chance.random(), 4)) if index % 2 else str(chance.randrange(20))
            yield ParamLogged(0, run_id, f"param_{index}", value, "assigned")
        yield ParamLogged(0, run_id, "model", repr(chance.choice(MODELS)), "assigned")
        yield ParamLogged(0, run_id, "seed", str(number), "assigned")
        for index in range(METRICS):
            yield MetricLogged(0, run_id, f"metric_{index}", chance.random(), 0, began + 1_000)
        yield TagSet(0, run_id, "team", chance.choice(TEAMS))
        yield TagSet(0, run_id, "release", f"2026.{number % 12 + 1}")
        yield TagSet(0, run_id, "ticket", f"LAB-{number}")
        status = "failed" if chance.random() < 0.05 else "finished"
        lasted = int(chance.expovariate(1 / 60_000)) + 500
        yield RunFinished(0, run_id, status, began + lasted, lasted, "metric_0", None)


@contextmanager
def open_store(size: int, url: str = "") -> Iterator[tuple[Path, str]]:
    """Give the data folder and the URL of a store of so many runs; ``url`` is of PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="mlops-lab-large-") as name:
        kept = os.environ.get(STORES)
        folder = Path(kept or name) / f"{'postgresql' if url else 'sqlite'}-{size}"
        filled = folder / "filled"
        target = _own_schema(url, size, is_new=not filled.exists()) if url else ""
        if not filled.exists():
            folder.mkdir(parents=True)
            fill(folder, size, store_url=target)
            filled.touch()
        yield folder, target
        if url and not kept:
            _run(url, f"DROP SCHEMA large_{size} CASCADE")


def _own_schema(url: str, size: int, *, is_new: bool) -> str:
    """Return the URL of a schema of its own, made empty where it is new."""
    schema = f"large_{size}"
    if is_new:
        _run(url, f"DROP SCHEMA IF EXISTS {schema} CASCADE", f"CREATE SCHEMA {schema}")
    own = make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
    return own.render_as_string(hide_password=False)


def _run(url: str, *statements: str) -> None:
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as cx:
        for statement in statements:
            cx.execute(text(statement))
    server.dispose()
