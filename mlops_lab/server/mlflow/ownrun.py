"""Owns how a run that MLflow's client opens in a tracked cell becomes that cell's run."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from mlops_lab.core.ids import is_id
from mlops_lab.core.mlflowtags import (
    CELL_ID,
    EXECUTION,
    KERNEL_ID,
    NOTEBOOK_PATH,
    OWN_RUN,
    OWN_TAGS,
)

from . import shapes
from .route import MlflowCall


class Place(msgspec.Struct, frozen=True):
    """Where a run was opened: the notebook, the cell, and the run of that cell."""

    notebook_path: str | None
    cell_id: str | None
    parent_run_id: str | None


def place_of(call: MlflowCall, tags: Mapping[str, str]) -> Place:
    """Return where the tags of a new run, and the server's own sessions, say that it was opened."""
    own = tags.get(OWN_RUN, "")
    known = call.places.get(tags.get(KERNEL_ID, ""))
    return Place(
        notebook_path=(known.path if known else None) or tags.get(NOTEBOOK_PATH) or None,
        cell_id=tags.get(CELL_ID) or None,
        parent_run_id=tags.get(shapes.PARENT_RUN) or (own if is_id(own) else None),
    )


def stored_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags without those that only tell where the run was opened."""
    return {key: value for key, value in tags.items() if key not in OWN_TAGS}


def join_own_run(call: MlflowCall, tags: Mapping[str, str], *, name: str) -> str | None:
    """Return the id of the running cell's run when this is the first run that MLflow opens in it.

    A further one, or one that names its parent, is a run of its own, and so is one whose cell has
    ended or is not known here.
    """
    own = tags.get(OWN_RUN, "")
    if not is_id(own) or tags.get(shapes.PARENT_RUN):
        return None
    joined = call.lab.writing.join_run(
        own, execution=tags.get(EXECUTION) or "once", tags=stored_tags(tags), name=name
    )
    return own if joined else None
