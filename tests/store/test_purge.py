"""A purge leaves nothing of a run in any table, and takes nothing of another run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, select

from mlops_lab.core.clock import now_ms
from mlops_lab.core.traces import ARTIFACT_LOCATION, SOURCE_RUN
from mlops_lab.store import purge, purge_texts
from mlops_lab.store.all_tables import metadata
from mlops_lab.store.checks import examine
from mlops_lab.store.store import Store
from mlops_lab.store.tables import run

from .filled import Given, fill_all

ROWS = 3
# What says that the run was, or is no table of records; and what has a purge refused.
KEEPS_NAMES = {"audit", "outbox", "purged"}
REFUSE = {"model_version", "revision"}
SHARED = {"run_id", "source_run_id", "parent_run_id", "same_as"}
# What another run may have as well, a history that others may go on with, and job definitions.
OF_MANY = {"job", "history_cell", "document", "entry", "key", "free_file", "artifact_claim"}


def run_id_of(number: int) -> str:
    return f"{0xABC000 + number:032x}"


def model_id_of(number: int) -> str:
    return f"m-{0xDEF000 + number:032x}"


def given() -> Given:
    """Every column that names a run names run n in row n; so do those of models and traces."""
    values: dict[tuple[str, str], Callable[[int], Any]] = {
        (table.name, column.name): run_id_of
        for table in metadata.sorted_tables
        for column in table.c
        if column.name in SHARED and table.name not in KEEPS_NAMES | REFUSE
    }
    return values | {
        ("run", "id"): run_id_of,
        ("logged_model", "id"): model_id_of,
        ("run_model", "model_id"): model_id_of,
        ("trace_note", "name"): lambda _: SOURCE_RUN,
        ("trace_note", "value"): run_id_of,
        ("trace_tag", "name"): lambda _: ARTIFACT_LOCATION,
        ("trace_tag", "value"): lambda n: f"mlflow-artifacts:/e/traces/t{n}/artifacts",
        ("free_file", "area"): lambda n: ["", f"logged_model/{model_id_of(1)}", "mlflow", "x"][n],
        ("free_file", "path"): lambda n: "e/traces/t1/artifacts/traces.json" if n == 2 else f"f{n}",
        ("assessment", "content"): lambda n: f'{{"run": "{run_id_of(n)}"}}',
        ("experiment", "artifact_location"): lambda _: None,
        ("spool", "host"): lambda _: "elsewhere",
        ("spool", "updated_at"): lambda _: 0,
    }


def tables_with(cx: Connection, word: str) -> set[str]:
    return {
        table.name
        for table in metadata.sorted_tables
        if any(word in str(row) for row in cx.execute(select(table)))
    }


def counts(cx: Connection) -> dict[str, int]:
    return {t.name: len(cx.execute(select(t)).all()) for t in metadata.sorted_tables}


def test_nothing_of_a_run_is_left_in_any_table(any_store: Store) -> None:
    gone = run_id_of(1)
    with any_store.write() as tx:
        fill_all(tx, ROWS, given())
        # Its tables have it all before: a table that is new is looked at as well.
        named = {t.name for t in metadata.sorted_tables if SHARED & set(t.c.keys())}
        assert named - KEEPS_NAMES - REFUSE <= tables_with(tx, gone)
        before = counts(tx)
    with any_store.write() as tx:
        removed = purge.remove_runs(tx, {gone: 1}, now=1)
    with any_store.read() as cx:
        assert tables_with(cx, gone) <= KEEPS_NAMES
        assert tables_with(cx, model_id_of(1)) == set()
        assert run_id_of(2) in tables_of(cx)
        after = counts(cx)
        [left] = cx.execute(select(metadata.tables["free_file"].c.path)).scalars()
    assert left == "f3"
    assert len(removed.jobs) == 1
    for name, count in before.items():
        lost = count - after[name]
        assert lost in ((0, 1) if name not in OF_MANY | {"purged"} else (-1, 0, 1, 2)), name
    purge_texts.remove_left_texts(any_store, before=now_ms() + 1, now=now_ms())
    with any_store.read() as cx:
        assert tables_with(cx, run_id_of(1)) <= KEEPS_NAMES
        assert run_id_of(2) in tables_of(cx)
    references = {one.name: one.ok for one in examine(any_store).findings}
    assert references["schema"]
    assert references.get("references", True)


def tables_of(cx: Connection) -> set[str]:
    return set(cx.execute(select(run.c.id)).scalars())
