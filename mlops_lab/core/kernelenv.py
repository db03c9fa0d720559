"""Owns what a kernel inherits from the server or worker that started it: names and contents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

SERVER_URL = "MLOPS_LAB_SERVER_URL"
"""Base URL of our routes, such as ``http://127.0.0.1:8888/user/ada/mlops-lab/api``."""

KERNEL_TOKEN = "MLOPS_LAB_KERNEL_TOKEN"  # noqa: S105 - the name of a variable, not a secret
"""Random token that is good for what kernels need, as the ``scope`` of each route says."""

SPOOL_DIR = "MLOPS_LAB_SPOOL_DIR"
"""The folder of the spool; a job has a folder of its own."""

JOB_CONTEXT = "MLOPS_LAB_JOB_CONTEXT"
"""Path of the file that holds a ``JobContext`` as JSON; set only in the kernel of a job."""

REPLAY = "MLOPS_LAB_REPLAY"
"""The folder of a reproduction; set only in its clean kernel, where nothing is reproduced again."""


INHERITED = frozenset({SERVER_URL, KERNEL_TOKEN, SPOOL_DIR, JOB_CONTEXT, REPLAY})
"""What belongs to the server or job that set it; a process for another one starts without it."""


MLFLOW_URI = "MLFLOW_TRACKING_URI"
MLFLOW_TOKEN = "MLFLOW_TRACKING_TOKEN"  # noqa: S105 - the name of a variable, not a secret
MLFLOW_NO_TELEMETRY = "MLFLOW_DISABLE_TELEMETRY"

MLFLOW_PATH = "mlops-lab/mlflow"
"""Path of the MLflow protocol below a server's base URL."""

API_PATH = "mlops-lab/api"
"""Path of our own routes below a server's base URL."""


def mlflow_url(server_url: str) -> str:
    """Return MLflow's tracking URI of the server whose ``SERVER_URL`` this is."""
    return f"{server_url.removesuffix(API_PATH)}{MLFLOW_PATH}"


def sets_mlflow(environ: Mapping[str, str]) -> bool:
    """Tell whether MLflow's client is told of a server of ours, or of none yet: not of the user's."""
    return environ.get(MLFLOW_URI, MLFLOW_PATH).endswith(MLFLOW_PATH)


def inherited(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the variables that a process for another server or job starts without."""
    ours = {MLFLOW_URI, MLFLOW_TOKEN} if sets_mlflow(environ) else set()
    return INHERITED | ours


class JobContext(msgspec.Struct, frozen=True):
    """What the kernel of a job must know to log into the job's own run, and into runs below it.

    ``run_name``, ``experiment`` and ``user`` are those of the job's run.
    """

    job_id: str
    run_id: str
    tracked_cells: list[str]
    parameters: dict[str, Any]
    run_name: str = ""
    experiment: str = "default"
    user: str = ""


def cell_digest(source: str) -> str:
    """Return the SHA-256 of a cell's source without outer white space; it names a tracked cell."""
    return hashlib.sha256(source.strip().encode("utf-8", "surrogatepass")).hexdigest()
