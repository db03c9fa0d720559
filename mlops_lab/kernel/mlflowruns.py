"""Owns which runs MLflow's client may leave open after a cell: none of a tracked or a failed one.

MLflow keeps the runs that are open on a stack of the thread: one that a cell leaves there would take
what the next cell logs.
"""

from __future__ import annotations

import sys
from typing import Any

from .display import own_fault

_MOST = 100
"""So many runs are ended after one cell."""


class MlflowRuns:
    """The runs that MLflow's client had open before the cell that runs now."""

    def __init__(self) -> None:
        self._before: str | None = None

    def note(self) -> None:
        """Remember which run is open, before a cell runs."""
        self._before = _active_id()

    def settle(self, *, failed: bool) -> None:
        """End the runs that the cell opened and left open."""
        try:
            for _ in range(_MOST):
                active = _active_id()
                if active is None or active == self._before:
                    return
                _client().end_run("FAILED" if failed else "FINISHED")
        except Exception as error:  # noqa: BLE001 - a fault of the client's must not reach the cell
            own_fault("ending the runs of MLflow", error)


def _client() -> Any:
    return sys.modules["mlflow"]


def _active_id() -> str | None:
    """Return the innermost open run of this thread; None also where MLflow was never loaded."""
    # Its fluent part comes last: a client that is half loaded has no runs.
    if "mlflow.tracking.fluent" not in sys.modules or "mlflow" not in sys.modules:
        return None
    active = getattr(_client(), "active_run", lambda: None)()
    return None if active is None else str(active.info.run_id)
