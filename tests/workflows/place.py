"""Owns what the tests of executions run jobs with: a lab, a working folder, one worker's means."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import nbformat
import psutil
from jobs.production import put_notebook, this_worker, wait_for_end

from mlops_lab.core import kernelenv
from mlops_lab.core.jobs import Job, NewJob
from mlops_lab.jobs.executor.local import LocalExecutor
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.lab import Lab
from mlops_lab.workflows.execute import execute

NAP = "import subprocess, time\n"


def hold(go: Path) -> str:
    """Return a cell that lasts until the file ``go`` is there."""
    return f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists(): time.sleep(0.05)"


class Place:
    """A lab with one worker's means, in this process."""

    def __init__(self, lab: Lab, work: Path) -> None:
        self.lab = lab
        self.work = work
        self.scheduler = Scheduler(lab.store)
        self.executor = LocalExecutor(server_url="http://127.0.0.1:9/none", kernel_token="t")
        self.stop = threading.Event()
        self.threads: list[threading.Thread] = []

    def submit(self, *cells: str, parameters: dict[str, Any] | None = None, **more: Any) -> Job:
        put_notebook(self.lab.jobs, *cells, **({"working_dir": self.work} | more))
        order = NewJob(definition_id=more.get("name", "train"), parameters=parameters or {})
        return self.lab.jobs.submit(order, user="ada")

    def begin(self) -> None:
        claimed = self.scheduler.claim(this_worker())
        assert claimed is not None
        options = {"server_url": "", "kernel_token": "", "stop": self.stop}
        thread = threading.Thread(
            target=execute, args=(self.lab, claimed), kwargs=options | {"executor": self.executor}
        )
        self.threads.append(thread)
        thread.start()

    def run(self, *cells: str, **more: Any) -> Job:
        job = self.submit(*cells, **more)
        self.begin()
        return wait_for_end(self.lab.jobs, job.id)

    def close(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(30)
        self.executor.close()


def executed(place: Place, job: Job) -> Any:
    """Return the notebook of a job as it is now."""
    return nbformat.reads(place.lab.jobs.read_notebook(job.id).decode(), as_version=4)


def marked_processes(place: Place, job: Job) -> list[psutil.Process]:
    """Return the processes that carry the context of the job."""
    context = str(place.lab.jobs.folder(job.id).context)
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(kernelenv.JOB_CONTEXT) == context:
                found.append(process)
        except psutil.Error:
            continue
    return found
