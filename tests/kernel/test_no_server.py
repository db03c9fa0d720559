"""Proves that a live kernel without a server is taken in from its file, and says so truthfully."""

from __future__ import annotations

from mlops_lab.kernel import magics
from mlops_lab.tracking.service import TrackingService

from .delivery_server import TOKEN, DeliveryServer
from .spool_reader import read_headers, wait_until


def test_its_runs_are_in_the_store_while_it_lives(start_kernel, store, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab")
    kernel.run("%%track first\nlab.log_metric('m', 1)")
    told = kernel.run("%track status").text("stdout")
    assert "an open JupyterLab on this machine takes the records from the folder" in told
    assert "mlops-lab sync" in told
    tracking = TrackingService(store)
    tracking.take_in_spools(spool_dir)
    (first,) = tracking.list_runs().runs
    assert (first.name, first.status) == ("first", "finished")
    kernel.run("%%track second\nlab.log_metric('m', 2)")
    tracking.take_in_spools(spool_dir)
    assert [run.name for run in tracking.list_runs().runs] == ["second", "first"]
    assert [header.delivers for header in read_headers(spool_dir)] == [False]


_FORK = """%%track parent
import multiprocessing, pathlib, time

def log():
    lab.log_metric("of_child", 1)
    while not pathlib.Path({gate!r}).exists():
        time.sleep(0.01)

child = multiprocessing.get_context("fork").Process(target=log)
child.start()
child.join()"""


def test_what_a_forked_child_logs_is_in_the_store_while_it_lives(
    start_kernel, store, spool_dir, tmp_path
):
    tracking = TrackingService(store)
    server = DeliveryServer(tracking)
    gate = tmp_path / "gate"
    kernel = start_kernel(MLOPS_LAB_SERVER_URL=server.url, MLOPS_LAB_KERNEL_TOKEN=TOKEN)
    try:
        kernel.run("%load_ext mlops_lab")
        sent = kernel.send(_FORK.format(gate=str(gate)))

        def point():
            tracking.take_in_spools(spool_dir)
            return [m for r in tracking.list_runs().runs for m in tracking.get_run(r.id).metrics]

        (metric,) = wait_until(point, what="the point of the child is in the store")
        assert metric.name == "of_child"
        (run,) = tracking.list_runs().runs
        assert (run.name, run.status) == ("parent", "running")
        gate.touch()
        assert kernel.collect(sent).reply["status"] == "ok"
    finally:
        gate.touch()
        kernel.stop()
        server.stop()


def test_a_refused_spool_is_told_of(shell, store, spool_dir, monkeypatch, capsys):
    server = DeliveryServer(TrackingService(store))
    server.refuse = 400
    monkeypatch.setattr("mlops_lab.kernel.shipper._REFUSED_BACKOFF_S", 0.05)
    monkeypatch.setenv("MLOPS_LAB_SERVER_URL", server.url)
    monkeypatch.setenv("MLOPS_LAB_KERNEL_TOKEN", TOKEN)
    try:
        shell.run_cell("%%track first\nlab.log_metric('m', 1)")
        session = magics.process_session()
        wait_until(lambda: session.delivery.shipper.is_lost, what="the spool is given up")
        shell.run_cell("%track status")
        assert "Server: it refused the records after the first 0" in capsys.readouterr().out
        TrackingService(store).take_in_spools(spool_dir, only_dead=False)
        assert [run.name for run in TrackingService(store).list_runs().runs] == ["first"]
    finally:
        session.delivery.close()
        server.stop()
