"""Holds the lists that screens and kernels ask for to the indexes that they are to be read by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, and_, event

from mlops_lab.core.ids import new_id
from mlops_lab.store import experiments, leading, lifecycle, lookup
from mlops_lab.store.metrics import NewPoints
from mlops_lab.store.newestpoints import stored_again
from mlops_lab.store.rows import key_ids
from mlops_lab.store.search import child_of, in_archive, in_notebook, in_trash
from mlops_lab.store.search_columns import read_columns
from mlops_lab.store.search_names import Known
from mlops_lab.store.search_pages import Asked, ends_of, find_page
from mlops_lab.store.store import Store
from mlops_lab.store.tables import run
from mlops_lab.tracking.query.order import parse_column

from .pointworld import Series


@contextmanager
def plans_of(cx: Connection) -> Iterator[list[str]]:
    """Collect how SQLite means to answer each question that is asked meanwhile."""
    found: list[str] = []

    def explain(
        connection: Connection, cursor: Any, statement: str, values: Any, _context: Any, many: bool
    ) -> None:
        if not many and statement.startswith("SELECT"):
            asked = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            found.extend(row[3] for row in asked)

    event.listen(cx, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(cx, "before_cursor_execute", explain)


def _newest(*conditions: Any) -> Asked:
    return Asked(condition=and_(*conditions, *in_trash("no")), ends=ends_of(()))


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (_newest(), "ix_run_kept"),
        (_newest(child_of(None)), "ix_run_top"),
        (_newest(child_of(None), run.c.experiment_id == "e"), "ix_run_top_of_experiment"),
        (_newest(child_of("0" * 32)), "ix_run_parent_run_id_started_at_trashed_at"),
        (_newest(in_notebook("a.ipynb")), "ix_run_notebook_path_started_at"),
        (_newest(run.c.name == "train"), "ix_run_name_started_at"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_list_walks_along_an_index_of_its_own(store: Store, asked: Asked, index: str) -> None:
    with store.read() as cx, plans_of(cx) as found:
        find_page(cx, asked, after=None, count=10)
    assert any(f"INDEX {index} " in f"{line} " for line in found), found
    assert not any(line.startswith("SCAN run") and "INDEX" not in line for line in found), found
    assert not any(line.endswith("FOR ORDER BY") for line in found), found


@pytest.mark.parametrize(
    ("conditions", "index"),
    [((), "ix_run_kept"), ((child_of(None),), "ix_run_top")],
    ids=["all", "top"],
)
def test_a_place_far_down_is_found_in_the_index_alone(
    store: Store, conditions: tuple[Any, ...], index: str
) -> None:
    asked = _newest(*conditions, *in_archive("no"))
    with store.read() as cx, plans_of(cx) as found:
        find_page(cx, asked, after=None, count=10, skip=1_000)
    assert any(f"USING COVERING INDEX {index}" in line for line in found), found


def test_experiments_are_summed_up_from_an_index_alone(store: Store) -> None:
    with store.write() as tx:
        [one] = experiments.experiment_ids(tx, {"flights"}, now=1).values()
    with store.read() as cx, plans_of(cx) as found:
        experiments.read_page(cx, after=None, limit=10)
        experiments.read_experiments(cx, [one], counted=10)
        leading.shown_metric(cx, one)
        experiments.known_runs(cx, one, limit=10)
    of_runs = [line for line in found if " run " in line]
    assert any("COVERING INDEX ix_run_top_of_experiment" in line for line in of_runs), found
    assert all(line.startswith("SEARCH run") for line in of_runs), found


def test_earlier_runs_like_this_are_found_by_what_they_were_made_of(store: Store) -> None:
    with store.write() as tx:
        lifecycle.set_identities(tx, [(new_id(), "made of this", None)])
        with plans_of(tx) as found:
            lifecycle.find_same(tx, new_id(), "made of this")
    assert any("ix_run_identity_started_at (identity=?" in line for line in found), found


def test_a_whole_id_that_is_not_there_is_looked_up_once(store: Store) -> None:
    with store.read() as cx, plans_of(cx) as found:
        assert lookup.find_id(cx, run, "f" * 32, kind="run") is None
    assert len(found) == 1, found
    assert found[0].startswith("SEARCH run USING COVERING INDEX"), found


def test_values_of_a_page_are_read_for_its_runs_only(store: Store) -> None:
    series = [Series(store, name="auc") for _ in range(30)]
    with store.write() as tx:
        ids = key_ids(tx, ["auc", "rate", "team"])
    fields = {one: parse_column(one) for one in ("metrics.auc", "params.rate", "tags.team")}
    known = Known(ids, frozenset({"auc"}), {"auc": "max"}, {})
    runs = [one.run_id for one in series]
    with store.read() as cx, plans_of(cx) as found:
        read_columns(cx, runs, fields, known)
        stored_again(cx, {(one, ids["auc"]): NewPoints([1], [1], [0.5]) for one in runs})
    assert found
    for line in found:
        assert "run_seq=?" in line or "(id=?)" in line, found
