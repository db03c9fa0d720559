"""Proves that no cell that ran is lost, and that a run knows what it depended on."""

from __future__ import annotations

import json
import os
import time

import msgspec
import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlops_lab.core.facets import Order
from mlops_lab.core.records import CellExecuted, DocumentKept, FacetCaptured, RunStarted
from mlops_lab.kernel import history as history_module, magics
from mlops_lab.kernel.session import process_session
from mlops_lab.kernel.valuedigest import digest_value

from .spool_reader import all_of_kind


class Notebook:
    """Runs cells as a front end does, and saves them as a file."""

    def __init__(self, shell, path):
        self.shell = shell
        self.path = path

    def run(self, cell_id, source):
        return self.shell.run_cell(source, store_history=True, cell_id=cell_id)

    def save(self, **cells):
        found = [
            {"cell_type": "code", "id": name, "source": source, "metadata": {}, "outputs": []}
            for name, source in cells.items()
        ]
        content = {"cells": found, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
        self.path.write_text(json.dumps(content))
        later = time.time() + 5
        os.utime(self.path, (later, later))

    def order(self, folder) -> Order:
        process_session().background.finish(timeout=30)
        facet = [one for one in all_of_kind(folder, FacetCaptured) if one.kind == "order"][-1]
        documents = {one.digest: one.content for one in all_of_kind(folder, DocumentKept)}
        return msgspec.json.decode(documents[facet.digest], type=Order)


@pytest.fixture
def notebook(shell, tmp_path, monkeypatch):
    path = tmp_path / "n.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    return Notebook(shell, path)


def problems(order: Order) -> dict[str | None, str | None]:
    return {one.cell_id: one.problem for one in order.dependencies}


def test_every_cell_before_a_run_is_recorded_once(notebook, spool_dir):
    notebook.run("a", "x = 1")
    notebook.run("b", "1 / 0")
    notebook.run("silent", "%%track\ny = x")
    notebook.run("c", "z = 3")
    assert len(all_of_kind(spool_dir, CellExecuted)) == 3
    notebook.run("d", "%%track\nw = y + z")
    found = all_of_kind(spool_dir, CellExecuted)
    assert [cell.position for cell in found] == [0, 1, 2, 3, 4]
    assert [cell.source for cell in found][:2] == ["x = 1", "1 / 0"]
    assert [cell.status for cell in found] == ["ok", "error", "ok", "ok", "ok"]
    assert [cell.cell_id for cell in found] == ["a", "b", "silent", "c", "d"]
    assert len({cell.history_id for cell in found}) == 1
    first, second = all_of_kind(spool_dir, RunStarted)
    assert [first.history_position, second.history_position] == [2, 4]
    assert [cell.of_run for cell in found] == [None, None, first.run_id, None, second.run_id]
    assert found[0].bound["x"] == digest_value(1)


def test_the_cell_that_opened_a_run_by_a_call_is_recorded_when_it_ends(notebook, spool_dir):
    notebook.run("a", "x = 1")
    notebook.run("b", "with lab.start_run():\n    lab.log_metric('m', x)\nleft = 'b'")
    found = all_of_kind(spool_dir, CellExecuted)
    assert [(cell.position, cell.cell_id) for cell in found] == [(0, "a"), (1, "b")]
    assert found[1].bound == {"left": digest_value("b")}
    notebook.run("c", "y = 2")
    assert len(all_of_kind(spool_dir, CellExecuted)) == 2


def test_cells_before_the_extension_are_recorded_as_ipython_remembers_them(spool_dir):
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    try:
        shell.run_cell("early = 1", store_history=True)
        magics.load(shell)
        shell.run_cell("%%track\nlate = early", store_history=True)
        first, second = all_of_kind(spool_dir, CellExecuted)
        assert (first.source, first.status, first.started_at) == ("early = 1", "unknown", None)
        assert second.source == "%%track\nlate = early"
    finally:
        magics.unload(shell)
        InteractiveShell.clear_instance()


def test_secrets_are_masked_in_the_history(notebook, spool_dir):
    notebook.run("a", "api_key = 'sk-abcdefghijklmnop1234567890'")
    notebook.run("b", "%%track\nx = 1")
    first = all_of_kind(spool_dir, CellExecuted)[0]
    assert "abcdefghijklmnop" not in first.source
    assert "api_key" not in first.bound


def test_a_long_session_is_bounded_and_says_what_it_forgot(
    notebook, spool_dir, monkeypatch, capsys
):
    monkeypatch.setattr(history_module, "MAX_CELLS", 20)
    for n in range(50):
        notebook.run(f"c{n}", f"x{n} = {n}")
    notebook.run("t", "%%track\ny = 1")
    assert "31 earlier cells of this kernel are not recorded" in capsys.readouterr().err
    assert len(all_of_kind(spool_dir, CellExecuted)) == 20
    assert len(process_session().history.cells()) == 20


def test_a_run_from_top_to_bottom_has_no_problems(notebook, spool_dir):
    cells = {"a": "x = 1", "b": "def f():\n    return x + y", "c": "y = 2", "t": "%%track\nz = f()"}
    notebook.save(**cells)
    for name, source in cells.items():
        notebook.run(name, source)
    order = notebook.order(spool_dir)
    assert problems(order) == {"a": None, "b": None, "c": None}
    assert (order.looked_at, order.undefined) == ("saved notebook", [])


def test_deleted_edited_and_out_of_order_cells_are_named(notebook, spool_dir):
    target = "%%track\nz = gone + changed + below + fine"
    notebook.run("gone", "gone = 1")
    notebook.run("changed", "changed = 1")
    notebook.run("below", "below = 1")
    notebook.run("fine", "fine = 1")
    notebook.save(fine="fine = 1", changed="changed = 100", t=target, below="below = 1")
    notebook.run("t", target)
    order = notebook.order(spool_dir)
    assert problems(order) == {
        "gone": "deleted",
        "changed": "edited",
        "below": "out_of_order",
        "fine": None,
    }
    names = {one.cell_id: one.names for one in order.dependencies}
    assert names["gone"] == ["gone"]


def test_dependencies_are_followed_through_functions_and_changes_in_place(notebook, spool_dir):
    notebook.run("base", "base = 1")
    notebook.run("rows", "rows = [base]")
    notebook.run("more", "rows.append(2)")
    notebook.run("other", "unused = 5")
    notebook.run("t", "%%track\ntotal = sum(rows)")
    assert set(problems(notebook.order(spool_dir))) == {"base", "rows", "more"}


def test_calls_of_functions_of_modules_are_nothing_to_warn_of(notebook, spool_dir):
    target = "%%track\nrate = 0.1\nrandom.seed(3)\nvalue = random.random()"
    below = "random.seed(4)\nrows.append(2)"
    notebook.run("a", "import random\nrows = []")
    notebook.run("t", target)
    notebook.run("below", below)
    edited = target.replace("0.1", "0.2")
    notebook.save(a="import random\nrows = []", t=edited, below=below)
    notebook.run("t", edited)
    assert set(problems(notebook.order(spool_dir)).values()) == {None}
    again = edited + " + len(rows)"
    notebook.save(a="import random\nrows = []", t=again, below=below)
    notebook.run("t", again)
    assert problems(notebook.order(spool_dir))["below"] == "out_of_order"


def test_a_cell_that_ran_twice_is_out_of_order(notebook, spool_dir):
    notebook.run("a", "n = 1")
    notebook.run("b", "n = n + 1")
    notebook.run("b", "n = n + 1")
    notebook.run("t", "%%track\nm = n")
    order = notebook.order(spool_dir)
    assert [one.problem for one in order.dependencies] == [None, "out_of_order", None]
    assert order.looked_at == "nothing"


def test_names_that_no_cell_bound_are_told(notebook, spool_dir):
    notebook.shell.user_ns["smuggled"] = 1
    notebook.run("t", "%%track\nx = smuggled + len('a')\nlab.log_metric('m', x)")
    assert notebook.order(spool_dir).undefined == ["smuggled"]


def test_a_cell_that_was_run_again_with_other_code_counts_as_edited(notebook, spool_dir):
    notebook.run("a", "x = 1")
    notebook.run("a", "y = 2")
    notebook.run("t", "%%track\nz = x")
    assert problems(notebook.order(spool_dir)) == {"a": "edited"}


@pytest.mark.parametrize("value", [1, "a", 2.5, None, [1, 2], {"a": (1, None)}, {3, 1, 2}])
def test_digests_are_those_of_the_value(value):
    assert digest_value(value) == digest_value(eval(repr(value)))  # noqa: S307 - a literal of ours
    assert digest_value(value) != digest_value([value, 0])


def test_digests_of_arrays_and_tables_go_by_content():
    import numpy as np
    import pandas as pd

    assert digest_value(np.arange(3)) == digest_value(np.arange(3))
    assert digest_value(np.arange(3)) != digest_value(np.arange(3.0))
    frame = pd.DataFrame({"a": [1, 2]})
    assert digest_value(frame) == digest_value(frame.copy())
    assert digest_value(frame) != digest_value(frame + 1)

    assert digest_value(frame) != digest_value(frame.set_index(pd.Index([7, 9])))

    class Odd:
        def __repr__(self):
            raise RuntimeError

    assert digest_value(Odd()) is None


def tables_of(column):
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    yield pd.DataFrame({"a": column})
    yield pd.DataFrame({"a": pd.Series(column, dtype=object)})
    yield pd.DataFrame({"a": pd.Categorical(column)})
    yield pd.Series(column, name="a")
    yield pl.DataFrame({"a": column})
    yield pl.Series("a", column)
    yield pa.table({"a": column})
    yield pa.chunked_array([column])


@pytest.mark.parametrize(
    ("column", "other"),
    [
        (["x", "yy", None], ["xy", "y", None]),
        (["x", None, "z"], ["x", "", "z"]),
        ([1, 2, 3], [1, 2, 4]),
        ([1.5, None, 2.0], [1.5, 0.0, 2.0]),
    ],
)
def test_digests_of_tables_of_any_library_go_by_texts_and_missing_values(column, other):
    for first, again, changed in zip(
        tables_of(column), tables_of(list(column)), tables_of(other), strict=True
    ):
        digest = digest_value(first)
        assert digest is not None, type(first)
        assert digest == digest_value(again), type(first)
        assert digest != digest_value(changed), type(first)


def test_chunks_make_no_difference_and_large_tables_have_no_digest():
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    halves = [pl.DataFrame({"a": [text]}) for text in ("one", "two")]
    assert digest_value(pl.concat(halves, rechunk=False)) == digest_value(pl.concat(halves))
    table = pa.table({"a": ["zero", "one", "two"]})
    assert digest_value(table[1:]) == digest_value(pa.table({"a": ["one", "two"]}))
    assert digest_value(pd.DataFrame({"a": pd.Series(["x"] * 30_000, dtype=object)})) is None
    assert digest_value(pl.DataFrame({"a": range(1_000_000)})) is None
    assert digest_value(pd.DataFrame({"a": [object()]})) is None
