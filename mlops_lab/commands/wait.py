"""Owns waiting for a job at the terminal: its progress, its log, and a queue that nobody serves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlops_lab.core.errors import ConflictError
from mlops_lab.core.jobs import ACTIVE_STATES, Job

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

_LOOK_EVERY_S = 0.3
_HELP_AFTER_S = 20.0
_UNSERVED_S = 60.0


def wait_for_job(lab: Lab, job: Job) -> Job:
    """Return the job when it has ended; its progress is shown on standard error meanwhile.

    When its worker dies, another one is started: that one runs it, or says that it is lost.

    Raises:
        ConflictError: no worker was alive for a minute.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from mlops_lab.jobs.launcher import resume_worker

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )  # fmt: skip - one row of columns
    served_at = time.monotonic()
    console = Console(stderr=True)
    silent = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=silent) as progress:
        shown = progress.add_task(f"{job.definition_name}: {job.state}", total=None)
        while job.state in ACTIVE_STATES:
            time.sleep(_LOOK_EVERY_S)
            job = lab.jobs.get_job(job.id)
            progress.update(
                shown,
                description=f"{job.definition_name}: {job.state}",
                completed=job.cells_done,
                total=job.cells_total or None,
            )
            unserved_s = time.monotonic() - served_at
            if any(worker.alive for worker in lab.jobs.list_workers()):
                served_at = time.monotonic()
            elif unserved_s > _UNSERVED_S:
                raise _unserved(lab, job)
            elif unserved_s > _HELP_AFTER_S:
                resume_worker(lab.jobs, lab.settings)
    return job


def follow_log(lab: Lab, job_id: str, *, to_the_end: bool) -> Iterator[str]:
    """Give the log of a job as far as it is written, or until the job ends."""
    offset = 0
    while True:
        # Asked before the log is read: what is written until the end is then never missed.
        active = lab.jobs.get_job(job_id).state in ACTIVE_STATES
        log = lab.jobs.read_log(job_id, offset=offset)
        if log.text:
            yield log.text
        if log.next_offset > offset:
            offset = log.next_offset
            continue
        if not (to_the_end and active):
            return
        time.sleep(_LOOK_EVERY_S)


def _unserved(lab: Lab, job: Job) -> ConflictError:
    return ConflictError(
        f"The job {job.id} is {job.state}, and no worker is alive.",
        hint=f"See {lab.settings.data_dir / 'worker.log'}, or start one: mlops-lab worker",
    )
