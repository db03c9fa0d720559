"""Shows that the run of a job has the metrics of the run that was promoted, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.jobs import NewJob, Promotion
from mlops_lab.core.settings import Settings
from mlops_lab.core.tracking import JobLink, NewRun, Run
from mlops_lab.workflows.promote import draft, promote

from .shells import LOAD, Order, run_in_shells, write_notebook
from .test_execute import Place, wait_for_end

SMALL = """%%track small
n = 3
for step in range(n):
    lab.log_metric('part', step, step=step)
loss = float(n * scale)"""
LARGE = """%%track large
n_large = 30
lab.log_metric('part', n_large)
loss = float(n_large * scale)
auc = loss / 120"""
CELLS = (LOAD, "scale = 2", SMALL, LARGE, "result = None")


@pytest.fixture
def notebook_file(place: Place, settings: Settings) -> Path:
    """A notebook with two tracked cells whose runs are in the store."""
    file = write_notebook(place.work / "two.ipynb", *CELLS)
    run_in_shells([Order(CELLS, file)], data=settings.data_dir, folder=place.work)
    place.lab.tracking.take_in_spools(settings.spool_dir, only_dead=False)
    return file


def metrics(run: Run) -> dict[str, tuple[float | str, int]]:
    return {metric.name: (metric.last, metric.count) for metric in run.metrics}


def run_job(place: Place, order: Promotion, *, notebook_file: Path | None = None) -> Run:
    definition = promote(place.lab, order, user="ada", notebook_file=notebook_file)
    job = place.lab.jobs.submit(NewJob(definition_id=definition.id), user="ada")
    place.begin()
    ended = wait_for_end(place.lab.jobs, job.id)
    assert ended.state == "succeeded", ended.error
    assert ended.run_id is not None
    return place.lab.tracking.get_run(ended.run_id)


def test_a_job_tracks_only_the_cell_of_its_run(place: Place, notebook_file: Path) -> None:
    by_name = {run.name: run.id for run in place.lab.tracking.list_runs().runs}
    small = place.lab.tracking.get_run(by_name["small"])
    assert metrics(small) == {"part": (2.0, 3), "loss": (6.0, 1)}
    of_small = run_job(place, Promotion(name="small", parameters=[], run_id=small.summary.id))
    assert metrics(of_small) == metrics(small)
    large = place.lab.tracking.get_run(by_name["large"])
    # A notebook counts for its newest run.
    order = Promotion(name="large", parameters=[])
    assert draft(place.lab, notebook_file=notebook_file).run_id == large.summary.id
    of_large = run_job(place, order, notebook_file=notebook_file)
    assert (
        metrics(of_large)
        == metrics(large)
        == {"part": (30.0, 1), "loss": (60.0, 1), "auc": (0.5, 1)}
    )
    assert of_large.summary.job is not None
    assert of_large.summary.job.source_run_id == large.summary.id


def test_runs_of_jobs_never_hide_the_newest_run(place: Place, notebook_file: Path) -> None:
    lab = place.lab
    [newest] = [run for run in lab.tracking.list_runs().runs if run.name == "large"]
    link = JobLink(new_id(), new_id(), "two", 1, newest.id)
    for _ in range(60):
        lab.tracking.open_run(
            NewRun(
                name="j", experiment="e", user="ada", job=link,
                notebook_file=str(notebook_file), notebook_path="two.ipynb",
            )
        )  # fmt: skip
    for path in (None, "two.ipynb", "RTC:two.ipynb", "/two.ipynb"):
        proposal = draft(lab, notebook_file=notebook_file, notebook_path=path)
        assert proposal.run_id == newest.id
        assert not proposal.notebook_path.startswith("RTC:")
    found = lab.tracking.newest_run()
    assert found is not None
    assert found.summary.id == newest.id


def test_a_notebook_of_the_same_path_elsewhere_is_another(
    place: Place, notebook_file: Path, tmp_path: Path
) -> None:
    tracking = place.lab.tracking
    new = NewRun(name="r", experiment="e", user="ada", notebook_path="sub/two.ipynb")
    without_file = tracking.open_run(new)
    elsewhere = tmp_path / "elsewhere.ipynb"
    for path in ("sub/two.ipynb", "RTC:sub/two.ipynb", "/sub/two.ipynb"):
        found = tracking.newest_run(notebook_file=elsewhere, notebook_path=path)
        assert found is not None
        assert found.summary.id == without_file
    in_other_root = NewRun(
        name="r", experiment="e", user="ada", notebook_path="sub/two.ipynb",
        notebook_file=str(tmp_path / "other" / "sub" / "two.ipynb"),
    )  # fmt: skip
    tracking.open_run(in_other_root)
    found = tracking.newest_run(notebook_file=elsewhere, notebook_path="sub/two.ipynb")
    assert found is not None
    assert found.summary.id == without_file
    assert tracking.newest_run(notebook_file=elsewhere, notebook_path="none.ipynb") is None
