"""Owns how callbacks log: into the run that is tracked now, and never against the training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_lab.core.errors import LabError
from mlops_lab.kernel.capture.metrics import to_number
from mlops_lab.kernel.display import own_fault, warn
from mlops_lab.kernel.session import process_session


class Points:
    """Logs points; a point that cannot be logged is told of once."""

    def __init__(self) -> None:
        self._told = False

    def log(self, values: Mapping[str, Any], *, step: int | None) -> None:
        """Log the real numbers among ``values``, one point each."""
        session = process_session()
        run = session.current()
        if run is None:
            session.warn_untracked("What the callback was told")
            return
        for name, value in values.items():
            number = to_number(value)
            if number is None:
                continue
            try:
                run.log_metric(name, number, step)
            except LabError as error:
                self._tell(lambda error=error: warn(str(error)))
            except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the training
                self._tell(lambda error=error: own_fault("logging a point", error))

    def _tell(self, tell: Any) -> None:
        if not self._told:
            self._told = True
            tell()
