"""Holds the flights example to what it promises: its production form needs only papermill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from mlops_lab.core.jobs import Parameter
from mlops_lab.notebooks.literals import find_literals
from mlops_lab.notebooks.parameters import propose
from mlops_lab.notebooks.production import make_production
from mlops_lab.notebooks.read import read_notebook

EXAMPLE = Path(__file__).parents[2] / "examples" / "flights" / "train.ipynb"


def test_the_example_is_stored_without_outputs_and_with_readable_ids() -> None:
    notebook = nbformat.read(EXAMPLE, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert "-" in cell.id or cell.id.isalpha()
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


def test_its_production_notebook_runs_under_plain_papermill_without_us(
    papermill_without_us: Callable[..., NotebookNode],
) -> None:
    notebook = read_notebook(EXAMPLE)
    proposed = propose(find_literals(notebook), None)
    assert {p.name: p.chosen for p in proposed} == {
        "months": False,
        "late_minutes": False,
        "learning_rate": True,
        "max_iter": True,
        "max_leaf_nodes": True,
        "test_size": True,
        "seed": True,
    }
    chosen = [
        Parameter(name=p.name, type=p.type, default=p.value, comment=p.comment)
        for p in proposed
        if p.chosen
    ]
    production = make_production(notebook, parameters=chosen, record={}).notebook
    production.cells.append(nbformat.v4.new_code_cell("print(max_iter, model.n_iter_, auc > 0.6)"))
    executed = papermill_without_us(production, "-p", "max_iter", "5")
    assert executed.cells[-1].outputs[0].text == "5 5 True\n"
