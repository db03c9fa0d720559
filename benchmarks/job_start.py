"""Measures the time from submit to the first executed cell of a job, beside bare papermill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from report import Row, median

from mlops_lab.core.jobs import NewJob, NewRevision
from mlops_lab.core.settings import DATA_DIR, make_settings
from mlops_lab.lab import Lab

CELLS = 10
DEADLINE_S = 60.0
SETTLE_S = 4.0
"""How long a worker takes, after a job, to have its next runner ready."""


class Times(NamedTuple):
    """Seconds from the start to the end of the first cell, and to the end of it all."""

    first_cell: float
    finished: float


def measure(repeats: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "ten.ipynb"
        source.write_bytes(ten_cells())
        ours = measure_jobs(Path(folder), source, repeats)
        imported = [papermill_imported(source) for _ in range(repeats)]
        command = [papermill_command(source) for _ in range(repeats)]
    return [
        row("job: submit to first cell / papermill, imported", ours, imported, of="first_cell"),
        row(
            "job: submit to first cell / papermill command",
            ours,
            command,
            of="first_cell",
            target=0.5,
        ),
        row(
            "job: submit to finished / papermill, imported",
            ours,
            imported,
            of="finished",
            target=1.3,
        ),
        row(
            "job: submit to finished / papermill command", ours, command, of="finished", target=0.5
        ),
    ]


def ten_cells() -> bytes:
    notebook = new_notebook(cells=[new_code_cell(f"x{i} = {i}") for i in range(CELLS)])
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python"}
    notebook.metadata["kernelspec"]["display_name"] = "Python 3"
    return nbformat.writes(notebook).encode()


def measure_jobs(folder: Path, source: Path, repeats: int) -> list[Times]:
    settings = make_settings(jupyter_data_dir=folder, environ={})
    with Lab.open(settings) as lab:
        worker = subprocess.Popen(
            [sys.executable, "-P", "-m", "mlops_lab.worker"],
            env=os.environ | {DATA_DIR: str(settings.data_dir)},
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(lambda: any(w.alive for w in lab.jobs.list_workers()))
            lab.jobs.put_revision(
                NewRevision(
                    name="ten",
                    parameters=[],
                    kernel_name="python3",
                    working_dir=str(folder),
                    notebook=source.read_bytes(),
                    notebook_path=source.name,
                    created_by="benchmark",
                )
            )
            return [one_job(lab) for _ in range(repeats)]
        finally:
            worker.terminate()
            worker.wait()


def one_job(lab: Lab) -> Times:
    time.sleep(SETTLE_S)
    begun = time.time()
    job = lab.jobs.submit(NewJob(definition_id="ten"), user="benchmark")
    wait_for(lambda: lab.jobs.get_job(job.id).ended_at is not None)
    ended = lab.jobs.get_job(job.id)
    assert ended.state == "succeeded", ended.cause
    first_cell = first_cell_ended(json.loads(lab.jobs.read_notebook(job.id)))
    return Times(first_cell - begun, (ended.ended_at or 0) / 1000 - begun)


def papermill_imported(source: Path) -> Times:
    from papermill.execute import execute_notebook

    begun = time.time()
    executed = execute_notebook(str(source), None, progress_bar=False)
    return Times(first_cell_ended(executed) - begun, time.time() - begun)


def papermill_command(source: Path) -> Times:
    output = source.with_name("command.ipynb")
    begun = time.time()
    subprocess.run(
        [sys.executable, "-m", "papermill", "--no-progress-bar", str(source), str(output)],
        check=True,
        capture_output=True,
    )
    ended = time.time()
    return Times(first_cell_ended(json.loads(output.read_bytes())) - begun, ended - begun)


def first_cell_ended(notebook: Any) -> float:
    ended = notebook["cells"][0]["metadata"]["papermill"]["end_time"]
    return datetime.fromisoformat(ended).timestamp()


def wait_for(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not look():
        assert time.monotonic() < deadline, "the deadline has passed"
        time.sleep(0.05)


def row(
    name: str, ours: list[Times], other: list[Times], *, of: str, target: float | None = 1.25
) -> Row:
    mine = median([getattr(times, of) for times in ours])
    theirs = median([getattr(times, of) for times in other])
    return Row(name=name, ours=mine, other=theirs, unit="s", ratio=mine / theirs, target=target)
