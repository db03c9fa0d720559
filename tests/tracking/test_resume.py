"""Shows how a run goes on in another process: open again, with what it had, and ended once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.records import RunFinished, RunResumed
from mlops_lab.core.tracking import ErrorInfo, JobLink, NewRun
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

from .conftest import STARTED_AT, Recorder


def resume(recorder: Recorder, run: str, at: int = STARTED_AT + 10_000) -> None:
    recorder.add(RunResumed, run, at)


def end(recorder: Recorder, run: str, at: int, status: str = "finished") -> None:
    recorder.add(RunFinished, run, status, at, at - STARTED_AT, None, None, 70, 900)


def test_a_run_that_ended_goes_on_in_another_kernel(
    service: TrackingService, recorder: Recorder
) -> None:
    run = recorder.start()
    recorder.param(run, "n", "1")
    recorder.metric(run, "loss", 1.0, step=0)
    recorder.end(run, "failed", error=ErrorInfo("ValueError", "no"))
    service.ingest(recorder.batch())
    other = Recorder()
    resume(other, run)
    other.param(run, "n", "2")
    other.param(run, "m", "3")
    other.metric(run, "loss", 0.5, step=1)
    service.ingest(other.batch())
    found = service.get_run(run)
    assert (found.summary.status, found.summary.ended_at, found.error) == ("running", None, None)
    assert [(p.name, p.value) for p in found.params] == [("n", "1"), ("m", "3")]
    assert found.metrics[0].count == 2
    end(other, run, STARTED_AT + 20_000)
    service.ingest(other.batch())
    summary = service.get_run(run).summary
    assert (summary.status, summary.duration_ms) == ("finished", 20_000)
    assert (summary.cpu_ms, summary.peak_memory) == (70, 900)


def test_ends_and_resumptions_of_one_batch_follow_one_another(
    service: TrackingService, recorder: Recorder
) -> None:
    ended, running = recorder.start(), recorder.start()
    for run in (ended, running):
        end(recorder, run, STARTED_AT + 1_000, "failed")
        resume(recorder, run)
    end(recorder, ended, STARTED_AT + 12_000)
    end(recorder, ended, STARTED_AT + 13_000, "failed")
    service.ingest(recorder.batch())
    summary = service.get_run(ended).summary
    assert (summary.status, summary.ended_at) == ("finished", STARTED_AT + 12_000)
    assert service.get_run(running).summary.status == "running"


def test_the_late_end_of_the_first_process_does_not_end_it(
    service: TrackingService, recorder: Recorder
) -> None:
    run = recorder.start()
    service.ingest(recorder.batch())
    other = Recorder()
    resume(other, run)
    service.ingest(other.batch())
    end(recorder, run, STARTED_AT + 1_000, "failed")
    service.ingest(recorder.batch())
    assert service.get_run(run).summary.status == "running"
    # Its own clock was set back; it is still the one that carries the run on.
    end(other, run, STARTED_AT + 500)
    service.ingest(other.batch())
    assert service.get_run(run).summary.status == "finished"


def test_a_resumed_run_whose_process_dies_is_killed(
    service: TrackingService, recorder: Recorder, dead: Recorder, folder: Path
) -> None:
    run = recorder.start()
    recorder.end(run)
    service.ingest(recorder.batch())
    resume(dead, run)
    dead.write_segment(folder)
    report = service.take_in_spools(folder)
    assert report.runs_killed == 1
    assert service.get_run(run).summary.status == "killed"


def test_the_run_of_a_job_is_not_resumed(
    service: TrackingService, recorder: Recorder, store: Store
) -> None:
    job = JobLink(new_id(), new_id(), "train", 1)
    run = service.open_run(NewRun(name="job", experiment="e", user="u", job=job))
    resume(recorder, run)
    service.ingest(recorder.batch())
    service.close_run(run, status="finished", error=None)
    resume(recorder, run)
    service.ingest(recorder.batch())
    assert service.get_run(run).summary.status == "finished"


@pytest.mark.parametrize("parent", [lambda run: run, lambda run: run[-8:]])
def test_children_are_counted_and_listed(
    service: TrackingService, recorder: Recorder, parent: Callable[[str], str]
) -> None:
    top = recorder.start()
    children = [recorder.start(parent_run_id=top) for _ in range(3)]
    odd = recorder.start(parent_run_id="not an id")
    service.ingest(recorder.batch())
    page = service.list_runs(parent=parent(top))
    assert [run.id for run in page.runs] == children[::-1]
    assert page.total == 3
    assert {run.parent_run_id for run in page.runs} == {top}
    tops = service.list_runs(parent="none").runs
    assert [(run.id, run.children) for run in tops] == [(odd, 0), (top, 3)]
    assert [run.id for run in service.list_runs(filter=f"parent = {top}").runs] == children[::-1]
    assert service.list_runs(filter="parent:none").total == 2
    assert service.list_runs(filter="parent != none").total == 3
