"""Owns the saved notebook as the kernel can read it: its code cells in order, parsed once a save."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from mlops_lab.core.clock import Millis

from .boundnames import CellNames, read_names

MAX_BYTES = 33_554_432
"""A larger file is not read: it would keep the background busy for too long."""


class SavedCell(msgspec.Struct, frozen=True):
    """A code cell of the file. ``cell_id`` is None in notebooks older than format 4.5."""

    index: int
    cell_id: str | None
    source: str


class SavedNotebook:
    """The code cells of a notebook file, and when it was saved."""

    def __init__(self, cells: list[SavedCell], saved_at: Millis) -> None:
        self.cells = cells
        self.saved_at = saved_at
        self._by_id = {cell.cell_id: cell for cell in cells if cell.cell_id}
        self._by_source = {cell.source.strip(): cell for cell in cells}
        self._names: dict[int, CellNames | None] = {}

    @property
    def has_ids(self) -> bool:
        """Whether cells can be told by their ids."""
        return bool(self._by_id)

    def find(self, cell_id: str | None, source: str) -> SavedCell | None:
        """Return the cell with this id, or else with this very source where ids are not known."""
        if cell_id is not None and self._by_id:
            return self._by_id.get(cell_id)
        return self._by_source.get(source.strip())

    def binders(self, name: str, *, after: int, before: int) -> bool:
        """Tell whether a cell between two indexes binds ``name``."""
        for cell in self.cells:
            if after < cell.index < before:
                names = self._names_of(cell)
                if names is not None and name in names.bound:
                    return True
        return False

    def _names_of(self, cell: SavedCell) -> CellNames | None:
        if cell.index not in self._names:
            self._names[cell.index] = names_of_source(cell.source)
        return self._names[cell.index]


class NotebookFile:
    """Reads one notebook file again when it was saved again."""

    def __init__(self) -> None:
        self._key: tuple[str, int, int] | None = None
        self._parsed: SavedNotebook | None = None

    def read(self, file: str | None) -> SavedNotebook | None:
        """Return the notebook at ``file`` as it was saved last; None when it cannot be read."""
        if not file or not file.endswith(".ipynb"):
            return None
        try:
            state = os.stat(file)  # noqa: PTH116 - the path is a text that may be anything
            key = (file, state.st_mtime_ns, state.st_size)
            if key != self._key:
                self._key, self._parsed = key, None
                if state.st_size <= MAX_BYTES:
                    raw = json.loads(Path(file).read_bytes())
                    self._parsed = SavedNotebook(_code_cells(raw), state.st_mtime_ns // 1_000_000)
        except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError):
            return None
        return self._parsed


def names_of_source(source: str) -> CellNames | None:
    """Return what a cell does to names, its magics masked; None when it is not Python."""
    from mlops_lab.notebooks.source import place

    tree = place(source).tree
    return None if tree is None else read_names(tree)


def _code_cells(raw: dict[str, Any]) -> list[SavedCell]:
    found = []
    for index, cell in enumerate(raw["cells"]):
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(map(str, source))
        found.append(SavedCell(index, cell.get("id"), text))
    return found
