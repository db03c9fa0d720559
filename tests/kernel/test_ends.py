"""Proves what becomes of runs when processes end, fork or are shared, and when the spool is full."""

from __future__ import annotations

import time

from mlops_lab.core.records import (
    ArtifactLogged,
    CellExecuted,
    MetricLogged,
    RunFinished,
    RunStarted,
    WarningNoted,
)
from mlops_lab.kernel import magics
from mlops_lab.kernel.keptfiles import FILES
from mlops_lab.kernel.session import process_session
from mlops_lab.tracking.service import TrackingService

from .delivery_server import TOKEN, DeliveryServer
from .spool_reader import of_kind, read_records, wait_until


def wait_for_end(kernel):
    wait_until(lambda: not kernel.manager.is_alive(), what="the kernel has ended")


def test_a_full_spool_refuses_loudly_and_keeps_what_is_no_point(
    shell, spool_dir, monkeypatch, capsys
):
    monkeypatch.setenv("MLOPS_LAB_SPOOL_BYTES", "200000")
    magics.unload(shell)
    magics.load(shell)
    shell.run_cell(
        "%%track full\nfor i in range(5000): lab.log_metric('m', i)\nlab.set_tag('after', 'x')"
    )
    told = capsys.readouterr().err
    assert told.count("is full") == 1
    assert "\x1b[1;31mMLOps Lab: The spool" in told
    assert "MLOPS_LAB_SPOOL_BYTES" in told
    records = read_records(spool_dir)
    points = [record for record in records if isinstance(record, MetricLogged)]
    assert 0 < len(points) < 5000
    (warning,) = [r.text for r in records if isinstance(r, WarningNoted) if "dropped" in r.text]
    assert f"{5000 - len(points):,} records were dropped" in warning
    assert isinstance(records[-1], RunFinished)
    size = sum(path.stat().st_size for path in spool_dir.glob("*.jsonl"))
    assert size < 225_000
    assert [record.seq for record in records] == list(range(1, len(records) + 1))


def test_exits_of_a_kernel_leave_what_was_logged(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab")
    kernel.run("run = lab.start_run(run_name='open')\nlab.log_metric('m', 1)")
    kernel.send("%%track\nlab.log_metric('m', 2)\nimport os\nos._exit(1)")
    wait_for_end(kernel)
    assert [point.value for point in of_kind(spool_dir, MetricLogged)] == [1.0, 2.0]
    assert of_kind(spool_dir, RunFinished) == []


def test_a_shutdown_ends_runs_that_were_left_open(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab")
    kernel.run("run = lab.start_run(run_name='open')\nlab.log_metric('m', 1)")
    kernel.run("%track on all")
    kernel.client.shutdown()
    wait_for_end(kernel)
    assert [record.status for record in of_kind(spool_dir, RunFinished)] == ["finished"] * 2


def test_two_notebooks_on_one_kernel_share_its_history(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab", cell_id="a1")
    kernel.run("x = 1", cell_id="a2")
    kernel.run("%%track one\ny = x", cell_id="b1")
    kernel.run("%%track two\nz = x", cell_id="a3")
    assert [run.cell_id for run in of_kind(spool_dir, RunStarted)] == ["b1", "a3"]
    cells = of_kind(spool_dir, CellExecuted)
    # The cell that loads the extension had begun before: of it IPython knows the source alone.
    assert [cell.cell_id for cell in cells] == [None, "a2", "b1", "a3"]
    assert cells[0].source == "%load_ext mlops_lab"
    assert len({cell.history_id for cell in cells}) == 1


def test_a_restarted_kernel_has_a_history_of_its_own(start_kernel, spool_dir):
    kernel = start_kernel()
    for _ in range(2):
        kernel.run("%load_ext mlops_lab")
        kernel.run("%%track\nx = 1")
        kernel.manager.restart_kernel()
        kernel.client.wait_for_ready(timeout=60)
    assert len({run.history_id for run in of_kind(spool_dir, RunStarted)}) == 2


def test_a_forked_child_logs_into_the_innermost_run(shell, spool_dir):
    shell.run_cell(
        "%%track\nimport os\nwith lab.start_run(run_name='inner'):\n    pid = os.fork()\n"
        "    if not pid:\n        lab.log_metric('of_child', 1)\n        os._exit(0)\n"
        "    _ = os.waitpid(pid, 0)"
    ).raise_error()
    names = {run.run_id: run.name for run in of_kind(spool_dir, RunStarted)}
    points = [p for p in of_kind(spool_dir, MetricLogged) if p.name == "of_child"]
    assert [names[point.run_id] for point in points] == ["inner"]
    assert len(of_kind(spool_dir, RunFinished)) == 2


def test_files_are_delivered_before_the_records_that_name_them(
    shell, store, spool_dir, monkeypatch
):
    server = DeliveryServer(TrackingService(store))
    monkeypatch.setenv("MLOPS_LAB_SERVER_URL", server.url)
    monkeypatch.setenv("MLOPS_LAB_KERNEL_TOKEN", TOKEN)
    try:
        shell.run_cell("with lab.start_run():\n    lab.log_text('hello', 'a.txt')").raise_error()
        session = process_session()
        session.flush(timeout=30)
        wait_until(lambda: not list((spool_dir / FILES).iterdir()), what="the file is removed")
        (digest,) = server.files
        assert server.files[digest] == b"hello"
        shell.run_cell("with lab.start_run():\n    lab.log_text('hello', 'b.txt')").raise_error()
        session.flush(timeout=30)
        wait_until(lambda: not list((spool_dir / FILES).iterdir()), what="the file is removed")
        assert server.uploads == 1
    finally:
        session.delivery.close()
        server.stop()


def test_files_without_a_server_wait_beside_the_spool(shell, spool_dir):
    shell.run_cell("with lab.start_run():\n    lab.log_text('hello', 'a.txt')").raise_error()
    (record,) = of_kind(spool_dir, ArtifactLogged)
    assert (spool_dir / FILES / record.digest).read_bytes() == b"hello"


def test_loading_and_untracked_cells_are_cheap(shell):
    shell.run_cell("x = 1", store_history=True)
    started = time.process_time()
    for _ in range(200):
        shell.run_cell("x = 1", store_history=True)
    assert (time.process_time() - started) / 200 < 0.02


def test_a_process_that_lost_its_folder_goes_on(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab\nimport os, tempfile")
    kernel.run("os.chdir(folder := tempfile.mkdtemp()); os.rmdir(folder)")
    answer = kernel.run("%%track\nx = 2 * 1.5")
    assert (answer.reply["status"], answer.text("stderr")) == ("ok", "")
    points = {point.name: point.value for point in of_kind(spool_dir, MetricLogged)}
    assert points == {"x": 3.0}
