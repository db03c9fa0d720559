"""Holds the run of a job to its end: what a stalled execution still sends changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_lab.core.ids import new_id
from mlops_lab.core.tracking import JobLink, NewRun
from mlops_lab.store import outbox
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService

from .conftest import Recorder


def changes(store: Store) -> list[tuple[str, str]]:
    with store.read() as cx:
        return [(change.id, change.action) for change in outbox.changes_after(cx, 0)]


def test_what_comes_after_the_run_of_a_job_was_closed_changes_nothing(
    service: TrackingService, recorder: Recorder, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    job = JobLink(new_id(), new_id(), "nightly", 3, None)
    run = service.open_run(NewRun(name="nightly", experiment="e", user="ada", job=job))
    recorder.metric(run, "loss", 1.0)
    recorder.param(run, "rate", "0.1")
    service.ingest(recorder.batch())
    service.close_run(run, status="killed", error=None)
    settled, seen = service.get_run(run), changes(store)
    recorder.metric(run, "loss", 0.5, step=1)
    recorder.metric(run, "late", 0.5)
    recorder.param(run, "late", "1")
    recorder.tag(run, "late", "1")
    recorder.cell(run, "late = 1")
    recorder.warn(run, "late")
    recorder.end(run)
    other = recorder.start()
    assert service.ingest(recorder.batch()).seq == 10
    assert service.get_run(run) == settled
    assert settled.summary.status == "killed"
    assert service.get_series(run, "loss").count == 1
    assert "7 records of runs of jobs that have ended were dropped" in caplog.text
    assert changes(store) == [*seen, (other, "created")]


def test_late_points_of_a_notebooks_run_are_kept(
    service: TrackingService, recorder: Recorder
) -> None:
    run = recorder.start()
    recorder.end(run)
    service.ingest(recorder.batch())
    recorder.metric(run, "loss", 1.0)
    service.ingest(recorder.batch())
    assert service.get_run(run).metrics[0].count == 1


def test_what_a_stalled_job_left_is_removed_and_changes_nothing(
    service: TrackingService, folder: Path, dead: Recorder
) -> None:
    job = JobLink(new_id(), new_id(), "nightly", 1, None)
    run = service.open_run(NewRun(name="nightly", experiment="e", user="ada", job=job))
    dead.metric(run, "loss", 1.0)
    first = dead.write_segment(folder, 0)
    service.take_in_spools(folder)
    service.close_run(run, status="killed", error=None)
    dead.metric(run, "loss", 0.5, step=1)
    second = dead.write_segment(folder, 1)
    service.take_in_spools(folder)
    assert not first.exists()
    assert not second.exists()
    assert [point.value for point in service.get_series(run, "loss").points] == [1.0]
