"""Holds the sweep to what it does with files of living processes: reads them if nobody delivers them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sqlalchemy import event

from mlops_lab.core.trash import PurgeOrder
from mlops_lab.store.store import Store
from mlops_lab.tracking.service import TrackingService
from mlops_lab.tracking.spools import SweepMemory
from mlops_lab.tracking.trash import TrashService

from .conftest import Recorder, recorder_of


def test_a_living_process_that_does_not_deliver_is_read_again_and_again(
    service: TrackingService, folder: Path, process: subprocess.Popen[bytes]
) -> None:
    recorder = recorder_of(process)
    recorder.delivers = False
    memory = SweepMemory()
    run = recorder.start()
    path = recorder.write_segment(folder, extra=b'["metric",2,"torn')
    report = service.take_in_spools(folder, memory=memory)
    assert (report.files, report.records, report.runs_killed) == (1, 1, 0)
    assert path.exists()
    assert service.get_run(run).summary.status == "running"
    for step in range(3):
        recorder.metric(run, "loss", 1.0, step=step)
        recorder.taken = 0
        recorder.write_segment(folder)
        assert service.take_in_spools(folder, memory=memory).records == 1
    again = service.take_in_spools(folder, memory=memory)
    assert (again.files, again.records) == (0, 0)
    process.kill()
    process.wait()
    ended = service.take_in_spools(folder, memory=memory)
    assert (ended.files, ended.records, ended.runs_killed) == (1, 0, 1)
    assert not path.exists()
    assert service.get_run(run).metrics[0].count == 3


def test_an_unchanged_file_costs_no_statement(
    service: TrackingService, folder: Path, process: subprocess.Popen[bytes], store: Store
) -> None:
    memory = SweepMemory()
    statements: list[str] = []
    event.listen(
        store._engine, "before_cursor_execute", lambda *args: statements.append(str(args[2]))
    )
    service.take_in_spools(folder, memory=memory)
    of_nothing = len(statements)
    recorder = recorder_of(process)
    recorder.delivers = False
    recorder.start()
    for number in range(3):
        recorder.write_segment(folder, number)
        recorder.start()
    service.take_in_spools(folder, memory=memory)
    statements.clear()
    service.take_in_spools(folder, memory=memory)
    assert len(statements) == of_nothing
    statements.clear()
    service.take_in_spools(folder, memory=SweepMemory())
    assert len(statements) > of_nothing


def test_a_child_that_is_ahead_of_its_parent_waits(
    service: TrackingService, folder: Path, process: subprocess.Popen[bytes]
) -> None:
    parent, child = recorder_of(process), recorder_of(process)
    child.delivers = False
    run = parent.start()
    child.metric(run, "loss", 1.0)
    child.write_segment(folder)
    assert service.take_in_spools(folder).records == 0
    assert service.count_runs() == 0
    service.ingest(parent.batch())
    assert service.take_in_spools(folder).records == 1
    found = service.get_run(run)
    assert (found.summary.name, found.warnings) == ("train", [])
    assert found.metrics[0].count == 1


def test_a_purged_run_does_not_hold_up_the_others_of_its_file(
    service: TrackingService, store: Store, folder: Path, process: subprocess.Popen[bytes]
) -> None:
    parent, child = recorder_of(process), recorder_of(process)
    child.delivers = False
    gone, living = parent.start(), parent.start()
    parent.end(gone)
    service.ingest(parent.batch())
    trash = TrashService(store)
    trash.put_run(gone, who="ada")
    trash.purge(PurgeOrder(runs=[gone]), who="ada")
    child.metric(gone, "loss", 1.0)
    child.metric(living, "loss", 2.0)
    child.write_segment(folder)
    assert service.take_in_spools(folder).records == 2
    assert [one.last for one in service.get_run(living).metrics] == [2.0]
    assert service.count_runs() == 1


def test_what_nobody_delivers_on_another_host_is_read_at_once(
    service: TrackingService, folder: Path
) -> None:
    there = Recorder(host="another.example", pid=2**22 + 1, delivers=False)
    run = there.start()
    path = there.write_segment(folder)
    assert service.take_in_spools(folder).records == 1
    assert path.exists()
    assert service.get_run(run).summary.status == "running"
