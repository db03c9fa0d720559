"""Owns the callback of Optuna: each trial that ends is a child run before the next one begins."""

from __future__ import annotations

from typing import Any

from mlops_lab.kernel.capture.studies import MAX_TRIALS, trial_child
from mlops_lab.kernel.children import write_child
from mlops_lab.kernel.display import own_fault
from mlops_lab.kernel.session import process_session


class OptunaTrials:
    """Writes a child of the run that is tracked, and the best value so far as a curve of the run."""

    def __init__(self) -> None:
        self._count = 0

    def __call__(self, study: Any, trial: Any) -> None:
        """Take a trial that has ended."""
        session = process_session()
        run = session.current()
        if run is None:
            session.warn_untracked("The trial")
            return
        try:
            self._count += 1
            if self._count == MAX_TRIALS + 1:
                run.warn(f"The search has more than {MAX_TRIALS:,} trials; later ones are no runs.")
            if self._count <= MAX_TRIALS:
                write_child(run, trial_child("study", study, trial))
            if len(study.directions) == 1 and trial.state.name == "COMPLETE":
                run.log_metric("study.best_value", float(study.best_value), trial.number)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the search
            own_fault("logging a trial", error)
