"""The trash gives back what it took, and a purge leaves nothing that was the run's alone."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import ArtifactLogged, CellExecuted
from mlops_lab.core.trash import PurgeOrder, TrashOrder
from mlops_lab.store import audit, outbox
from mlops_lab.store.all_tables import metadata
from mlops_lab.store.capture_tables import document
from mlops_lab.store.registry_tables import model_version, registered_model
from mlops_lab.store.store import Store
from mlops_lab.store.tables import definition, experiment, revision, run
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.trash import TrashService

from . import captured
from .conftest import Recorder

DAY = 86_400_000
KEEPS_NAMES = {"audit", "outbox", "purged"}


@pytest.fixture
def clock() -> list[int]:
    return [1_800_000_000_000]


@pytest.fixture
def trash(store: Store, clock: list[int]) -> TrashService:
    return TrashService(store, clock=lambda: clock[0])


def record(service: TrackingService, recorder: Recorder, **more: Any) -> str:
    """A run with something in every table that captures fill."""
    run_id = recorder.start(**more)
    recorder.param(run_id, "n", "200")
    for step in range(5):
        recorder.metric(run_id, "loss", 1 / (step + 1), step=step)
    recorder.tag(run_id, "team", "red")
    recorder.tag(run_id, "team", "blue")
    recorder.cell(run_id, "n = 200")
    recorder.warn(run_id, "careful")
    recorder.end(run_id)
    service.ingest(recorder.batch())
    return run_id


def log_file(
    service: TrackingService, store: Store, recorder: Recorder, run_id: str, content: bytes
) -> str:
    digest = store.artifacts.put(content)
    recorder.add(ArtifactLogged, run_id, "model.bin", digest, len(content), "application/x")
    service.ingest(recorder.batch())
    return digest


def tables_with(store: Store, word: str) -> set[str]:
    with store.read() as cx:
        return {
            table.name
            for table in metadata.sorted_tables
            if any(word in str(row) for row in cx.execute(select(table)))
        }


def deeds(store: Store, kind: Any = "run") -> list[tuple[str, str, str]]:
    with store.read() as cx:
        found = audit.read_entries(cx, kind=kind)
    return [(one.action, one.record_id, one.who) for one in reversed(found)]


def test_what_is_in_the_trash_is_listed_there_and_comes_back(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    one, two = (record(service, dead, name=name) for name in ("one", "two"))
    done = trash.put(TrashOrder(runs=[one[-8:]]), who="ada")
    assert (done.runs, done.refused) == ([one], [])
    page = trash.list_page()
    assert [(r.id, r.name, r.experiment, r.trashed_by) for r in page.runs] == [
        (one, "one", "flights", "ada")
    ]
    assert [r.id for r in service.list_runs().runs] == [two]
    assert service.get_run(one).summary.name == "one"
    assert trash.restore(TrashOrder(runs=[one]), who="bob").runs == [one]
    assert trash.list_page().runs == []
    assert {r.id for r in service.list_runs().runs} == {one, two}
    assert deeds(store) == [("trash", one, "ada"), ("restore", one, "bob")]
    with store.read() as cx:
        newest = outbox.changes_after(cx, outbox.last_seq(cx) - 2)
    assert [(c.id, c.action) for c in newest] == [(one, "deleted"), (one, "created")]


def test_children_go_with_their_run_and_come_back_with_it(
    service: TrackingService, trash: TrashService, clock: list[int], dead: Recorder
) -> None:
    parent = record(service, dead)
    first, second = (record(service, dead, parent_run_id=parent) for _ in range(2))
    trash.put_run(first, who="ada")
    clock[0] += 5
    assert set(trash.put_run(parent, who="ada").runs) == {parent, second}
    assert set(trash.restore_run(parent, who="ada").runs) == {parent, second}
    assert [one.id for one in trash.list_page().runs] == [first]


def test_pages_of_the_trash(
    service: TrackingService, trash: TrashService, clock: list[int], dead: Recorder
) -> None:
    made = []
    for _ in range(5):
        made.append(record(service, dead))
        trash.put_run(made[-1], who="ada")
        clock[0] += 1
    found: list[str] = []
    cursor = None
    while True:
        page = trash.list_page(limit=2, cursor=cursor)
        found += [one.id for one in page.runs]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert found == made[::-1]
    for limit, bad in ((0, None), (1_001, None), (5, "nonsense")):
        with pytest.raises(InvalidInputError):
            trash.list_page(limit=limit, cursor=bad)


def test_a_purge_leaves_nothing_of_a_run(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    history = new_id()
    run_id = dead.start(history_id=history, history_position=1)
    dead.facet(run_id, "environment", captured.ENVIRONMENT)
    source = "secret = 1"
    digest = hashlib.sha256(source.encode()).hexdigest()
    dead.add(CellExecuted, run_id, history, 0, source, of_run=run_id)
    dead.param(run_id, "n", "1")
    dead.metric(run_id, "loss", 0.5)
    dead.end(run_id)
    service.ingest(dead.batch())
    file = log_file(service, store, dead, run_id, b"bytes of one run")
    assert len(tables_with(store, run_id)) >= 5
    with pytest.raises(ConflictError):
        trash.restore_run(run_id, who="ada")
    trash.put_run(run_id, who="ada")
    done = trash.purge(PurgeOrder(runs=[run_id]), who="bob")
    assert (done.runs, done.refused, done.artifacts, done.artifact_bytes) == ([run_id], [], 1, 16)
    assert tables_with(store, run_id) <= KEEPS_NAMES
    assert tables_with(store, history) == set()
    assert tables_with(store, digest) == set()
    assert not store.artifacts.has(file)
    with store.read() as cx:
        assert cx.execute(select(document)).all() == []
    with pytest.raises(NotFoundError):
        service.get_run(run_id)
    assert deeds(store)[-1] == ("purge", run_id, "bob")
    assert [one[0] for one in deeds(store, "artifact")] == ["collect"]


def test_what_another_run_needs_stays(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    one, two = record(service, dead), record(service, dead)
    dead.facet(one, "environment", captured.ENVIRONMENT)
    dead.facet(two, "environment", captured.ENVIRONMENT)
    files = {log_file(service, store, dead, each, b"the same bytes") for each in (one, two)}
    trash.put_run(one, who="ada")
    done = trash.purge(PurgeOrder(runs=[one]), who="ada")
    assert (done.runs, done.artifacts) == ([one], 0)
    assert all(store.artifacts.has(file) for file in files)
    assert service.get_capture(two).environment == captured.ENVIRONMENT
    trash.put_run(two, who="ada")
    assert trash.purge(PurgeOrder(runs=[two]), who="ada").artifacts == 1
    with store.read() as cx:
        assert cx.execute(select(document.c.digest)).scalars().all() == []


def test_a_late_delivery_does_not_bring_a_purged_run_back(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    run_id = record(service, dead)
    trash.put_run(run_id, who="ada")
    dead.metric(run_id, "loss", 0.25, step=9)
    service.ingest(dead.batch())
    [kept] = service.get_run(run_id).metrics
    assert (kept.count, kept.last) == (6, 0.25), "records of a run in the trash are kept"
    trash.purge(PurgeOrder(runs=[run_id]), who="ada")
    dead.metric(run_id, "loss", 0.125, step=10)
    dead.param(run_id, "late", "1")
    other = dead.start()
    batch = dead.batch()
    assert service.ingest(batch).seq == batch.records[-1].seq
    assert [one.id for one in service.list_runs().runs] == [other]
    assert tables_with(store, run_id) <= KEEPS_NAMES


def test_a_running_run_is_refused_and_one_of_a_client_is_not(
    service: TrackingService, store: Store, trash: TrashService, recorder: Recorder
) -> None:
    run_id = recorder.start()
    service.ingest(recorder.batch())
    with pytest.raises(ConflictError, match="is running"):
        trash.put_run(run_id, who="ada")
    assert trash.list_page().runs == []
    with store.write() as tx:
        tx.execute(update(run).values(source="client"))
    assert trash.put_run(run_id, who="ada").runs == [run_id]
    assert trash.purge(PurgeOrder(runs=[run_id]), who="ada").runs == [run_id]


def test_a_run_that_a_model_or_a_job_comes_from_is_not_purged(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    of_model, of_job, free = (record(service, dead) for _ in range(3))
    with store.write() as tx:
        model = {
            "id": new_id(), "name": "delays", "description": "", "created_at": 1,
            "created_by": "ada", "updated_at": 1, "last_version": 3,
        }  # fmt: skip
        tx.execute(insert(registered_model), model)
        version = {
            "model_id": model["id"], "number": 3, "source": "x", "run_id": of_model,
            "description": "", "stage": "None", "status": "READY", "created_at": 1,
            "created_by": "ada", "updated_at": 1,
        }  # fmt: skip
        tx.execute(insert(model_version), version)
        made = {
            "id": new_id(),
            "name": "nightly",
            "created_at": 1,
            "created_by": "a",
            "revision": 1,
        }
        tx.execute(insert(definition), made)
        kept = {
            "definition_id": made["id"], "number": 1, "parameters": "[]", "tracked_cells": "[]",
            "warnings": "[]", "kernel_name": "python3", "working_dir": "", "created_by": "a",
            "notebook_digest": "0" * 64, "notebook_path": "a.ipynb", "source_run_id": of_job,
            "created_at": 1,
        }  # fmt: skip
        tx.execute(insert(revision), kept)
    trash.put(TrashOrder(runs=[of_model, of_job, free]), who="ada")
    done = trash.purge(PurgeOrder(older_than_days=0), who="ada")
    assert done.runs == [free]
    reasons = {one.name: one.reason for one in done.refused}
    assert "version 3 of the model 'delays'" in reasons[of_model]
    assert "revision 1 of the job definition 'nightly'" in reasons[of_job]


def test_only_what_lies_there_long_enough_is_purged(
    service: TrackingService, trash: TrashService, clock: list[int], dead: Recorder
) -> None:
    old, young, living = (record(service, dead) for _ in range(3))
    trash.put_run(old, who="ada")
    clock[0] += 3 * DAY
    trash.put_run(young, who="ada")
    clock[0] += DAY
    assert trash.purge(PurgeOrder(older_than_days=2), who="ada").runs == [old]
    assert trash.purge(PurgeOrder(runs=[living]), who="ada").refused[0].reason == (
        "it is not in the trash"
    )
    nothing = trash.purge(PurgeOrder(), who="ada")
    assert (nothing.runs, nothing.refused) == ([], [])
    assert trash.purge(PurgeOrder(older_than_days=0), who="ada").runs == [young]
    assert [one.id for one in service.list_runs().runs] == [living]


def test_one_bad_name_does_not_stop_the_others(
    service: TrackingService, trash: TrashService, dead: Recorder
) -> None:
    run_id = record(service, dead)
    done = trash.put(TrashOrder(runs=["nobody", run_id], experiments=["none"]), who="ada")
    assert done.runs == [run_id]
    assert [(one.kind, one.name) for one in done.refused] == [
        ("run", "nobody"),
        ("experiment", "none"),
    ]


def test_an_experiment_goes_and_comes_back_with_its_runs(
    service: TrackingService, store: Store, trash: TrashService, clock: list[int], dead: Recorder
) -> None:
    alone, first, second = (record(service, dead) for _ in range(3))
    trash.put_run(alone, who="ada")
    clock[0] += 5
    done = trash.put(TrashOrder(experiments=["flights"]), who="ada")
    assert (set(done.runs), done.experiments) == ({first, second}, ["flights"])
    assert [(e.name, e.runs) for e in trash.list_page().experiments] == [("flights", 3)]
    back = trash.restore(TrashOrder(experiments=["flights"]), who="ada")
    assert set(back.runs) == {first, second}
    assert [one.id for one in trash.list_page().runs] == [alone]
    trash.put(TrashOrder(experiments=["flights"]), who="ada")
    gone = trash.purge(PurgeOrder(experiments=["flights"]), who="ada")
    assert gone.experiments == ["flights"]
    for run_id in (alone, first, second):
        assert tables_with(store, run_id) <= KEEPS_NAMES
    assert "experiment" not in tables_with(store, "flights")
    assert [one[0] for one in deeds(store, "experiment")] == ["trash", "restore", "trash", "purge"]


def test_an_experiment_with_living_runs_is_not_purged(
    service: TrackingService, store: Store, trash: TrashService, clock: list[int], dead: Recorder
) -> None:
    first, second = record(service, dead), record(service, dead)
    trash.put(TrashOrder(experiments=["flights"]), who="ada")
    trash.restore_run(first, who="ada")
    with store.write() as tx:
        tx.execute(update(experiment).values(trashed_at=clock[0]))
    done = trash.purge(PurgeOrder(experiments=["flights"]), who="ada")
    assert (done.runs, done.experiments) == ([], [])
    assert "not in the trash" in done.refused[0].reason
    assert {one.id for one in trash.list_page().runs} | {first} == {first, second}
