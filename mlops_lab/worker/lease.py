"""Owns who a worker is: its id, and the process behind it."""

from __future__ import annotations

import os
from importlib.metadata import version

from mlops_lab.core.clock import now_ms
from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import Worker
from mlops_lab.jobs.processes import host_name, own_start_time


def new_worker() -> Worker:
    """Return this process as a new worker."""
    now = now_ms()
    return Worker(
        id=new_id(),
        host=host_name(),
        pid=os.getpid(),
        process_started_at=own_start_time(),
        started_at=now,
        heartbeat_at=now,
        alive=True,
        version=version("mlops-lab"),
    )
