"""Holds the sweep to its promise: whatever a dead process left is stored once, and nothing is lost."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest

from mlops_lab.core.errors import StoreUnavailableError
from mlops_lab.core.records import SpoolHeader
from mlops_lab.core.settings import Settings
from mlops_lab.core.tracking import NotebookPlace
from mlops_lab.store import outbox
from mlops_lab.store.store import Store
from mlops_lab.tracking.processes import liveness
from mlops_lab.tracking.service import TrackingService

from .conftest import Recorder, recorder_of

HOUR_S = 3600


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_an_empty_or_missing_folder(service: TrackingService, folder: Path) -> None:
    assert service.take_in_spools(folder).files == 0
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("not ours")
    (folder / "x-1.jsonl").write_text("not ours")
    assert service.take_in_spools(folder).files == 0
    assert len(list(folder.iterdir())) == 2


def test_what_a_killed_process_left_is_stored(
    service: TrackingService, folder: Path, process: subprocess.Popen[bytes], store: Store
) -> None:
    recorder = recorder_of(process)
    ended = recorder.start(kernel_id="k")
    recorder.end(ended)
    first = recorder.write_segment(folder, 9)
    cut = recorder.start()
    for step in range(1_000):
        recorder.metric(cut, "loss", 1.0, step=step)
    second = recorder.write_segment(folder, 10, extra=b'["metric",1004,"')
    age(first, 60)
    age(second, 60)
    quiet = service.take_in_spools(folder)
    assert (quiet.files, quiet.records, quiet.runs_killed) == (0, 0, 0)
    process.kill()
    # Not waited for yet: to the system it is a zombie, and as dead as it will be.
    deadline = time.monotonic() + 10
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
    report = service.take_in_spools(
        folder, locate=lambda kernel: NotebookPlace("n.ipynb") if kernel == "k" else None
    )
    assert (report.files, report.records, report.runs_killed) == (2, 1_003, 1)
    assert report.unreadable == []
    assert not first.exists()
    assert not second.exists()
    assert service.get_run(ended).summary.status == "finished"
    assert service.get_run(ended).summary.notebook_path == "n.ipynb"
    killed = service.get_run(cut)
    assert killed.summary.status == "killed"
    assert killed.summary.ended_at is not None
    assert killed.summary.ended_at < time.time() * 1000 - 50_000
    assert killed.metrics[0].count == 1_000
    with store.read() as cx:
        newest = outbox.changes_after(cx, 0)[-1]
    assert (newest.id, newest.action) == (cut, "updated")
    again = service.take_in_spools(folder)
    assert (again.files, again.records, again.runs_killed) == (0, 0, 0)


def test_a_living_process_keeps_its_file(
    service: TrackingService, folder: Path, process: subprocess.Popen[bytes]
) -> None:
    recorder = recorder_of(process)
    run = recorder.start()
    path = recorder.write_segment(folder, extra=b'["metric",2,"torn')
    assert service.take_in_spools(folder).records == 0
    synced = service.take_in_spools(folder, only_dead=False)
    assert (synced.files, synced.records, synced.runs_killed) == (1, 1, 0)
    assert path.exists()
    assert service.get_run(run).summary.status == "running"
    assert service.take_in_spools(folder, only_dead=False).records == 0
    recorder.taken = 0
    assert service.ingest(recorder.batch()).seq == 1


def test_a_gap_of_a_living_process_waits(
    service: TrackingService, folder: Path, process: subprocess.Popen[bytes]
) -> None:
    recorder = recorder_of(process)
    run = recorder.start()
    recorder.batch()
    recorder.metric(run, "loss", 1.0)
    path = recorder.write_segment(folder, 2)
    assert service.take_in_spools(folder, only_dead=False).records == 0
    assert service.count_runs() == 0
    process.kill()
    process.wait()
    report = service.take_in_spools(folder)
    assert (report.records, report.runs_killed) == (1, 1)
    assert not path.exists()
    found = service.get_run(run)
    assert found.metrics[0].count == 1
    assert "not delivered" in found.warnings[0]


def test_a_process_that_left_no_file_ends_too(
    service: TrackingService, folder: Path, process: subprocess.Popen[bytes]
) -> None:
    recorder = recorder_of(process)
    run = recorder.start()
    service.ingest(recorder.batch())
    assert service.take_in_spools(folder).runs_killed == 0
    process.kill()
    process.wait()
    assert service.take_in_spools(folder).runs_killed == 1
    assert service.get_run(run).summary.status == "killed"


def test_a_whole_last_line_without_its_end_is_kept(
    service: TrackingService, folder: Path, dead: Recorder
) -> None:
    dead.start()
    path = dead.write_segment(folder)
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    assert service.take_in_spools(folder).records == 1


@pytest.mark.parametrize("garbage", [b"\x00\xff\xfe\n", b'["what",3,"x"]\n', b"{}\n", b"\n[]\n"])
def test_a_corrupt_file_is_moved_aside_and_what_is_whole_is_kept(
    service: TrackingService, folder: Path, dead: Recorder, garbage: bytes
) -> None:
    run = dead.start()
    dead.metric(run, "loss", 1.0, step=1)
    path = dead.write_segment(folder, 0)
    whole = path.read_bytes()
    dead.metric(run, "loss", 2.0, step=2)
    dead.batch()
    path.write_bytes(whole + garbage)
    dead.metric(run, "loss", 3.0, step=3)
    dead.write_segment(folder, 1)
    report = service.take_in_spools(folder)
    aside = folder / f"{path.name}.unreadable"
    assert report.unreadable == [str(aside)]
    assert aside.read_bytes() == whole + garbage
    assert (report.records, report.runs_killed) == (3, 1)
    points = service.get_series(run, "loss").points
    assert [point.value for point in points] == [1.0, 3.0]
    assert [one.name for one in folder.iterdir()] == [aside.name]
    assert service.take_in_spools(folder).unreadable == []


def test_files_without_a_whole_header(
    service: TrackingService, folder: Path, dead: Recorder, recorder: Recorder
) -> None:
    folder.mkdir(parents=True)
    empty = folder / f"{dead.spool_id}-0.jsonl"
    empty.touch()
    torn = folder / f"{dead.spool_id}-1.jsonl"
    torn.write_text('{"spool_id": "')
    wrong = folder / f"{recorder.spool_id}-0.jsonl"
    wrong.write_text(dead.write_segment(folder, 7).read_text())
    report = service.take_in_spools(folder)
    assert report.unreadable == [f"{wrong}.unreadable"]
    assert empty.exists()
    assert torn.exists()
    for path in (empty, torn):
        age(path, 120)
    report = service.take_in_spools(folder)
    assert report.unreadable == [f"{torn}.unreadable"]
    assert not empty.exists()


def test_another_host_is_never_judged_by_process_number(
    service: TrackingService, folder: Path
) -> None:
    there = Recorder(host="another.example", pid=2**22 + 1)
    run = there.start()
    path = there.write_segment(folder)
    assert liveness(there.header) == "unknown"
    assert service.take_in_spools(folder).files == 0
    age(path, 2 * HOUR_S)
    quiet = service.take_in_spools(folder)
    assert (quiet.records, quiet.runs_killed) == (1, 0)
    assert path.exists()
    assert service.get_run(run).summary.status == "running"
    again = service.take_in_spools(folder)
    assert (again.records, again.runs_killed) == (0, 0)
    age(path, 25 * HOUR_S)
    gone = service.take_in_spools(folder)
    assert (gone.records, gone.runs_killed) == (0, 1)
    assert not path.exists()


def test_a_number_that_another_process_has_now_is_not_the_writer() -> None:
    me = psutil.Process()
    host = socket.gethostname()
    assert liveness(SpoolHeader("0" * 32, host, me.pid, me.create_time())) == "alive"
    assert liveness(SpoolHeader("0" * 32, host, me.pid, me.create_time() - 60)) == "dead"
    assert liveness(SpoolHeader("0" * 32, host, 2**22 + 1, 1.0)) == "dead"
    assert liveness(SpoolHeader("0" * 32, host, -5, 1.0)) == "dead"
    assert liveness(SpoolHeader("0" * 32, host, 2**70, 1.0)) == "dead"


def test_a_big_spool_goes_in_pieces(
    service: TrackingService, folder: Path, dead: Recorder, store: Store
) -> None:
    run = dead.start()
    for step in range(45_000):
        dead.metric(run, "loss", 0.25, step=step)
    dead.write_segment(folder)
    assert service.take_in_spools(folder).records == 45_001
    assert service.get_run(run).metrics[0].count == 45_000
    with store.read() as cx:
        assert outbox.last_seq(cx) >= 4


def test_several_sweepers_and_a_kernel_that_still_ships(
    settings: Settings, service: TrackingService, folder: Path, dead: Recorder
) -> None:
    runs = []
    for number in range(12):
        run = dead.start()
        for step in range(500):
            dead.metric(run, "loss", 0.5, step=step)
        runs.append(run)
        dead.write_segment(folder, number)
    reports = []
    errors: list[BaseException] = []
    gate = threading.Barrier(4)

    def act(number: int) -> None:
        try:
            opened = Store.open(settings)
            mine = TrackingService(opened)
            gate.wait()
            if number == 0:
                late = Recorder(dead.host, dead.pid, dead.process_started_at, dead.spool_id)
                late.records = dead.records[:2_000]
                mine.ingest(late.batch())
            else:
                reports.append(mine.take_in_spools(folder))
            opened.close()
        except BaseException as error:  # noqa: BLE001 - told by the test below
            errors.append(error)

    threads = [threading.Thread(target=act, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert list(folder.iterdir()) == []
    assert all(report.unreadable == [] for report in reports)
    assert sum(report.runs_killed for report in reports) == 12
    for run in runs:
        found = service.get_run(run)
        assert found.metrics[0].count == 500
        assert found.warnings == []


def test_the_files_stay_while_the_store_cannot_be_written(
    settings: Settings, folder: Path, dead: Recorder, store: Store
) -> None:
    dead.start()
    path = dead.write_segment(folder)
    service = TrackingService(store)
    sqlite = store.dialect == "sqlite"
    off, on = (
        ("PRAGMA query_only=ON", "PRAGMA query_only=OFF")
        if sqlite
        else ("SET default_transaction_read_only=on", "SET default_transaction_read_only=off")
    )
    with store.read() as cx:
        cx.exec_driver_sql(off)
    with pytest.raises(StoreUnavailableError):
        service.take_in_spools(folder)
    assert path.exists()
    with store.read() as cx:
        cx.exec_driver_sql(on)
    assert service.take_in_spools(folder).records == 1
    assert not path.exists()
