"""The road without a browser, with a real worker, a real kernel and real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

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
