"""Proves that of several notebooks on one kernel the one is named in which the cell stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlops_lab.core.tracking import NotebookPlace
from mlops_lab.tracking.cellplace import place_of_cell


def place(folder: Path, name: str, content: str) -> NotebookPlace:
    file = folder / name
    file.write_text(content)
    return NotebookPlace(path=name, file=str(file))


def notebook(*ids: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "id": one} for one in ids]})


def test_the_notebook_is_named_in_which_the_cell_stands(tmp_path: Path) -> None:
    first = place(tmp_path, "a.ipynb", notebook("c1", "c2"))
    newest = place(tmp_path, "b.ipynb", notebook("d1"))
    both = NotebookPlace(path=newest.path, file=newest.file, others=(first,))
    assert place_of_cell(both, "c2") == first
    assert place_of_cell(both, "d1") == both
    # A cell that was not saved yet stands in the notebook that was opened last.
    assert place_of_cell(both, "new") == both
    assert place_of_cell(both, None) == both
    assert place_of_cell(None, "c1") is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"cells": [1]}', '{"cells": null}'])
def test_a_file_that_is_no_notebook_holds_no_cell(tmp_path: Path, content: str) -> None:
    broken = place(tmp_path, "a.ipynb", content)
    both = NotebookPlace(path="b.ipynb", others=(broken, NotebookPlace(path="c.ipynb")))
    assert place_of_cell(both, "c1") == both
