"""A text that something may be about to name outlives a purge; what nothing names goes a day later."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Sequence

import msgspec
import psutil
import pytest
from sqlalchemy import func, select, update

from mlops_lab.core.carrying import CarriedHistory
from mlops_lab.core.clock import now_ms
from mlops_lab.core.ids import new_id
from mlops_lab.core.records import Batch, CellExecuted, DocumentKept, Record
from mlops_lab.core.trash import PurgeOrder, TrashOutcome
from mlops_lab.store import carried, documents
from mlops_lab.store.artifact_garbage import Garbage
from mlops_lab.store.capture_tables import document, history_cell
from mlops_lab.store.store import Store
from mlops_lab.store.tables import run, spool
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.trash import TrashService

from . import captured
from .conftest import Recorder

DAY = 86_400_000
HOUR = 3_600_000


@pytest.fixture
def clock() -> list[int]:
    return [now_ms()]


@pytest.fixture
def trash(store: Store, clock: list[int]) -> TrashService:
    return TrashService(store, clock=lambda: clock[0])


def garbage_of(store: Store, clock: list[int]) -> Garbage:
    return Garbage(store, clock=lambda: clock[0])


def living_kernel() -> Recorder:
    started = psutil.Process().create_time()
    return Recorder(host=socket.gethostname(), pid=os.getpid(), process_started_at=started)


def record(service: TrackingService, recorder: Recorder) -> str:
    run_id = recorder.start()
    recorder.facet(run_id, "environment", captured.ENVIRONMENT)
    recorder.end(run_id)
    service.ingest(recorder.batch())
    return run_id


def record_without_text(service: TrackingService, recorder: Recorder) -> str:
    """A run whose kernel sent its text with a run before."""
    run_id = recorder.start()
    recorder.facet(run_id, "environment", captured.ENVIRONMENT)
    recorder.end(run_id)
    sent: Sequence[Record] = recorder.batch().records
    first = sent[0].seq
    left = [one for one in sent if not isinstance(one, DocumentKept)]
    left = [msgspec.structs.replace(one, seq=first + at) for at, one in enumerate(left)]
    service.ingest(Batch(spool=recorder.header, records=left))
    return run_id


def purge(trash: TrashService, run_id: str) -> TrashOutcome:
    trash.put_run(run_id, who="ada")
    return trash.purge(PurgeOrder(runs=[run_id]), who="ada")


def texts(store: Store) -> list[str]:
    with store.read() as cx:
        return list(cx.execute(select(document.c.digest)).scalars())


def cells(store: Store) -> int:
    with store.read() as cx:
        return cx.execute(select(func.count()).select_from(history_cell)).scalar_one()


def test_a_text_that_came_today_waits_for_what_may_name_it(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder, clock: list[int]
) -> None:
    done = purge(trash, record(service, dead))
    assert (len(done.runs), done.documents_kept, len(texts(store))) == (1, 1, 1)
    # The rest of what the kernel left is swept now.
    late = record_without_text(service, dead)
    assert service.get_capture(late).environment == captured.ENVIRONMENT
    clock[0] += DAY + HOUR
    done = purge(trash, late)
    assert (done.documents_kept, texts(store)) == (0, [])


def test_an_import_renews_the_texts_that_its_runs_are_about_to_name(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder, clock: list[int]
) -> None:
    run_id = record(service, dead)
    [digest] = texts(store)
    with store.write() as tx:
        content = documents.read_documents(tx, [digest])
        tx.execute(update(document).values(kept_at=clock[0] - 9 * DAY))
    with store.write() as tx:
        documents.add_documents(tx, content)
    assert purge(trash, run_id).documents_kept == 1
    assert texts(store) == [digest]


def test_garbage_takes_what_waited(
    service: TrackingService,
    store: Store,
    trash: TrashService,
    dead: Recorder,
    clock: list[int],
) -> None:
    garbage = garbage_of(store, clock)
    purge(trash, record(service, dead))
    assert garbage.survey(grace=DAY).texts == garbage.collect(grace=DAY, who="ada").texts == 0
    clock[0] += DAY + HOUR
    assert garbage.survey(grace=DAY).texts == 1
    assert garbage.collect(grace=DAY, who="ada").texts == 1
    assert texts(store) == []


def test_the_next_purge_takes_what_waited(
    service: TrackingService, store: Store, trash: TrashService, dead: Recorder, clock: list[int]
) -> None:
    assert purge(trash, record(service, dead)).documents_kept == 1
    clock[0] += DAY + HOUR
    run_id = dead.start()
    dead.end(run_id)
    service.ingest(dead.batch())
    purge(trash, run_id)
    assert texts(store) == []


def test_a_run_that_went_on_elsewhere_does_not_lose_the_history_of_that_kernel(
    service: TrackingService, store: Store, trash: TrashService, clock: list[int]
) -> None:
    living, history = living_kernel(), new_id()
    own = living.start(history_id=history, history_position=1)
    living.add(CellExecuted, own, history, 0, "n = 1", of_run=own)
    living.end(own)
    resumed = living.start(history_id=new_id(), history_position=1)
    living.end(resumed)
    service.ingest(living.batch())
    with store.write() as tx:
        tx.execute(update(run).where(run.c.id == resumed).values(resumed_at=clock[0]))
    clock[0] += 9 * DAY
    purge(trash, own)
    purge(trash, resumed)
    garbage_of(store, clock).collect(grace=DAY, who="ada")
    assert cells(store) == 1


def test_a_living_kernel_keeps_its_own_history_and_no_old_texts(
    service: TrackingService,
    store: Store,
    trash: TrashService,
    dead: Recorder,
    clock: list[int],
) -> None:
    garbage = garbage_of(store, clock)
    living, history = living_kernel(), new_id()
    run_id = living.start(history_id=history, history_position=1)
    living.facet(run_id, "environment", captured.ENVIRONMENT)
    living.add(CellExecuted, run_id, history, 0, "secret = 1", of_run=run_id)
    living.end(run_id)
    service.ingest(living.batch())
    clock[0] += 9 * DAY
    done = purge(trash, run_id)
    source = hashlib.sha256(b"secret = 1").hexdigest()
    assert (done.documents_kept, texts(store), cells(store)) == (1, [source], 1)
    assert garbage.collect(grace=DAY, who="ada").texts == 0
    assert (texts(store), cells(store)) == ([source], 1)
    with store.write() as tx:
        tx.execute(update(spool).values(process_started_at=1.0))
    assert garbage.survey(grace=DAY).texts == 1
    assert garbage.collect(grace=DAY, who="ada").texts == 1
    assert (texts(store), cells(store)) == ([], 0)


def test_a_history_that_an_import_wrote_waits_for_its_runs(store: Store, clock: list[int]) -> None:
    garbage = garbage_of(store, clock)
    source = b"n = 200"
    digest = documents.digest_of(source)
    cell = CarriedHistory(
        history_id=new_id(), position=0, digest=digest, cell_id=None, execution_count=1,
        started_at=1, duration_ms=1, status="ok", run_id=None, bound="{}",
    )  # fmt: skip
    with store.write() as tx:
        documents.add_documents(tx, {digest: source})
        carried.add_missing_history(tx, [cell])
    garbage.collect(grace=DAY, who="ada")
    assert (texts(store), cells(store)) == ([digest], 1)
    clock[0] += DAY + HOUR
    garbage.collect(grace=DAY, who="ada")
    assert (texts(store), cells(store)) == ([], 0)
