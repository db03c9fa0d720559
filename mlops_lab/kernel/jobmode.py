"""Owns what is different in the kernel of a job: it logs into the run that the worker opened."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from mlops_lab.core.clock import now_ms
from mlops_lab.core.kernelenv import JOB_CONTEXT, JobContext, cell_digest
from mlops_lab.core.records import RunStarted

from .capture.origin import Origin
from .display import warn


class JobMode:
    """The job that this kernel runs for. Runs are begun and ended by its worker, not here."""

    def __init__(self, context: JobContext) -> None:
        self.run_id = context.run_id
        self.job_id = context.job_id
        self._context = context
        self.injected = frozenset(context.parameters)
        self._tracked = frozenset(context.tracked_cells)

    def begun(self, origin: Origin) -> RunStarted:
        """Return what the job's run would have begun with here; runs below it are made after it."""
        return RunStarted(
            seq=0,
            run_id=self.run_id,
            name=self._context.run_name,
            experiment=self._context.experiment,
            source="notebook",
            user=self._context.user or origin.user,
            started_at=now_ms(),
            notebook_file=origin.notebook_file,
            cell_id=None,
            kernel_id=origin.kernel_id,
            kernel_name=origin.kernel_name,
            primary_metric=None,
            job_id=self.job_id,
        )

    @property
    def has_tracked_cells(self) -> bool:
        """Whether only some cells belong to the run; without any, the whole notebook does."""
        return bool(self._tracked)

    def is_tracked(self, raw_cell: str) -> bool:
        """Tell whether the cell is one of those whose params and metrics belong to the run."""
        return cell_digest(raw_cell) in self._tracked


def find_job(environ: Mapping[str, str] = os.environ) -> JobMode | None:
    """Return the job that the environment names; None outside a job."""
    path = environ.get(JOB_CONTEXT)
    if not path:
        return None
    try:
        content = Path(path).read_bytes()
        return JobMode(msgspec.json.decode(content, type=JobContext))
    except (OSError, msgspec.DecodeError) as error:
        warn(f"The job's context {path} cannot be read ({error}); nothing is logged into its run.")
        return None
