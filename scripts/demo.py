"""Walks the whole road on the flights example: track, see, compare, productionize, run, check."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import nbformat
import psutil
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "examples" / "flights" / "train.ipynb"
TREES = re.compile(r"^max_iter = \d+", re.MULTILINE)
TOLERANCE = 1e-9


def main() -> int:
    """Run every step; return 0 when the job's metrics are those of the tracked run."""
    began = time.monotonic()
    step(f"Running {NOTEBOOK.relative_to(Path.cwd())} with 20 trees, as if you ran all its cells")
    execute(trees=20)
    step("Running it again as it is, with more trees")
    execute(trees=None)

    step("Delivering what the two kernels recorded (a running JupyterLab does this at once)")
    show("sync")
    second, first = ask("runs", "list", "--limit", "2")["runs"]
    show("runs", "list", "--limit", "2")

    step("Comparing the two runs")
    show("runs", "compare", first["id"], second["id"])

    better = choose(first, second)
    step(f"Productionizing the better one, {better['name']}: a parameterized papermill notebook")
    show("promote", better["id"])
    name = ask("runs", "show", better["id"])["notebook_file"]
    definition = Path(name).stem

    step("Running it as a job, in a process of its own (the worker is started on demand)")
    job = ask("jobs", "submit", definition, "--wait")
    show("jobs", "show", job["id"])

    step("The job's own run")
    show("runs", "show", job["run_id"])

    step(f"Checking that the job's metrics are those of the tracked run, within {TOLERANCE}")
    same = check(ask("runs", "show", better["id"]), ask("runs", "show", job["run_id"]))
    stop_workers()
    print(f"\n{'Done' if same else 'FAILED'} after {time.monotonic() - began:.0f} s.")
    return 0 if same else 1


def step(words: str) -> None:
    """Print what happens next."""
    print(f"\n== {words}", flush=True)


def execute(*, trees: int | None) -> None:
    """Run all cells of the notebook in a kernel, with another number of trees if one is given."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    if trees is not None:
        for cell in notebook.cells:
            cell.source = TREES.sub(f"max_iter = {trees}", cell.source)
    # Jupyter servers tell a kernel in this way which notebook it belongs to.
    os.environ["JPY_SESSION_NAME"] = str(NOTEBOOK)
    folder = {"metadata": {"path": str(NOTEBOOK.parent)}}
    # The kernel's own notice about local connections is not what this is about.
    quiet = ["--IPKernelApp.log_level=40"]
    NotebookClient(notebook, timeout=300, resources=folder, extra_arguments=quiet).execute()


def show(*words: str) -> None:
    """Run a command of ``mlops-lab`` and let it print."""
    print(f"$ mlops-lab {' '.join(words)}", flush=True)
    subprocess.run(command(words), check=True)


def ask(*words: str) -> Any:
    """Run a command of ``mlops-lab`` and return its answer."""
    done = subprocess.run([*command(words), "--json"], stdout=subprocess.PIPE, check=False)
    if done.returncode and not done.stdout:
        sys.exit(done.returncode)
    return json.loads(done.stdout)


def command(words: tuple[str, ...]) -> list[str]:
    """Return the command line of ``mlops-lab`` in this environment."""
    return [sys.executable, "-m", "mlops_lab.cli", *words]


def choose(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return the run with the better primary metric; of a loss or an error less is better."""
    name = first["primary_metric"]["name"]
    less = any(word in name for word in ("loss", "error"))
    pick = min if less else max
    better = pick(first, second, key=lambda run: run["primary_metric"]["last"])
    print(f"\nBy {name} the better run is {better['name']} ({better['id']}).")
    return better


def check(tracked: dict[str, Any], of_job: dict[str, Any]) -> bool:
    """Print both values of each metric; tell whether all are equal within the tolerance."""
    got = {metric["name"]: metric for metric in of_job["metrics"]}
    same = bool(tracked["metrics"])
    for metric in tracked["metrics"]:
        name, wanted = metric["name"], float(metric["last"])
        found = got.get(name, {"last": "NaN", "count": 0})
        close = math.isclose(wanted, float(found["last"]), rel_tol=0.0, abs_tol=TOLERANCE)
        equal = close and metric["count"] == found["count"]
        print(f"{'equal ' if equal else 'DIFFER'}  {name:<18} {wanted!r:<20} {found['last']!r}")
        same = same and equal
    return same


def stop_workers() -> None:
    """End the workers of the demo's store, so that nothing goes on when it has ended."""
    from mlops_lab.commands.opened import open_lab
    from mlops_lab.store.processes import is_alive

    with open_lab() as lab:
        alive = [worker for worker in lab.jobs.list_workers() if worker.alive]
    for worker in alive:
        try:
            process = psutil.Process(worker.pid)
            if is_alive(worker.pid, worker.process_started_at):
                process.terminate()
                process.wait(timeout=30)
        except psutil.NoSuchProcess:
            continue


if __name__ == "__main__":
    sys.exit(main())
