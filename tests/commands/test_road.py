"""The road without a browser, with a real worker, a real kernel and real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from mlops_lab.core.jobs import NewRevision
from mlops_lab.lab import Lab


@pytest.fixture
def real_cli(lab: Lab) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Run ``mlops-lab`` in a process; end the workers that it started."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mlops_lab.cli", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=os.environ | {"COLUMNS": "80"},
        )

    yield run
    for worker in lab.jobs.list_workers():
        if worker.alive:
            process = psutil.Process(worker.pid)
            process.terminate()
            process.wait(timeout=30)


def test_from_a_run_to_the_run_of_its_job(
    real_cli: Callable[..., subprocess.CompletedProcess[str]], add_run: Callable[..., str]
) -> None:
    def ask(*words: str) -> Any:
        done = real_cli(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    source = add_run()
    definition = ask("promote", "latest")
    job = ask("jobs", "submit", "sums", "-p", "size=4", "--wait")
    assert (job["state"], job["definition_id"]) == ("succeeded", definition["id"])
    assert job["source_run_id"] == source
    run = ask("runs", "show", job["run_id"])
    metrics = {metric["name"]: (metric["last"], metric["count"]) for metric in run["metrics"]}
    assert (metrics["total"], metrics["part"]) == ((6.0, 1), (1.5, 4))
    assert run["summary"]["job"]["definition_name"] == "sums"
    assert {param["name"]: param["value"] for param in run["params"]}["size"] == "4"

    failed = real_cli("jobs", "submit", "sums", "-p", "size=-1", "--wait")
    assert (failed.returncode, "nothing to add up" in failed.stdout) == (1, True)
    shown = ask("jobs", "show", "latest")
    assert (shown["state"], shown["error"]["name"]) == ("failed", "AssertionError")
    assert shown["failing_cell"]["source"].endswith("total = float(sum(range(size)))")
    assert [one["state"] for one in ask("jobs", "list")["jobs"]] == ["failed", "succeeded"]
    assert real_cli("doctor").stdout.count("problem  worker") == 0


def test_a_job_whose_worker_was_killed_ends_when_it_is_cancelled(
    real_cli: Callable[..., subprocess.CompletedProcess[str]], lab: Lab, tmp_path: Path
) -> None:
    cell = nbformat.v4.new_code_cell("import time\ntime.sleep(600)")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "3", "language": "python"}
    new = NewRevision(
        name="sleeper",
        parameters=[],
        tracked_cells=[],
        warnings=[],
        kernel_name="python3",
        working_dir=str(tmp_path),
        notebook=nbformat.writes(notebook).encode(),
        notebook_path="sleeper.ipynb",
        source_run_id=None,
        created_by="ada",
    )
    lab.jobs.put_revision(new)
    job_id = json.loads(real_cli("jobs", "submit", "sleeper", "--json").stdout)["id"]
    wait_until(lambda: lab.jobs.get_job(job_id).run_id is not None)
    for worker in lab.jobs.list_workers():
        psutil.Process(worker.pid).kill()

    cancelled = real_cli("jobs", "cancel", job_id)
    assert cancelled.returncode == 0, cancelled.stderr
    wait_until(lambda: lab.jobs.get_job(job_id).state == "lost")
    job = lab.jobs.get_job(job_id)
    assert "worker" in job.cause
    wait_until(lambda: lab.tracking.get_run(str(job.run_id)).summary.status == "killed")


def wait_until(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.1)
