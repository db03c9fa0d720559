"""Proves delivery: all of it, once, in order; through refusals, broken connections and restarts."""

from __future__ import annotations

import threading

import pytest

from mlops_lab.core.records import RunStarted, TagSet
from mlops_lab.kernel.client import DeliveryClient, UnreachableError
from mlops_lab.kernel.delivery import Delivery
from mlops_lab.kernel.run import RunLog
from mlops_lab.kernel.shipper import Shipper
from mlops_lab.kernel.spool import Spool
from mlops_lab.tracking.service import TrackingService

from .delivery_server import TOKEN, DeliveryServer
from .spool_reader import read_records, wait_until

RUN = "0190a1b2c3d4" + "ab" * 10


@pytest.fixture
def tracking(store):
    return TrackingService(store)


@pytest.fixture
def server(tracking):
    started = DeliveryServer(tracking)
    yield started
    started.stop()


@pytest.fixture
def delivery(server, spool_dir):
    made = Delivery(environ(server, spool_dir))
    yield made
    made.close()


def environ(server, spool_dir, token=TOKEN):
    return {
        "MLOPS_LAB_SERVER_URL": server.url,
        "MLOPS_LAB_KERNEL_TOKEN": token,
        "MLOPS_LAB_SPOOL_DIR": str(spool_dir),
    }


def begin(delivery, run_id=RUN) -> RunLog:
    delivery.spool.write(
        RunStarted(0, run_id, "r", "e", "notebook", "ada", 1, None, None, None, None, None, None)
    )
    return RunLog(run_id, delivery.spool)


def delivered(delivery):
    return delivery.shipper.acknowledged_seq == delivery.spool.last_seq


def points(tracking, run_id=RUN, name="m"):
    return [p.value for p in tracking.get_series(run_id, name, max_points=10_000).points]


def test_all_records_arrive_in_order_and_the_files_go(delivery, server, tracking, spool_dir):
    run = begin(delivery)
    for number in range(5000):
        run.log_metric("m", number)
    delivery.wake(busy=False)
    wait_until(lambda: delivered(delivery), what="all is acknowledged")
    assert points(tracking) == list(range(5000))
    assert len(read_records(spool_dir)) == 5001
    delivery.close()
    assert list(spool_dir.iterdir()) == []


def test_points_of_a_running_cell_arrive_without_being_asked_for(delivery, tracking):
    run = begin(delivery)
    delivery.wake(busy=True)
    wait_until(lambda: delivered(delivery), what="the start is acknowledged")
    run.log_metric("m", 1)
    wait_until(lambda: delivered(delivery), what="the point is acknowledged")
    assert points(tracking) == [1.0]


def test_the_end_of_a_cell_does_not_wait_for_the_next_batch(delivery, tracking, monkeypatch):
    monkeypatch.setattr("mlops_lab.kernel.shipper.BATCH_S", 3600.0)
    run = begin(delivery)
    delivery.wake(busy=True)
    wait_until(lambda: delivered(delivery), what="the start is acknowledged")
    run.log_metric("m", 1)
    delivery.wake(busy=False)
    wait_until(lambda: delivered(delivery), what="the point is acknowledged")
    assert points(tracking) == [1.0]


def test_a_batch_is_within_its_limits(delivery, server, monkeypatch):
    monkeypatch.setattr("mlops_lab.kernel.shipper.MAX_BATCH_RECORDS", 100)
    run = begin(delivery)
    for number in range(500):
        run.log_metric("m", number)
    delivery.wake(busy=False)
    wait_until(lambda: delivered(delivery), what="all is acknowledged")
    assert max(server.batch_sizes) <= 100


def test_a_server_that_is_gone_is_not_noticed_and_gets_all_when_it_is_back(
    tracking, spool_dir, capsys
):
    server = DeliveryServer(tracking)
    delivery = Delivery(environ(server, spool_dir))
    run = begin(delivery)
    delivery.wake(busy=True)
    wait_until(lambda: delivered(delivery), what="the start is acknowledged")
    server.stop()
    for number in range(100):
        run.log_metric("m", number)
    delivery.wake(busy=True)
    wait_until(lambda: delivery.shipper.reachable is False, what="it is found out of reach")
    again = DeliveryServer(tracking, port=server.port)
    try:
        wait_until(lambda: delivered(delivery), what="all is acknowledged")
        assert points(tracking) == list(range(100))
    finally:
        delivery.close()
        again.stop()
    told = capsys.readouterr()
    assert told.out + told.err == ""


def test_a_batch_whose_acknowledgement_is_lost_is_stored_once(delivery, server, tracking):
    server.break_off_after_storing = 3
    run = begin(delivery)
    for number in range(100):
        run.log_metric("m", number)
    delivery.wake(busy=False)
    wait_until(lambda: delivered(delivery), what="all is acknowledged")
    assert points(tracking) == list(range(100))
    assert len(server.requests) >= 3


def test_a_server_that_knows_more_or_less_is_followed(server, tracking, spool_dir):
    delivery = Delivery(environ(server, spool_dir))
    run = begin(delivery)
    for number in range(10):
        run.log_metric("m", number)
    stretch = delivery.spool.read_after(0, records=5, size=10**6)
    client = DeliveryClient(server.url, TOKEN)
    assert client.deliver(delivery.spool.header, stretch.lines) == 5
    shipper = Shipper(delivery.spool, DeliveryClient(server.url, TOKEN))
    shipper.acknowledged_seq = 8
    shipper.start()
    shipper.wake(busy=False)
    wait_until(lambda: shipper.acknowledged_seq == 11, what="it went back and delivered all")
    assert points(tracking) == list(range(10))
    shipper.stop()
    client.close()
    delivery.close()


@pytest.fixture(params=[400, 409, 413])
def refusing(request, server, monkeypatch):
    """A server that refuses every batch, by one status."""
    monkeypatch.setattr("mlops_lab.kernel.shipper._REFUSED_BACKOFF_S", 0.2)
    server.refuse = request.param
    return server


def test_a_refused_batch_is_not_sent_in_a_hot_loop(delivery, refusing, tracking, spool_dir):
    begin(delivery)
    delivery.wake(busy=True)
    wait_until(lambda: delivery.shipper.is_lost, what="the spool is given up")
    assert len(refusing.requests) <= 6
    first = delivery.spool
    refusing.refuse = None
    delivery.wake(busy=False)
    assert delivery.spool is not first
    other = "0190a1b2c3d5" + "cd" * 10
    begin(delivery, other)
    delivery.wake(busy=False)
    wait_until(lambda: delivered(delivery), what="the next run is acknowledged")
    assert tracking.get_run(other).summary.status == "running"
    assert {r.run_id for r in read_records(spool_dir)} >= {RUN}


def test_a_wrong_token_waits_and_is_shown_nowhere(server, spool_dir, capsys, caplog):
    caplog.set_level("DEBUG")
    delivery = Delivery(environ(server, spool_dir, token="a-wrong-secret"))
    begin(delivery)
    delivery.wake(busy=True)
    wait_until(lambda: delivery.shipper.reachable is False, what="it is found out of reach")
    delivery.close()
    assert len(read_records(spool_dir)) == 1
    told = capsys.readouterr()
    assert "a-wrong-secret" not in told.out + told.err + caplog.text
    client = DeliveryClient(server.url, "a-wrong-secret")
    with pytest.raises(UnreachableError, match="HTTP 403") as caught:
        client.deliver(delivery.spool.header, [])
    client.close()
    assert "a-wrong-secret" not in repr(caught.value) + str(caught.value.__dict__)


def test_the_end_of_the_process_does_not_wait_for_an_answer(
    server, delivery, spool_dir, monkeypatch
):
    # Without an end of its own, the request would now outlast the test.
    monkeypatch.setattr("mlops_lab.kernel.shipper.TIMEOUT_S", 3600.0)
    server.hang.set()
    begin(delivery)
    delivery.wake(busy=False)
    wait_until(lambda: server.requests, what="the server was asked")
    closing = threading.Thread(target=delivery.close, daemon=True)
    closing.start()
    wait_until(lambda: not closing.is_alive(), what="it is closed")
    assert not server.stopped.is_set()
    assert not delivery.shipper._thread.is_alive()
    assert len(read_records(spool_dir)) == 1


def test_without_a_server_there_is_no_thread(spool_dir):
    delivery = Delivery({"MLOPS_LAB_SPOOL_DIR": str(spool_dir)})
    begin(delivery)
    delivery.wake(busy=True)
    assert delivery.shipper is None
    assert not delivery.spool.header.delivers
    delivery.close()
    assert len(read_records(spool_dir)) == 1


def test_records_held_in_memory_are_delivered(server, tracking, spool_dir):
    spool_dir.parent.mkdir(parents=True, exist_ok=True)
    spool_dir.write_text("a file is in the way")
    told = []
    spool = Spool(spool_dir, warn=told.append)
    spool.write(
        RunStarted(0, RUN, "r", "e", "notebook", "ada", 1, None, None, None, None, None, None)
    )
    spool.write(TagSet(0, RUN, "kept", "in memory"))
    shipper = Shipper(spool, DeliveryClient(server.url, TOKEN))
    shipper.start()
    shipper.wake(busy=False)
    wait_until(lambda: shipper.acknowledged_seq == 2, what="all is acknowledged")
    shipper.stop()
    assert tracking.get_run(RUN).tags[0].value == "in memory"
    assert not spool.held
    assert len(told) == 1


def test_proxies_of_the_environment_are_not_asked(delivery, monkeypatch, tracking):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    run = begin(delivery)
    run.log_metric("m", 1)
    delivery.wake(busy=False)
    wait_until(lambda: delivered(delivery), what="all is acknowledged")
    assert points(tracking) == [1.0]


def test_a_run_has_ended_in_the_store_after_its_cell_while_the_kernel_waits(
    start_kernel, server, store, spool_dir
):
    given = environ(server, spool_dir)
    kernel = start_kernel(**given)
    kernel.run("%load_ext mlops_lab")
    kernel.run("%%track warm-up\nx = 1")
    for number in range(3):
        answer = kernel.run(f"%%track run-{number}\nlab.log_metric('m', 1)")
        assert answer.text("stderr") == ""

        def is_there(name=f"run-{number}"):
            runs = TrackingService(store).list_runs().runs
            return any(run.name == name and run.status == "finished" for run in runs)

        wait_until(is_there, what="the run has ended in the store")
    kernel.client.shutdown()
    wait_until(lambda: not kernel.manager.is_alive(), what="the kernel has ended")
    assert list(spool_dir.iterdir()) == []


def test_a_cell_begins_in_the_store_while_it_runs(start_kernel, server, store, spool_dir):
    kernel = start_kernel(**environ(server, spool_dir))
    kernel.run("%load_ext mlops_lab\nimport pathlib, time")
    gate = spool_dir.parent / "gate"
    sent = kernel.send(
        f"%%track long\nlab.log_metric('m', 1)\nwhile not pathlib.Path({str(gate)!r}).exists():\n"
        "    time.sleep(0.01)"
    )

    def running():
        runs = TrackingService(store).list_runs().runs
        return [r for r in runs if r.name == "long" and r.status == "running"]

    (summary,) = wait_until(running, what="the run is in the store")
    wait_until(
        lambda: TrackingService(store).get_run(summary.id).metrics,
        what="its point is in the store",
    )
    gate.touch()
    assert kernel.collect(sent).reply["status"] == "ok"


def test_a_connection_that_breaks_under_large_batches_gets_smaller_ones(
    delivery, server, tracking, monkeypatch
):
    monkeypatch.setattr("mlops_lab.kernel.shipper._BACKOFF_S", (0.01,))
    server.break_off_beyond_bytes = 60_000
    run = begin(delivery)
    for step in range(5_000):
        run.log_metric("loss", step / 7, step)
    delivery.wake(busy=False)
    wait_until(lambda: delivered(delivery), what="all is delivered")
    assert tracking.get_run(RUN).metrics[0].count == 5_000
    assert delivery.shipper.reachable is True


def test_a_busy_server_is_no_lost_server_and_loses_nothing(delivery, server, tracking) -> None:
    server.refuse = 429
    log = begin(delivery)
    delivery.wake(busy=False)
    wait_until(lambda: len(server.batch_sizes) >= 1, what="a first refusal")
    for step in range(100):
        log.log_metric("loss", step / 7, step=step)
    wait_until(lambda: len(server.batch_sizes) >= 2, what="a second refusal")
    assert server.requests[1] - server.requests[0] >= 0.9
    assert delivery.shipper.reachable is not False
    assert not delivery.shipper.is_lost
    server.refuse = None
    wait_until(lambda: delivered(delivery), what="delivery")
    assert tracking.get_series(RUN, "loss").count == 100
