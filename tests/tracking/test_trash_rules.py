"""What a purge must not take, and what the trash brings back, seen from what goes on beside it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import ConflictError
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import ArtifactLogged
from mlops_lab.core.trash import PurgeOrder, TrashOrder
from mlops_lab.store import audit, outbox, purge, trash as rows
from mlops_lab.store.artifact_garbage import Garbage
from mlops_lab.store.carried import UNFINISHED
from mlops_lab.store.import_tables import imported
from mlops_lab.store.job_files import JobFiles
from mlops_lab.store.store import Store
from mlops_lab.store.tables import experiment, run
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.trash import TrashService

from .conftest import Recorder

DAY = 86_400_000


@pytest.fixture
def trash(store: Store) -> TrashService:
    return TrashService(store)


def record(service: TrackingService, recorder: Recorder, **more: Any) -> str:
    run_id = recorder.start(**more)
    recorder.end(run_id)
    service.ingest(recorder.batch())
    return run_id


def with_file(service: TrackingService, store: Store, recorder: Recorder, content: bytes) -> str:
    run_id = recorder.start()
    digest = store.artifacts.put(content)
    recorder.add(ArtifactLogged, run_id, "model.bin", digest, len(content), "application/x")
    recorder.end(run_id)
    service.ingest(recorder.batch())
    return run_id


def trashed_experiments(store: Store) -> list[str]:
    with store.read() as cx:
        query = select(experiment.c.name).where(experiment.c.trashed_at.is_not(None))
        return list(cx.execute(query).scalars())


def test_bytes_that_somebody_put_again_wait_though_another_run_came_into_the_trash_later(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    first = with_file(service, store, dead, b"shared")
    [file] = service.get_capture(first).artifacts
    trash.put_run(first, who="ada")
    time.sleep(0.05)
    assert store.artifacts.renew(file.digest)
    time.sleep(0.05)
    second = with_file(service, store, dead, b"alone")
    time.sleep(0.05)
    trash.put_run(second, who="ada")
    done = trash.purge(PurgeOrder(runs=[first, second]), who="ada")
    assert (done.artifacts, done.artifacts_kept, done.artifact_bytes_kept) == (1, 1, 6)
    assert store.artifacts.has(file.digest)
    assert (
        Garbage(store, clock=lambda: now_ms() + 2 * DAY).collect(grace=DAY, who="a").artifacts == 1
    )
    assert not store.artifacts.has(file.digest)


class RestoringFiles(JobFiles):
    """Somebody restores the experiment after its runs were purged."""

    def __init__(self, folder: Path, trash: TrashService) -> None:
        super().__init__(folder)
        self._trash = trash

    def remove(self, job_ids: Any) -> None:
        super().remove(job_ids)
        self._trash.restore(TrashOrder(experiments=["flights"]), who="bob")


def test_an_experiment_that_is_restored_meanwhile_is_not_purged(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder, tmp_path: Path
) -> None:
    record(service, dead)
    trash.put(TrashOrder(experiments=["flights"]), who="ada")
    purging = TrashService(store, job_files=RestoringFiles(tmp_path / "jobs", trash))
    done = purging.purge(PurgeOrder(experiments=["flights"]), who="ada")
    assert (len(done.runs), done.experiments) == (1, [])
    assert [one.reason for one in done.refused] == ["it is not in the trash any more"]
    assert trashed_experiments(store) == []


def test_what_a_restored_run_is_in_comes_back_with_it(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    parent = record(service, dead)
    child, other = (record(service, dead, parent_run_id=parent) for _ in range(2))
    trash.put(TrashOrder(experiments=["flights"]), who="ada")
    done = trash.restore_run(child, who="ada")
    assert (set(done.runs), done.experiments) == ({child, parent}, ["flights"])
    assert [one.id for one in trash.list_page().runs] == [other]
    assert trashed_experiments(store) == []


def test_a_run_that_is_logged_into_a_trashed_experiment_brings_it_back(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    old = record(service, dead)
    trash.put(TrashOrder(experiments=["flights"]), who="bob")
    dead.metric(old, "loss", 1.0)
    service.ingest(dead.batch())
    assert trashed_experiments(store) == ["flights"], "a late record of a run there changes nothing"
    new = record(service, dead)
    assert trashed_experiments(store) == []
    assert [one.id for one in service.list_runs().runs] == [new]
    assert [one.id for one in trash.list_page().runs] == [old]
    with store.read() as cx:
        newest = audit.read_entries(cx, kind="experiment")[0]
    assert (newest.action, newest.who, newest.detail["name"]) == ("restore", "ada", "flights")


def test_an_import_that_goes_on_is_not_in_the_trash_of_users(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    run_id = record(service, dead)
    row = {"kind": "archive", "foreign_id": "x", "run_id": run_id, "origin": "x"}
    row |= {"digest": f"{UNFINISHED}{new_id()}"}
    with store.write() as tx:
        tx.execute(insert(imported).values(imported_at=now_ms(), **row))
        tx.execute(update(run).values(trashed_at=now_ms()))
    assert trash.list_page().runs == []
    with pytest.raises(ConflictError, match="import it again"):
        trash.restore_run(run_id, who="ada")
    for order in (PurgeOrder(runs=[run_id]), PurgeOrder(older_than_days=0)):
        assert trash.purge(order, who="ada").runs == []
    late = TrashService(store, clock=lambda: now_ms() + 2 * DAY)
    assert [one.id for one in late.list_page().runs] == [run_id]
    assert late.purge(PurgeOrder(older_than_days=0), who="ada").runs == [run_id]


def test_deeds_say_what_it_was(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    run_id = record(service, dead)
    trash.put_run(run_id, who="ada")
    trash.restore_run(run_id, who="ada")
    with store.read() as cx:
        before = outbox.last_seq(cx)
        experiment_id = cx.execute(select(experiment.c.id)).scalar_one()
        details = [one.detail for one in audit.read_entries(cx, kind="run")]
    assert details == [{"name": "train", "experiment": "flights"}] * 2
    trash.put_experiment(experiment_id, who="ada")
    with pytest.raises(ConflictError, match="there already"):
        trash.put_experiment(experiment_id, who="ada")
    trash.restore_experiment(experiment_id, who="ada")
    with store.read() as cx:
        details = [one.detail for one in audit.read_entries(cx, kind="experiment")]
        changes = [(one.kind, one.action) for one in outbox.changes_after(cx, before)]
    assert details == [{"name": "flights", "runs": 1}] * 2
    assert changes == [
        ("run", "deleted"),
        ("experiment", "deleted"),
        ("run", "created"),
        ("experiment", "created"),
    ]


def test_who_holds_an_experiment_does_not_keep_others_from_logging_into_it(
    service: TrackingService, store: Store, dead: Recorder
) -> None:
    record(service, dead)
    columns = {"name": "b", "status": "running", "source": "notebook", "user": "b", "started_at": 1}
    with store.write() as tx:
        experiment_id = tx.execute(select(experiment.c.id)).scalar_one()
        [held] = rows.hold_experiments(tx, [experiment_id])
        assert held.name == "flights"
        if tx.dialect.name == "postgresql":
            # On SQLite one writes at a time anyhow.
            with store.write() as other:
                other.execute(text("SET LOCAL lock_timeout = '5s'"))
                new = insert(run).values(id=new_id(), experiment_id=experiment_id, **columns)
                other.execute(new)
    assert service.count_runs() == (2 if store.dialect == "postgresql" else 1)


def test_a_purge_holds_first_whoever_names_its_runs(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder
) -> None:
    parent = record(service, dead)
    child, repeated = record(service, dead, parent_run_id=parent), record(service, dead)
    with store.write() as tx:
        tx.execute(update(run).where(run.c.id == repeated).values(same_as=parent))
    with store.read() as cx:
        assert purge.referring(cx, [parent]) == {child, repeated}
    trash.put_run(child, who="ada")
    trash.restore_run(child, who="ada")
    with store.write() as tx:
        tx.execute(update(run).where(run.c.id == parent).values(trashed_at=1))
    assert trash.purge(PurgeOrder(runs=[parent]), who="ada").runs == [parent]
    with store.read() as cx:
        left = cx.execute(select(run.c.parent_run_id, run.c.same_as)).all()
    assert left == [(None, None)] * 2
