"""Owns small production notebooks and revisions for the tests of jobs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import Definition, Job, NewRevision, Parameter, Worker
from mlops_lab.jobs.service import JobsService
from mlops_lab.store.processes import host_name, own_start_time


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: int = 1_800_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def move(self, *, seconds: float) -> None:
        self.now += round(seconds * 1000)


def notebook_bytes(*sources: str, parameters: str | None = None) -> bytes:
    """Return a notebook file; ``# md`` at the start of a source makes a text cell."""
    cells = [
        new_markdown_cell(source) if source.startswith("# md") else new_code_cell(source)
        for source in sources
    ]
    if parameters is not None:
        cells.insert(0, new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    return nbformat.writes(notebook).encode()


def put_notebook(
    jobs: JobsService,
    *sources: str,
    name: str = "train",
    working_dir: Path | str = "/",
    declared: list[Parameter] | None = None,
    **more: Any,
) -> Definition:
    """Store a revision of these cells; declared parameters get a cell of their own."""
    declared = declared or []
    cell = "\n".join(f"{p.name} = {p.default!r}" for p in declared) or None
    fields: dict[str, Any] = {
        "name": name,
        "parameters": declared,
        "kernel_name": "python3",
        "working_dir": str(working_dir),
        "notebook": notebook_bytes(*(sources or ("1 + 1",)), parameters=cell),
        "notebook_path": f"{name}.ipynb",
        "created_by": "ada",
    }
    return jobs.put_revision(NewRevision(**(fields | more)))


def this_worker(**changes: Any) -> Worker:
    """Return this very process as a worker."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "host": host_name(),
        "pid": os.getpid(),
        "process_started_at": own_start_time(),
        "started_at": 0,
        "heartbeat_at": 0,
        "alive": True,
        "version": "1",
    }
    return Worker(**(fields | changes))


def wait_until(look: Callable[[], Any], *, seconds: float = 60.0, why: str = "") -> Any:
    """Return what ``look`` returns as soon as it is true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"Not within {seconds} s: {why or look}")


def wait_for_end(jobs: JobsService, job_id: str, *, seconds: float = 60.0) -> Job:
    """Return the job when it has ended."""

    def ended() -> Job | None:
        job = jobs.get_job(job_id)
        return None if job.state in ("queued", "running") else job

    return wait_until(ended, seconds=seconds, why=f"job {job_id} ends")
