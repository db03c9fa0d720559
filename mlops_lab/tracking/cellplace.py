"""Owns in which of several notebooks on one kernel a cell stands."""

from __future__ import annotations

import json
from pathlib import Path

from mlops_lab.core.tracking import NotebookPlace

MAX_BYTES = 33_554_432
"""A larger notebook is not read."""


def place_of_cell(place: NotebookPlace | None, cell_id: str | None) -> NotebookPlace | None:
    """Return the notebook that holds the cell as it was saved last; ``place`` where none says so."""
    if place is None or not place.others or cell_id is None:
        return place
    for one in (place, *place.others):
        if one.file is not None and _holds(Path(one.file), cell_id):
            return one
    return place


def _holds(file: Path, cell_id: str) -> bool:
    try:
        if file.stat().st_size > MAX_BYTES:
            return False
        cells = json.loads(file.read_bytes())["cells"]
        return any(cell.get("id") == cell_id for cell in cells)
    except (OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return False
