"""Shows that writers queue without circles, and what happens to one that met another all the same."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest
from sqlalchemy import Connection, func, insert, select, text, update

from mlops_lab.core.errors import CollisionError
from mlops_lab.core.ids import new_id
from mlops_lab.core.logged import NameTakenError, NewClientRun
from mlops_lab.core.records import Batch, ExperimentSet, RunStarted, SpoolHeader, TagSet
from mlops_lab.core.settings import Settings
from mlops_lab.server.problem import problem_of, retry_after
from mlops_lab.store import clientruns, experiments, outbox, pointpacking
from mlops_lab.store.lifecycle import EndRow, end_runs
from mlops_lab.store.pointsummaries import CHUNK_POINTS
from mlops_lab.store.rows import key_ids
from mlops_lab.store.store import Store
from mlops_lab.store.tables import key
from mlops_lab.store.tracking import hold_existing
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.writing import WritingService

from .pointworld import STARTED_AT, Series, some_points

WAIT_S = 60.0


@pytest.fixture
def settings(postgres_settings: Settings) -> Settings:
    """Rows are waited for on PostgreSQL alone."""
    return postgres_settings


@pytest.fixture
def rows(store: Store) -> Store:
    with store.write() as tx:
        tx.execute(insert(key), [{"name": name, "id": at} for at, name in enumerate("ab", 1)])
    return store


def take(tx: Connection, name: str) -> None:
    tx.execute(update(key).where(key.c.name == name).values(name=key.c.name))


def wait_for_a_waiting_one(cx: Connection, thread: threading.Thread | None = None) -> None:
    """Go on when somebody waits for a row, or when the thread has ended."""
    deadline = time.monotonic() + WAIT_S
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not cx.execute(waiting).scalar_one() and (thread is None or thread.is_alive()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Other(threading.Thread):
    """Takes row a and then, when it is told, row b; it notices no circle by itself."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.store = store
        self.has_first = threading.Event()
        self.shall_go_on = threading.Event()

    def run(self) -> None:
        with self.store.write() as tx:
            tx.execute(text("SET LOCAL deadlock_timeout = '10min'"))
            take(tx, "a")
            self.has_first.set()
            self.shall_go_on.wait(WAIT_S)
            take(tx, "b")


def meet(tx: Connection, other: Other) -> None:
    tx.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
    take(tx, "b")
    if not other.shall_go_on.is_set():
        other.shall_go_on.set()
        wait_for_a_waiting_one(tx)
    take(tx, "a")


def test_a_collision_is_told_as_one(rows: Store) -> None:
    other = Other(rows)
    other.start()
    assert other.has_first.wait(WAIT_S)
    with pytest.raises(CollisionError, match="waited for each other") as caught, rows.write() as tx:
        meet(tx, other)
    other.join(WAIT_S)
    assert caught.value.hint == "Nothing was written: try again."
    problem = problem_of(caught.value)
    assert (problem.status, problem.code) == (503, "store_unavailable")
    assert retry_after(problem.status, caught.value) == "1"


def test_who_may_write_again_does(rows: Store) -> None:
    other = Other(rows)
    other.start()
    assert other.has_first.wait(WAIT_S)
    calls = []

    def write(tx: Connection) -> int:
        calls.append(1)
        outbox.put_change(tx, "run", "x", "updated")
        meet(tx, other)
        return len(calls)

    assert rows.write_by(write) == 2
    other.join(WAIT_S)
    with rows.read() as cx:
        assert [change.id for change in outbox.changes_after(cx, 0)] == ["x"]


def test_nobody_queues_for_the_outbox_before_the_end(rows: Store) -> None:
    """Two writers, each with a change already, take rows of each other's order of time."""
    done: list[str] = []

    def write() -> None:
        with rows.write() as tx:
            outbox.put_change(tx, "run", "second", "updated")
            take(tx, "a")
        done.append("second")

    with rows.write() as tx:
        tx.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
        outbox.put_change(tx, "run", "first", "updated")
        take(tx, "b")
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(WAIT_S)
        assert done == ["second"]
        take(tx, "a")
    with rows.read() as cx:
        assert [change.id for change in outbox.changes_after(cx, 0)] == ["second", "first"]
        assert cx.execute(select(func.count()).select_from(outbox.outbox)).scalar_one() == 2


def test_new_names_are_made_in_one_order(store: Store) -> None:
    writing = WritingService(store)
    run_id = writing.create_run(NewClientRun(writing.create_experiment("churn", who="ada")))
    log = partial(writing.log_batch, run_id, params={"b": "1"}, tags={"a": "1"})
    thread = threading.Thread(target=log)
    with store.write() as tx:
        tx.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
        key_ids(tx, ["a"])
        thread.start()
        wait_for_a_waiting_one(tx, thread)
        key_ids(tx, ["b"])
    thread.join(WAIT_S)
    assert {one.name for one in TrackingService(store).get_run(run_id).tags} >= {"a"}


def test_records_take_experiments_before_runs_and_no_parents(store: Store) -> None:
    """A batch waits for the experiment that it sets with nothing in its hands, and for no parent."""
    tracking = TrackingService(store)
    parent, run_id = new_id(), new_id()
    about = ("notebook", "ada", 1, None, None, None, None, None, None)
    tracking.ingest(
        Batch(
            spool=SpoolHeader(new_id(), "here", 1, 1.0),
            records=[
                RunStarted(1, parent, "parent", "churn", *about),
                RunStarted(2, run_id, "run", "churn", *about),
            ],
        )
    )
    child = new_id()
    batch = Batch(
        spool=SpoolHeader(new_id(), "here", 1, 1.0),
        records=[
            TagSet(1, run_id, "seen", "yes"),
            RunStarted(2, child, "child", "churn", *about, parent_run_id=parent),
            ExperimentSet(3, run_id, "churn", "loss", "min"),
        ],
    )
    thread = threading.Thread(target=tracking.ingest, args=(batch,))
    with store.write() as tx:
        tx.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
        experiments.hold_named(tx, ["churn"])
        thread.start()
        wait_for_a_waiting_one(tx, thread)
        assert len(hold_existing(tx, [run_id])) == 1
    thread.join(WAIT_S)
    assert [one.name for one in tracking.get_run(run_id).tags] == ["seen"]
    batch = Batch(
        spool=SpoolHeader(new_id(), "here", 1, 1.0),
        records=[RunStarted(1, new_id(), "child", "churn", *about, parent_run_id=parent)],
    )
    thread = threading.Thread(target=tracking.ingest, args=(batch,))
    with store.write() as tx:
        hold_existing(tx, [parent])
        thread.start()
        thread.join(WAIT_S)
        assert not thread.is_alive()


def test_what_is_left_of_a_run_that_ends_while_it_is_packed_waits_for_the_next_step(
    store: Store,
) -> None:
    series = Series(store)
    for begin in (0, 1_000, 2_000):
        series.add(some_points(1_000, seed=1, order="rising", begin=begin))
    end = EndRow(series.run_id, "finished", STARTED_AT + 5_000, 5_000)
    packed: list[bool] = []
    thread = threading.Thread(target=lambda: packed.append(series.pack_once()))
    with store.write() as tx:
        end_runs(tx, [end], correct_killed=False)
        thread.start()
        wait_for_a_waiting_one(tx, thread)
    thread.join(WAIT_S)
    assert packed == [True]
    with store.read() as cx:
        assert pointpacking.count_waiting(cx) == 3_000 - 2 * CHUNK_POINTS


def test_what_one_reads_is_of_one_state(store: Store) -> None:
    with store.read() as cx:
        assert outbox.last_seq(cx) == 0
        with store.write() as tx:
            outbox.put_change(tx, "run", "x", "updated")
        assert outbox.last_seq(cx) == 0
    with store.read() as cx:
        assert outbox.last_seq(cx) == 1
    with store.write() as tx:
        assert tx.get_isolation_level() == "READ COMMITTED"


def test_of_two_who_give_the_same_name_one_is_told(store: Store) -> None:
    writing = WritingService(store)
    first, second = (writing.create_experiment(name, who="ada") for name in ("one", "two"))
    refused: list[NameTakenError] = []

    def rename() -> None:
        try:
            writing.rename_experiment(second, "churn", who="ben")
        except NameTakenError as error:
            refused.append(error)

    thread = threading.Thread(target=rename)
    with store.write() as tx:
        clientruns.change_experiment(tx, first, name="churn")
        thread.start()
        wait_for_a_waiting_one(tx, thread)
    thread.join(WAIT_S)
    assert [error.message for error in refused] == ["There is an experiment 'churn' already."]
