"""Owns how the cells of a run find their places in the notebook as the file has it now."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec
import nbformat
from nbformat import NotebookNode

from mlops_lab.core.secrets import mask_text
from mlops_lab.core.tracking import Cell

from .source import our_lines, place

_LIKE = 0.6
"""How alike two sources must be, from 0 to 1, for one to be taken for a form of the other."""


class PutBack(msgspec.Struct, frozen=True):
    """The indexes of the cells that the run tracked, and what was done to the file's, in words."""

    indexes: list[int]
    warnings: list[str]


def put_back(notebook: NotebookNode, cells: Iterable[Cell]) -> PutBack:
    """Put the cells of a run into the notebook where the file has others; say so in words."""
    result = PutBack(indexes=[], warnings=[])
    for cell in cells:
        index, is_guess = _find_cell(notebook, cell)
        if index is None:
            result.indexes.append(len(notebook.cells))
            added = nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
                _with_magic(cell.source)
            )
            notebook.cells.append(added)
            result.warnings.append(
                "The tracked cell of the run is not in the notebook file any more; the run's source "
                "was put at the end."
            )
            continue
        result.indexes.append(index)
        on_disk = notebook.cells[index]
        if is_guess:
            result.warnings.append(
                f"The tracked cell has no known id; cell {index + 1} was taken for it, by its source."
            )
        if _body(on_disk.source) == _body(cell.source):
            on_disk["source"] = _with_magic(on_disk.source)
            continue
        on_disk["source"] = _with_magic(cell.source)
        result.warnings.append(
            f"The tracked cell (cell {index + 1}) is not in the notebook file as the run executed "
            "it: it was changed since, or not saved. The run's source is used."
        )
    return result


def _find_cell(notebook: NotebookNode, cell: Cell) -> tuple[int | None, bool]:
    """Return the index of the cell in the notebook, and whether likeness alone speaks for it."""
    codes = [(i, c) for i, c in enumerate(notebook.cells) if c.cell_type == "code"]
    for index, candidate in codes:
        if cell.cell_id and candidate.get("id") == cell.cell_id:
            return index, False
    wanted = _body(cell.source)
    for index, candidate in codes:
        if _body(candidate.source) == wanted:
            return index, False
    scored = [
        (difflib.SequenceMatcher(None, wanted, _body(candidate.source)).ratio(), -index)
        for index, candidate in codes
    ]
    score, negative = max(scored, default=(0.0, 0))
    return (-negative, True) if score >= _LIKE else (None, True)


def _body(source: str) -> str:
    """Return what the cell does, without our magics, secrets and outer white space."""
    kept, at = [], 0
    for start, end, _ in our_lines(place(source)):
        kept.append(source[at:start])
        at = end
    # The run's source has its secrets masked, and what is alike but for them is the same.
    return mask_text("".join([*kept, source[at:]]).strip())


def _with_magic(source: str) -> str:
    return source if place(source).tracked else f"%%track\n{source}"
