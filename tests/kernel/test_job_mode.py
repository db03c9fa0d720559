"""Proves the kernel of a job: it logs into the run that the worker opened, and opens none."""

from __future__ import annotations

import msgspec
import pytest

from mlops_lab.core.kernelenv import JOB_CONTEXT, JobContext, cell_digest
from mlops_lab.core.records import (
    CellCaptured,
    CellExecuted,
    MetricLogged,
    ParamLogged,
    RunFinished,
    RunStarted,
    TagSet,
)
from mlops_lab.kernel.valuedigest import digest_value

from .spool_reader import read_records

RUN = "0190a1b2c3d4" + "ab" * 10
TRACKED = "depth = 3\nscore = alpha * depth\nlab.log_metric('loss', 0.5)"


@pytest.fixture
def job_kernel(start_kernel, tmp_path):
    """A kernel as a job's runner starts it: no notebook code loads the extension."""
    context = JobContext("job", RUN, [cell_digest(TRACKED)], {"alpha": 0.5})
    path = tmp_path / "context.json"
    path.write_bytes(msgspec.json.encode(context))
    return start_kernel(
        extra_arguments=["--IPKernelApp.extra_extensions=mlops_lab"], **{JOB_CONTEXT: str(path)}
    )


def test_tracked_cells_log_into_the_run_of_the_job(job_kernel, spool_dir):
    assert job_kernel.run("alpha = 0.5").reply["status"] == "ok"
    job_kernel.run(f"\n{TRACKED}\n", cell_id="c7")
    answer = job_kernel.run("other = 1 + 1\nlab.log_metric('late', 1)\nlab.set_tag('late', 'x')")
    assert answer.text("stderr").count("was not logged") == 1
    records = read_records(spool_dir)
    assert {record.run_id for record in records} == {RUN}
    assert not [r for r in records if isinstance(r, RunStarted | RunFinished | TagSet)]
    (cell,) = [r for r in records if isinstance(r, CellCaptured)]
    assert (cell.source.strip(), cell.cell_id) == (TRACKED, "c7")
    found = [(r.name, r.value, r.origin) for r in records if isinstance(r, ParamLogged)]
    assert found == [("depth", "3", "assigned")]
    found = {r.name: r.value for r in records if isinstance(r, MetricLogged)}
    assert found == {"loss": 0.5, "score": 1.5}


def test_before_the_first_tracked_cell_nothing_is_logged(job_kernel, spool_dir):
    answer = job_kernel.run("lab.log_metric('early', 1)\nlab.log_param('early', 1)")
    assert "'early' was not logged" in answer.text("stderr")
    assert [r for r in read_records(spool_dir) if not isinstance(r, CellExecuted)] == []


def test_a_job_that_tracks_no_cell_is_logged_as_a_whole(start_kernel, spool_dir, tmp_path):
    path = tmp_path / "context.json"
    path.write_bytes(msgspec.json.encode(JobContext("job", RUN, [], {})))
    kernel = start_kernel(
        extra_arguments=["--IPKernelApp.extra_extensions=mlops_lab"], **{JOB_CONTEXT: str(path)}
    )
    assert kernel.run("lab.log_metric('m', 1)\nn = 1 + 1").text("stderr") == ""
    metric, cell = read_records(spool_dir)
    assert (metric.run_id, metric.name) == (RUN, "m")
    assert isinstance(cell, CellExecuted)
    assert (cell.run_id, cell.position, cell.bound) == (RUN, 0, {"n": digest_value(2)})


def test_a_failing_cell_of_a_job_leaves_the_end_to_the_worker(job_kernel, spool_dir):
    assert job_kernel.run(TRACKED).reply["ename"] == "NameError"
    records = read_records(spool_dir)
    assert [r.value for r in records if isinstance(r, ParamLogged)] == ["3"]
    assert not [r for r in records if isinstance(r, RunStarted | RunFinished)]


def test_a_track_line_in_a_job_opens_no_run(job_kernel, spool_dir):
    answer = job_kernel.run("%%track by-hand\nlab.log_metric('m', 2)")
    assert answer.reply["status"] == "ok"
    records = read_records(spool_dir)
    assert {record.run_id for record in records} == {RUN}
    assert not [r for r in records if isinstance(r, RunStarted | RunFinished)]
    (cell,) = [r for r in records if isinstance(r, CellCaptured)]
    (point,) = [r for r in records if isinstance(r, MetricLogged)]
    assert (cell.source, point.name) == ("%%track by-hand\nlab.log_metric('m', 2)", "m")


def test_a_context_that_cannot_be_read_is_told_and_cells_run(start_kernel, spool_dir, tmp_path):
    kernel = start_kernel(**{JOB_CONTEXT: str(tmp_path / "missing.json")})
    answer = kernel.run("%load_ext mlops_lab")
    assert "The job's context" in answer.text("stderr")
    assert kernel.run("x = 1").reply["status"] == "ok"
