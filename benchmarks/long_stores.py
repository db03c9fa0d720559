"""Owns making runs with very long metrics: one point by point, others from its packed points."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from large_stores import STORES
from sqlalchemy import Connection, insert, literal, select, text

from mlops_lab.core.ids import new_id
from mlops_lab.core.settings import DATA_DIR, make_settings
from mlops_lab.store import metrics, tracking
from mlops_lab.store.point_tables import point_chunk, point_summary
from mlops_lab.store.rows import key_ids
from mlops_lab.store.store import Store
from mlops_lab.store.tables import run, series
from mlops_lab.tracking.packing import pack_points

STARTED_AT = 1_700_000_000_000
POINTS = int(os.environ.get("BENCHMARK_CURVE_POINTS", "1000000"))
"""Points of each curve of a compared run; fewer for a quick look."""
CURVES = 10
_PORTION = 20_000


def value_at(step: int) -> float:
    """Return a value that goes up and down, and shakes."""
    return math.sin(step / 1_000) + (step * 7_919 % 1_000) / 997


def make_run(store: Store, count: int, *, names: Sequence[str] = ("loss",)) -> str:
    """Store a run whose metrics have ``count`` points each; return its id."""
    run_id = new_id()
    row = tracking.RunRow(
        id=run_id,
        name=f"{count:,} points",
        experiment="long",
        source="notebook",
        user="ada",
        started_at=STARTED_AT,
    )
    with store.write() as tx:
        tracking.add_runs(tx, [row], now=STARTED_AT)
        keys = key_ids(tx, names)
    for begin in range(0, count, _PORTION):
        steps = list(range(begin, min(begin + _PORTION, count)))
        for number, name in enumerate(names):
            new = metrics.NewPoints(
                steps,
                [STARTED_AT + 3 * step + step * 31 % 3 for step in steps],
                [value_at(step) + number for step in steps],
            )
            with store.write() as tx:
                metrics.add_points(tx, {(run_id, keys[name]): new})
    return run_id


def copy_run(store: Store, run_id: str, *, names: Sequence[str] = ("loss",)) -> str:
    """Store another run with the same packed points; return its id."""
    copy = make_run(store, 1, names=names)
    with store.write() as tx:
        keys = key_ids(tx, names)
        for name in names:
            _copy_series(tx, keys[name], run_id, copy)
    return copy


def _copy_series(tx: Connection, key_id: int, run_id: str, copy: str) -> None:
    old, new = (
        tx.execute(
            select(series)
            .join(run, run.c.seq == series.c.run_seq)
            .where(run.c.id == one, series.c.key_id == key_id)
        )
        .mappings()
        .one()
        for one in (run_id, copy)
    )
    tx.execute(text("DELETE FROM metric_point WHERE series_id = :id"), {"id": new["id"]})
    for table in (point_chunk, point_summary):
        others = [column for column in table.c if column.name != "series_id"]
        rows = select(literal(new["id"]), *others).where(table.c.series_id == old["id"])
        columns = ["series_id", *(column.name for column in others)]
        tx.execute(insert(table).from_select(columns, rows))
    kept = {name: old[name] for name in old if name not in ("id", "run_seq", "key_id")}
    # The points that fill no chunk are left out.
    kept["count"] = kept["packed"]
    tx.execute(series.update().where(series.c.id == new["id"]).values(**kept))


@contextmanager
def open_long_store(runs: int) -> Iterator[tuple[Path, list[str]]]:
    """Give the data folder of a store of runs of ``CURVES`` long metrics, and their ids."""
    with tempfile.TemporaryDirectory(prefix="mlops-lab-long-") as name:
        folder = Path(os.environ.get(STORES, name)) / f"long-{runs}-{CURVES}-{POINTS}"
        filled = folder / "filled"
        if not filled.exists():
            folder.mkdir(parents=True)
            filled.write_text("\n".join(_fill(folder, runs)))
        yield folder, filled.read_text().splitlines()


def _fill(folder: Path, runs: int) -> list[str]:
    settings = make_settings(jupyter_data_dir=folder, environ={DATA_DIR: str(folder)})
    store = Store.open(settings)
    names = [f"curve_{number}" for number in range(CURVES)]
    try:
        first = make_run(store, POINTS, names=names)
        pack_points(store, rest=lambda _: None)
        return [first, *(copy_run(store, first, names=names) for _ in range(runs - 1))]
    finally:
        store.close()
