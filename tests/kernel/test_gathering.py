"""Proves that what captures record together is in the file in one write, and that none of it is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from mlops_lab.core.facets import Resources
from mlops_lab.core.records import (
    CellCaptured,
    DocumentKept,
    FacetCaptured,
    ParamLogged,
    RunFinished,
    RunStarted,
    TagSet,
)
from mlops_lab.kernel import spool as spool_module
from mlops_lab.kernel.gathering import MAX_CHARS, gathered
from mlops_lab.kernel.run import DOCUMENT_AGAIN_S, RunLog
from mlops_lab.kernel.spool import Spool

from .spool_reader import read_records

RUN = "ab" * 16
MOST_WRITES = 6


def run_in(folder) -> RunLog:
    return RunLog(RUN, Spool(folder, warn=print))


def tag(number: int, size: int = 0) -> TagSet:
    return TagSet(0, RUN, f"t{number}", "x" * size)


def in_thread(call: Callable[..., object], *given: object) -> None:
    thread = threading.Thread(target=call, args=given)
    thread.start()
    thread.join()


def write_five(run: RunLog, number: int, made: list[str]) -> None:
    for one in range(number, number + 5):
        run.write(tag(one))
        made.append(f"t{one}")


def test_records_come_together_in_order_and_others_do_not_wait(spool_dir):
    run = run_in(spool_dir)
    run.log_metric("before", 1.0)

    def record() -> None:
        run.write(tag(1))
        run.log_metric("inside", 2.0)
        in_thread(run.log_metric, "other", 3.0)
        assert [r.name for r in read_records(spool_dir)] == ["before", "other"]

    gathered(run, record)
    run.log_metric("after", 4.0)
    records = read_records(spool_dir)
    assert [r.name for r in records] == ["before", "other", "t1", "inside", "after"]
    assert [r.seq for r in records] == list(range(1, 6))


def test_a_text_is_written_once_and_again_after_hours(spool_dir):
    run = run_in(spool_dir)
    for name in ("a", "b"):
        digest = run.add_facet("resources", name, Resources(wall_ms=1, cpu_ms=1))
    assert [type(r) for r in read_records(spool_dir)].count(DocumentKept) == 1
    run.spool.documents[digest] -= DOCUMENT_AGAIN_S + 1
    run.add_facet("resources", "c", Resources(wall_ms=1, cpu_ms=1))
    assert [type(r) for r in read_records(spool_dir)].count(DocumentKept) == 2


def test_much_does_not_wait_and_a_fault_loses_nothing(spool_dir):
    run = run_in(spool_dir)

    def record() -> None:
        run.write(tag(1, size=MAX_CHARS))
        assert [r.name for r in read_records(spool_dir)] == ["t1"]
        run.write(tag(2))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        gathered(run, record)
    run.write(tag(3))
    assert [r.name for r in read_records(spool_dir)] == ["t1", "t2", "t3"]


def test_a_document_is_in_the_file_before_anybody_can_name_it(spool_dir):
    run = run_in(spool_dir)

    def record() -> None:
        run.add_facet("resources", "", Resources(wall_ms=1, cpu_ms=1))
        assert [type(r) for r in read_records(spool_dir)] == [DocumentKept]
        in_thread(run.add_facet, "resources", "x", Resources(wall_ms=1, cpu_ms=1))

    gathered(run, record)
    kinds = [type(r) for r in read_records(spool_dir)]
    assert kinds == [DocumentKept, FacetCaptured, FacetCaptured]


def test_a_folder_that_cannot_be_written_is_written_later(spool_dir, monkeypatch):
    monkeypatch.setattr(spool_module, "_RETRY_S", 0.0)
    spool_dir.parent.mkdir(parents=True, exist_ok=True)
    spool_dir.write_text("in the way")
    run = RunLog(RUN, Spool(spool_dir, warn=lambda _text: None))
    gathered(run, lambda: [run.write(tag(1)), run.write(tag(2))])
    spool_dir.unlink()
    run.write(tag(3))
    assert [(r.seq, r.name) for r in read_records(spool_dir)] == [(1, "t1"), (2, "t2"), (3, "t3")]


FULL_DISK = """
import resource, sys
from pathlib import Path
from mlops_lab.core.records import TagSet
from mlops_lab.kernel import spool as spool_module
from mlops_lab.kernel.gathering import gathered
from mlops_lab.kernel.run import DOCUMENT_AGAIN_S, RunLog
spool = spool_module.Spool(Path(sys.argv[1]), warn=lambda text: None)
run = RunLog("ab" * 16, spool)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (10_050, hard))
for number in range(10):
    tags = [TagSet(0, "ab" * 16, f"t{number}.{part}", "x" * 1000) for part in range(5)]
    gathered(run, lambda: [run.write(one) for one in tags])
assert spool.held, "the limit was never met"
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
spool._retry_at = 0.0
spool.close(acknowledged_seq=0)
"""


def test_a_full_disk_in_the_middle_of_records_loses_and_doubles_nothing(spool_dir):
    subprocess.run([sys.executable, "-c", FULL_DISK, str(spool_dir)], check=True)
    records = sorted(read_records(spool_dir), key=lambda r: r.seq)
    assert [r.seq for r in records] == list(range(1, 51))
    assert [r.name for r in records] == [f"t{n}.{part}" for n in range(10) for part in range(5)]


def test_an_interrupt_at_any_place_keeps_what_was_recorded(spool_dir):
    run = run_in(spool_dir)
    run.log_metric("first", 0.0)
    made: list[str] = []
    previous = signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    number = 0
    try:
        for turn in range(200):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + turn * 0.000002)
                while True:
                    number += 5
                    gathered(run, partial(write_five, run, number, made))
            except KeyboardInterrupt:
                pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    run.write(tag(0))
    records = read_records(spool_dir)
    names = [r.name for r in records]
    assert [r.seq for r in records] == list(range(1, len(records) + 1))
    assert len(set(names)) == len(names)
    assert set(made) <= set(names)


def test_a_tracked_cell_is_on_disk_before_its_code_runs_and_costs_few_writes(
    shell, spool_dir, monkeypatch
):
    shell.run_cell("%%track\nwarm = 1")
    written: list[int] = []
    write = os.write

    def count(fd: int, data: bytes) -> int:
        # What is captured in the background, also of the cell before, holds up nobody.
        is_waited_for = threading.current_thread() is threading.main_thread()
        if is_waited_for and str(Path(f"/proc/self/fd/{fd}").readlink()).startswith(str(spool_dir)):
            written.append(len(data))
        return write(fd, data)

    monkeypatch.setattr(os, "write", count)
    shell.user_ns["look"] = lambda: [type(r) for r in read_records(spool_dir)]
    shell.run_cell(
        "%%track -t who=me --no git,environment,files\nn = 3\nfound = look()\nscore = n * 0.5"
    ).raise_error()
    found = shell.user_ns["found"]
    assert found.count(RunStarted) == 2
    assert found.count(CellCaptured) == 2
    assert TagSet in found
    mine = [r for r in read_records(spool_dir) if isinstance(r, ParamLogged | RunFinished)]
    assert [type(r) for r in mine[-2:]] == [ParamLogged, RunFinished]
    assert len(written) <= MOST_WRITES
