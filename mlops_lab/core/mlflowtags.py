"""Owns the tags by which a kernel's MLflow client tells the server where it runs."""

from __future__ import annotations

OWN_RUN = "mlops-lab.runId"
"""The run of the tracked cell that is running."""

NOTEBOOK_PATH = "mlops-lab.notebookPath"
CELL_ID = "mlops-lab.cellId"
"""The cell that is running, as the front end names it."""

KERNEL_ID = "mlops-lab.kernelId"
"""The kernel, by which the server knows where the notebook is."""

EXECUTION = "mlops-lab.execution"
"""What tells this execution of a cell from any other one of the kernel."""

JOINED = "mlops-lab.mlflow"
"""Set on a run when MLflow's client has taken it for its own: in which execution of a cell."""

OWN_TAGS = frozenset({OWN_RUN, NOTEBOOK_PATH, CELL_ID, KERNEL_ID, EXECUTION})
"""Those that are read and not stored."""
