"""A data policy keeps, masks and removes what it says, by one process at a time, and is audited."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, select

from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import ArtifactLogged
from mlops_lab.core.trash import PurgeOrder
from mlops_lab.store import audit
from mlops_lab.store.job_files import JobFiles
from mlops_lab.store.registry_tables import model_version, registered_model
from mlops_lab.store.store import Store
from mlops_lab.store.tables import definition, job
from mlops_lab.tracking.logged import LoggedService
from mlops_lab.tracking.retention import PERIOD_MS, RetentionService
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.trash import TrashService
from mlops_lab.tracking.writing import WritingService

from .conftest import STARTED_AT, Recorder

DAY = 86_400_000


class Clock:
    now = STARTED_AT + 10 * DAY

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def retention(store: Store, clock: Clock) -> RetentionService:
    return RetentionService(store, TrashService(store, clock=clock), clock=clock)


def record(
    service: TrackingService, store: Store, recorder: Recorder, *, days_ago: float, **more: Any
) -> str:
    run_id = recorder.start(**more)
    recorder.param(run_id, "patient", "'Ada'")
    recorder.param(run_id, "rate", "0.5")
    recorder.tag(run_id, "patient", "Ada")
    recorder.tag(run_id, "patient", "Bob")
    content = f"bytes of {run_id}".encode()
    digest = store.artifacts.put(content)
    recorder.add(ArtifactLogged, run_id, "model.bin", digest, len(content), "application/x")
    recorder.end(run_id)
    ended = STARTED_AT + int((10 - days_ago) * DAY)
    recorder.records[-1] = msgspec.structs.replace(recorder.records[-1], ended_at=ended)
    service.ingest(recorder.batch())
    return run_id


def test_without_a_policy_everything_is_kept(
    service: TrackingService, store: Store, retention: RetentionService, dead: Recorder
) -> None:
    run_id = record(service, store, dead, days_ago=9)
    assert retention.apply() == retention.apply_due() == []
    assert service.get_run(run_id)


def test_runs_go_after_their_days(
    service: TrackingService, store: Store, retention: RetentionService, dead: Recorder
) -> None:
    old = record(service, store, dead, days_ago=5)
    young = record(service, store, dead, days_ago=1)
    other = record(service, store, dead, days_ago=9, experiment="kept")
    retention.set_policy("", runs_days=3, artifacts_days=None, masked=[], who="ada")
    retention.set_policy("kept", runs_days=None, artifacts_days=None, masked=[], who="ada")
    planned = retention.survey()
    assert [(one.experiment, one.runs) for one in planned] == [("", 1), ("kept", 0)]
    assert service.get_run(old)
    assert retention.apply() == planned
    with pytest.raises(NotFoundError):
        service.get_run(old)
    assert {one.id for one in service.list_runs().runs} == {young, other}
    with store.read() as cx:
        [purged] = audit.read_entries(cx, action="purge")
    assert (purged.record_id, purged.who) == (old, "retention, set by ada")


def test_files_go_and_the_run_stays(
    service: TrackingService,
    store: Store,
    retention: RetentionService,
    dead: Recorder,
    clock: Clock,
) -> None:
    run_id = record(service, store, dead, days_ago=5)
    [file] = service.get_capture(run_id).artifacts
    retention.set_policy("flights", runs_days=None, artifacts_days=2, masked=[], who="ada")
    # The bytes were put now, by the clock of the disk; the policy looks at them in some days.
    clock.now = time.time_ns() // 1_000_000 + 3 * DAY
    assert [one.artifacts for one in retention.survey()] == [1]
    assert [one.artifacts for one in retention.apply()] == [1]
    assert service.get_capture(run_id).artifacts == []
    assert not store.artifacts.has(file.digest)
    assert [one.artifacts for one in retention.apply()] == [0]


def job_row(job_id: str, definition_id: str, *, is_young: bool) -> dict[str, Any]:
    return {
        "id": job_id, "definition_id": definition_id, "revision": 1, "state": "succeeded",
        "cause": "", "parameters": "[]", "submitted_at": 1, "submitted_by": "ada",
        "ended_at": STARTED_AT + (9 if is_young else 5) * DAY, "attempt": 1,
        "fence": 1, "cells_done": 1, "cells_total": 1, "cancel_requested": False,
    }  # fmt: skip


def test_logs_and_notebooks_of_jobs_go_with_the_files(
    service: TrackingService,
    store: Store,
    dead: Recorder,
    clock: Clock,
    tmp_path: Path,
) -> None:
    job_files = JobFiles(tmp_path / "jobs")
    trash = TrashService(store, clock=clock, job_files=job_files)
    retention = RetentionService(store, trash, clock=clock, job_files=job_files)
    old, young = (record(service, store, dead, days_ago=days) for days in (5, 1))
    jobs = {name: new_id() for name in ("old", "young", "without run", "log only")}
    digests = {name: store.artifacts.put(name.encode()) for name in jobs}
    with store.write() as tx:
        made = {
            "id": new_id(),
            "name": "nightly",
            "created_at": 1,
            "created_by": "a",
            "revision": 1,
        }
        tx.execute(insert(definition), made)
        for name, job_id in jobs.items():
            row = job_row(job_id, made["id"], is_young=name == "young") | {
                "run_id": {"old": old, "young": young}.get(name),
                "notebook_digest": None if name == "log only" else digests[name],
            }
            tx.execute(insert(job), row)
            folder = tmp_path / "jobs" / job_id
            (folder / "spool").mkdir(parents=True)
            (folder / "log.txt").write_text("what it printed")
    waiting = tmp_path / "jobs" / jobs["log only"] / "spool" / "1.jsonl"
    waiting.write_text("a record")
    retention.set_policy("", runs_days=None, artifacts_days=3, masked=[], who="ada")
    clock.now = STARTED_AT + 10 * DAY
    retention.apply()
    left = {name for name in jobs if (tmp_path / "jobs" / jobs[name] / "log.txt").exists()}
    assert left == {"young"}
    assert waiting.exists(), "a record that is not stored yet stays"
    with store.read() as cx:
        kept = set(cx.execute(select(job.c.notebook_digest)).scalars()) - {None}
        told = {one.record_id for one in audit.read_entries(cx, kind="job", action="retain")}
    assert kept == {digests["young"]}
    assert told == {jobs[name] for name in jobs if name != "young"}
    trash.put_run(young, who="ada")
    trash.purge(PurgeOrder(runs=[young]), who="ada")
    assert not (tmp_path / "jobs" / jobs["young"]).exists()
    with store.read() as cx:
        assert set(cx.execute(select(job.c.notebook_digest)).scalars()) == {None}


def test_values_are_masked_wherever_they_are(
    service: TrackingService, store: Store, retention: RetentionService, dead: Recorder
) -> None:
    run_id = record(service, store, dead, days_ago=0)
    retention.set_policy("", runs_days=None, artifacts_days=None, masked=["patient"], who="ada")
    assert [one.masked for one in retention.survey()] == [1]
    assert [one.masked for one in retention.apply()] == [1]
    found = service.get_run(run_id)
    assert {one.name: one.value for one in found.params} == {"patient": "'***'", "rate": "0.5"}
    history = service.get_tag_history(run_id, "patient")
    assert {one.value for one in history.entries} == {"***"}
    assert service.list_runs(filter="params.patient = 'Ada'").runs == []
    assert [one.masked for one in retention.apply()] == [0]


def test_of_two_servers_one_applies_a_policy(
    service: TrackingService,
    store: Store,
    retention: RetentionService,
    dead: Recorder,
    clock: Clock,
) -> None:
    record(service, store, dead, days_ago=5)
    retention.set_policy("", runs_days=3, artifacts_days=None, masked=[], who="ada")
    other = RetentionService(store, TrashService(store, clock=clock), clock=clock)
    assert [one.runs for one in retention.apply_due()] == [1]
    assert other.apply_due() == []
    clock.now += PERIOD_MS + 1
    assert [one.runs for one in other.apply_due()] == [0]
    assert retention.apply_due() == []


def test_a_policy_is_replaced_and_removed(retention: RetentionService, store: Store) -> None:
    retention.set_policy("e", runs_days=3, artifacts_days=None, masked=[], who="ada")
    retention.set_policy("e", runs_days=None, artifacts_days=7, masked=["x"], who="bob")
    [one] = retention.list_policies()
    assert (one.runs_days, one.artifacts_days, one.masked, one.updated_by) == (
        None,
        7,
        ["x"],
        "bob",
    )
    assert retention.remove_policy("e", who="cyd")
    assert not retention.remove_policy("e", who="cyd")
    assert retention.list_policies() == []
    with store.read() as cx:
        assert [one.who for one in audit.read_entries(cx, action="retain")] == ["cyd", "bob", "ada"]


@pytest.mark.parametrize("days", [0, -1, 1e9, float("nan"), float("inf")])
def test_days_that_are_none(retention: RetentionService, days: float) -> None:
    with pytest.raises(InvalidInputError, match="no number of days"):
        retention.set_policy("", runs_days=days, artifacts_days=None, masked=[], who="ada")


def need(store: Store, run_id: str) -> None:
    """A version of a model comes from the run."""
    with store.write() as tx:
        model = {
            "id": new_id(), "name": f"of {run_id}", "description": "", "created_at": 1,
            "created_by": "ada", "updated_at": 1, "last_version": 1,
        }  # fmt: skip
        tx.execute(insert(registered_model), model)
        version = {
            "model_id": model["id"], "number": 1, "source": "x", "run_id": run_id,
            "description": "", "stage": "None", "status": "READY", "created_at": 1,
            "created_by": "ada", "updated_at": 1,
        }  # fmt: skip
        tx.execute(insert(model_version), version)


def test_a_run_stays_with_a_child_that_a_model_comes_from(
    service: TrackingService, store: Store, retention: RetentionService, dead: Recorder
) -> None:
    parent = record(service, store, dead, days_ago=5)
    child = record(service, store, dead, days_ago=5, parent_run_id=parent)
    below = record(service, store, dead, days_ago=5, parent_run_id=child)
    need(store, below)
    retention.set_policy("", runs_days=3, artifacts_days=None, masked=[], who="ada")
    assert [one.runs for one in retention.survey()] == [0]
    assert [one.runs for one in retention.apply()] == [0]
    assert {one.id for one in service.list_runs().runs} == {parent, child, below}


def test_runs_that_must_stay_do_not_stand_before_others(
    service: TrackingService,
    store: Store,
    retention: RetentionService,
    dead: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mlops_lab.tracking.retention._MOST", 2)
    needed = [record(service, store, dead, days_ago=9 - at) for at in range(3)]
    going = record(service, store, dead, days_ago=4)
    for run_id in needed:
        need(store, run_id)
    retention.set_policy("", runs_days=3, artifacts_days=2, masked=[], who="ada")
    assert [(one.runs, one.artifacts) for one in retention.survey()] == [(1, 0)]
    retention.apply()
    assert {one.id for one in service.list_runs().runs} == set(needed)
    with pytest.raises(NotFoundError):
        service.get_run(going)


def test_bytes_that_were_put_since_a_run_ended_stay(
    service: TrackingService,
    store: Store,
    retention: RetentionService,
    dead: Recorder,
    clock: Clock,
) -> None:
    [file] = service.get_capture(record(service, store, dead, days_ago=5)).artifacts
    # The disk says that it was put now: somebody who is about to name it did so.
    clock.now = time.time_ns() // 1_000_000 + DAY
    retention.set_policy("", runs_days=3, artifacts_days=None, masked=[], who="ada")
    assert [one.runs for one in retention.apply()] == [1]
    assert store.artifacts.has(file.digest)


def test_a_policy_goes_with_its_experiment_to_another_name(
    service: TrackingService, store: Store, retention: RetentionService, dead: Recorder
) -> None:
    run_id = record(service, store, dead, days_ago=9, experiment="kept")
    retention.set_policy("", runs_days=3, artifacts_days=None, masked=[], who="ada")
    retention.set_policy("kept", runs_days=None, artifacts_days=None, masked=[], who="ada")
    retention.set_policy("renamed", runs_days=1, artifacts_days=None, masked=[], who="ada")
    experiment_id = LoggedService(store).get_run(run_id).experiment_id
    WritingService(store).rename_experiment(experiment_id, "renamed", who="bob")
    assert [(one.experiment, one.runs_days) for one in retention.list_policies()] == [
        ("", 3),
        ("renamed", None),
    ]
    assert [one.runs for one in retention.apply()] == [0, 0]
    with store.read() as cx:
        newest = audit.read_entries(cx, action="retain")[0]
    assert (newest.record_id, newest.who, newest.detail) == ("renamed", "bob", {"before": "kept"})
