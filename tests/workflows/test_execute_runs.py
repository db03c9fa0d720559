"""Shows what the run of a job holds besides numbers: child runs, and the cells that were executed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from jobs.production import wait_for_end, wait_until

from mlops_lab.core.jobs import Job
from mlops_lab.core.kernelenv import cell_digest
from mlops_lab.workflows.execute import settle

from .place import Place, marked_processes

IMPORTS = """
import numpy as np, optuna
from sklearn.model_selection import GridSearchCV
from sklearn.linear_model import Ridge
optuna.logging.set_verbosity(optuna.logging.ERROR)
X = np.arange(24.0).reshape(12, 2)
y = X[:, 0] * 2 + 1
""".strip()
SEARCH = "search = GridSearchCV(Ridge(), {'alpha': [0.1, 1.0, 10.0]}, cv=2).fit(X, y)"
STUDY = """
study = optuna.create_study()
study.optimize(lambda trial: trial.suggest_float('x', 0, 1), n_trials=2)
""".strip()
OPEN_CHILD = """
import mlops_lab as lab, time
with lab.start_run(run_name='long', nested=True):
    lab.log_metric('m', 1)
    print('the child goes on', flush=True)
    time.sleep(600)
""".strip()

CHILD_IS_OPEN = "the child goes on"
"""What the log of its job says then; words that stand in no path."""


def test_the_trials_of_a_search_are_children_of_the_run_of_the_job(place: Place) -> None:
    job = place.run(IMPORTS, SEARCH, STUDY, tracked_cells=[cell_digest(SEARCH), cell_digest(STUDY)])
    assert job.state == "succeeded", job.error
    own = place.lab.tracking.get_run(str(job.run_id)).summary
    children = place.lab.tracking.list_runs(parent=own.id).runs
    assert own.children == len(children) == 5
    assert {child.name for child in children} == {
        *("search #0", "search #1", "search #2"),
        *("study #0", "study #1"),
    }
    assert {(c.experiment, c.status, c.user) for c in children} == {("train", "finished", "ada")}
    assert {c.job.job_id for c in children if c.job is not None} == {job.id}
    [first] = [c for c in children if c.name == "search #0"]
    params = place.lab.tracking.get_run(first.id).params
    assert [(param.name, param.value) for param in params] == [("alpha", "0.1")]
    assert place.lab.tracking.newest_run() is None, "runs of jobs are not the newest of a notebook"


def test_the_run_of_a_job_has_its_cells_in_order(place: Place) -> None:
    tracked = "loss = n * 0.5"
    job = place.run("n = 3", tracked, "later = [n]", "1 / 0", tracked_cells=[cell_digest(tracked)])
    assert job.state == "failed"
    history = place.lab.tracking.get_capture(str(job.run_id)).history
    assert [(c.position, c.source, c.execution_count, c.status) for c in history] == [
        (0, "n = 3", 1, "ok"),
        (1, tracked, 2, "ok"),
        (2, "later = [n]", 3, "ok"),
        (3, "1 / 0", 4, "error"),
    ]
    assert [c.run_id for c in history] == [None, job.run_id, None, None]
    assert all(c.bound for c in history[:3])


def begin_long_child(place: Place) -> Job:
    job = place.submit("before = 1", OPEN_CHILD)
    place.begin()
    wait_until(
        lambda: CHILD_IS_OPEN in place.lab.jobs.read_log(job.id).text, why="the child is open"
    )
    return job


def statuses(place: Place, job: Job) -> dict[str, str]:
    parent = str(place.lab.jobs.get_job(job.id).run_id)
    own = place.lab.tracking.get_run(parent).summary
    children = place.lab.tracking.list_runs(parent=parent).runs
    return {run.name: run.status for run in [own, *children]}


def test_no_child_goes_on_when_the_job_is_killed(place: Place) -> None:
    job = begin_long_child(place)
    for process in marked_processes(place, job):
        os.kill(process.pid, signal.SIGKILL)
    assert wait_for_end(place.lab.jobs, job.id).state == "failed"
    assert statuses(place, job) == {"train": "failed", "long": "killed"}
    history = place.lab.tracking.get_capture(str(place.lab.jobs.get_job(job.id).run_id)).history
    assert [cell.source for cell in history] == ["before = 1"]


WORKER = """
import sys, threading
from pathlib import Path
from jobs.production import this_worker
from mlops_lab.core.settings import make_settings
from mlops_lab.jobs.scheduler import Scheduler
from mlops_lab.lab import Lab
from mlops_lab.workflows.execute import execute
lab = Lab.open(make_settings(jupyter_data_dir=Path('/')))
scheduler = Scheduler(lab.store)
scheduler.register(worker := this_worker())
claimed = scheduler.claim(worker)
execute(lab, claimed, server_url='', kernel_token='', stop=threading.Event())
"""


def test_no_child_goes_on_when_the_worker_is_killed(place: Place) -> None:
    job = place.submit("before = 1", OPEN_CHILD)
    tests = Path(__file__).parents[1]
    worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=tests)
    try:
        wait_until(
            lambda: CHILD_IS_OPEN in place.lab.jobs.read_log(job.id).text, why="the child is open"
        )
    finally:
        worker.kill()
        worker.wait()
    [lost] = wait_until(place.scheduler.mark_lost, why="the job is lost")
    settle(place.lab, lost)
    assert statuses(place, job) == {"train": "killed", "long": "killed"}
    assert marked_processes(place, job) == []
