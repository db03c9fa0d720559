"""Shows that what is no notebook is refused with a reason, and that reading changes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from mlops_lab.core.errors import InvalidInputError, LabError, NotFoundError
from mlops_lab.notebooks.read import kernel_name, parse_notebook, read_notebook

CELL = {"cell_type": "code", "source": "a = 1", "metadata": {}, "outputs": [], "execution_count": 1}


def as_notebook(**changes: object) -> bytes:
    raw = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{**CELL, "id": "a"}]}
    return json.dumps({**raw, **changes}).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not valid JSON"),
        (b'{"cells": [\n}', "line 2, column 1"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "nested too deep"),
        (b"[]", "holds a list"),
        (b"{}", "lacks 'nbformat' or 'cells'"),
        (as_notebook(nbformat=9), "notebook format 9"),
        (as_notebook(cells=[]), "has no cells"),
        (as_notebook(cells=[{**CELL, "id": "a", "source": " \n"}]), "has no code"),
        (as_notebook(cells=[{"id": "a"}]), "n.ipynb"),
        (as_notebook(cells=["text"]), "not a whole notebook"),
        (as_notebook(metadata={"kernelspec": {"name": "ir", "language": "R"}}), "R kernel"),
        (as_notebook(metadata={"language_info": {"name": "julia"}}), "julia kernel"),
    ],
)
def test_what_is_no_notebook_is_refused_with_a_reason(content: bytes, words: str) -> None:
    with pytest.raises(InvalidInputError) as raised:
        parse_notebook(content, where="n.ipynb")
    assert words in raised.value.message
    assert "n.ipynb" in raised.value.message


def test_a_file_that_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"gone\.ipynb"):
        read_notebook(tmp_path / "gone.ipynb")
    with pytest.raises(LabError, match=str(tmp_path)):
        read_notebook(tmp_path)


@pytest.mark.parametrize("minor", [0, 2, 4])
def test_an_older_notebook_is_upgraded_in_memory_only(tmp_path: Path, minor: int) -> None:
    path = tmp_path / "old.ipynb"
    path.write_bytes(as_notebook(nbformat_minor=minor, cells=[CELL, CELL]))
    before = path.read_bytes()
    notebook = read_notebook(path)
    assert notebook.nbformat_minor == 5
    assert len({cell.id for cell in notebook.cells}) == 2
    nbformat.validate(notebook)
    assert path.read_bytes() == before


def test_format_3_is_upgraded() -> None:
    cell = {
        "cell_type": "code", "input": ["a = 1"], "metadata": {}, "outputs": [], "language": "python",
    }  # fmt: skip
    raw = {
        "nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": [cell]}],
    }  # fmt: skip
    notebook = parse_notebook(json.dumps(raw).encode(), where="n.ipynb")
    assert [cell.source for cell in notebook.cells] == ["a = 1"]


def test_a_cell_that_was_copied_with_its_id_gets_its_own() -> None:
    cells = [{**CELL, "id": "a"}, {**CELL, "id": "a"}]
    notebook = parse_notebook(as_notebook(cells=cells), where="n.ipynb")
    assert notebook.cells[0].id == "a"
    assert notebook.cells[1].id != "a"


def test_a_byte_order_mark_and_missing_metadata_do_no_harm() -> None:
    content = b"\xef\xbb\xbf" + as_notebook(metadata={"kernelspec": None, "language_info": None})
    assert kernel_name(parse_notebook(content, where="n.ipynb")) is None
