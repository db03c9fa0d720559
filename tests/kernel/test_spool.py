"""Proves that the spool loses nothing: order, threads, segments, full disks, interrupts, forks."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading

import pytest

from mlops_lab.core.records import MetricLogged, RunFinished, TagSet
from mlops_lab.kernel import spool as spool_module
from mlops_lab.kernel.run import RunLog
from mlops_lab.kernel.spool import Spool

from .spool_reader import read_headers, read_records, read_spool_file

RUN = "ab" * 16


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def spool(spool_dir, warnings) -> Spool:
    return Spool(spool_dir, warn=warnings.append)


def tag(number: int, size: int = 0) -> TagSet:
    return TagSet(0, RUN, f"t{number}", "x" * size)


def lines_of(spool: Spool, after: int = 0, records: int = 10**6, size: int = 10**9) -> list[bytes]:
    found = []
    while True:
        stretch = spool.read_after(after, records=records, size=size)
        if not stretch.lines:
            return found
        found.extend(stretch.lines)
        after = stretch.last_seq


def test_a_record_is_in_the_file_when_the_call_returns(spool, spool_dir):
    spool.write(tag(1))
    spool.write(tag(2))
    assert read_records(spool_dir) == [TagSet(1, RUN, "t1", ""), TagSet(2, RUN, "t2", "")]
    header = read_headers(spool_dir)[0]
    assert header == spool.header
    assert header.pid == os.getpid()
    (path,) = spool_dir.glob("*")
    assert path.name == f"{spool.spool_id}-0.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    assert spool_dir.stat().st_mode & 0o777 == 0o700


def test_names_and_values_of_any_kind_decode_as_they_were(spool, spool_dir):
    run = RunLog(RUN, spool)
    names = ["loss", "Verlust ü", "损失", 'quo"te\\', "a/b, c]", "🙂", "half\ud800"]
    numbers = [0.1, 1e-300, -0.0, float("nan"), float("inf"), float("-inf"), 10**15]
    for name in names:
        for number in numbers:
            run.log_metric(name, number)
    run.set_tag("odd", "half\udc80 \x00 ü\n")
    records = read_records(spool_dir)
    points = [r for r in records if isinstance(r, MetricLogged)]
    assert [p.name for p in points[:: len(numbers)]] == [*names[:-1], "half?"]
    assert [repr(float(p.value)) for p in points[: len(numbers)]] == [
        repr(float(number)) for number in numbers
    ]
    assert [p.step for p in points[: len(numbers)]] == list(range(len(numbers)))
    assert records[-1].value == "half? \x00 ü\n"


def test_threads_share_one_order_and_one_count_of_steps(spool, spool_dir):
    run = RunLog(RUN, spool)

    def work():
        for _ in range(500):
            run.log_metric("shared", 1.0)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records = read_records(spool_dir)
    assert [r.seq for r in records] == list(range(1, 4001))
    assert sorted(r.step for r in records) == list(range(4000))


def test_segments_rotate_and_go_when_they_are_acknowledged(spool, spool_dir):
    for number in range(60):
        spool.write(tag(number, size=100_000))
    files = sorted(spool_dir.iterdir())
    assert len(files) == 2
    assert all(p.stat().st_size < spool_module.SEGMENT_BYTES + 200_000 for p in files)
    assert len({header.spool_id for header in read_headers(spool_dir)}) == 1
    assert len(lines_of(spool, records=7, size=250_000)) == 60
    assert lines_of(spool, after=55)[0].startswith(b'["tag",56,')
    first_of_second = spool.segments[1].first_seq
    spool.forget(first_of_second - 2)
    assert len(list(spool_dir.iterdir())) == 2
    spool.forget(first_of_second - 1)
    assert len(list(spool_dir.iterdir())) == 1
    assert lines_of(spool, after=first_of_second - 1)
    with pytest.raises(LookupError):
        spool.read_after(0, records=1, size=1)
    spool.close(acknowledged_seq=60)
    assert list(spool_dir.iterdir()) == []


def test_a_closed_spool_keeps_what_is_not_acknowledged(spool, spool_dir):
    spool.write(tag(1))
    spool.write(tag(2))
    spool.close(acknowledged_seq=1)
    assert [r.seq for r in read_records(spool_dir)] == [1, 2]


def test_a_folder_that_cannot_be_made_keeps_records_in_memory_until_it_can(
    spool, spool_dir, warnings, monkeypatch
):
    monkeypatch.setattr(spool_module, "_RETRY_S", 0.0)
    spool_dir.parent.mkdir(parents=True, exist_ok=True)
    spool_dir.write_text("a file is in the way")
    for number in range(3):
        spool.write(tag(number))
    assert len(warnings) == 1
    assert str(spool_dir) in warnings[0]
    assert "follow later" in warnings[0]
    assert [line[:9] for line in lines_of(spool)] == [b'["tag",1,', b'["tag",2,', b'["tag",3,']
    spool.forget(1)
    spool_dir.unlink()
    spool.write(tag(3))
    assert [r.seq for r in read_records(spool_dir)] == [2, 3, 4]
    assert len(lines_of(spool, after=1)) == 3
    spool.write(tag(4))
    assert len(warnings) == 1
    spool.close(acknowledged_seq=0)


def test_memory_for_what_waits_is_bounded_and_points_go_first(spool, spool_dir, monkeypatch):
    monkeypatch.setattr(spool_module, "HELD_BYTES", 1000)
    spool_dir.parent.mkdir(parents=True, exist_ok=True)
    spool_dir.write_text("a file is in the way")
    run = RunLog(RUN, spool)
    for number in range(100):
        run.log_metric("m", number)
    assert spool.dropped > 80
    run.set_tag("still", "kept")
    assert spool.last_seq == 100 - spool.dropped + 1
    assert lines_of(spool)[-1].startswith(b'["tag",')


FULL_DISK = """
import resource, sys
from pathlib import Path
from mlops_lab.core.records import TagSet
from mlops_lab.kernel import spool as spool_module
spool_module._RETRY_S = 0.0
told = []
spool = spool_module.Spool(Path(sys.argv[1]), warn=told.append)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (10_050, hard))
for number in range(100):
    spool.write(TagSet(0, "ab" * 16, "t", "x" * 1000))
    if number == 15:
        spool_module._RETRY_S = 60.0
    if number == 50:
        assert spool.held, "the limit was never met"
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        spool._retry_at = 0.0
assert not spool.held
print(len(told), told[0])
spool.close(acknowledged_seq=0)
"""


def test_a_full_disk_in_the_middle_of_a_record_loses_and_doubles_nothing(spool_dir):
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    command = [sys.executable, "-c", FULL_DISK, str(spool_dir)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 The spool ")
    records = sorted(read_records(spool_dir), key=lambda r: r.seq)
    assert [r.seq for r in records] == list(range(1, 101))
    assert all(path.read_bytes().endswith(b"\n") for path in spool_dir.iterdir())


def test_interrupts_in_the_middle_of_a_call_keep_the_order_whole(spool, spool_dir):
    run = RunLog(RUN, spool)
    run.log_metric("m", 0.0)
    interrupts = 0
    previous = signal.signal(signal.SIGALRM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        for _ in range(200):
            try:
                # Within: on a busy machine the alarm may come before the next line.
                signal.setitimer(signal.ITIMER_REAL, 0.0004)
                while True:
                    run.log_metric("m", 1.0)
            except KeyboardInterrupt:
                interrupts += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    run.log_metric("m", 2.0)
    assert interrupts == 200
    records = read_records(spool_dir)
    assert [r.seq for r in records] == list(range(1, len(records) + 1))
    assert spool.last_seq == len(records)


FORK = """
import os, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "mlops_lab")
shell.run_cell('''%%track
import multiprocessing
def work(number):
    lab.log_metric("child", number)
    return number
with multiprocessing.get_context("fork").Pool(2) as pool:
    done = pool.map(work, range(20))
    pool.close()
    pool.join()
lab.log_metric("parent", len(done))
''').raise_error()
"""


def test_a_forked_child_logs_into_the_run_from_a_spool_of_its_own(spool_dir):
    subprocess.run([sys.executable, "-c", FORK], check=True, capture_output=True)
    by_process = {h.pid: records for h, records in map(read_spool_file, spool_dir.glob("*.jsonl"))}
    assert len(by_process) >= 2
    for records in by_process.values():
        assert [r.seq for r in records] == list(range(1, len(records) + 1))
    points = [r for rs in by_process.values() for r in rs if isinstance(r, MetricLogged)]
    assert sorted(p.value for p in points if p.name == "child") == list(range(20))
    assert len({p.run_id for p in points}) == 1
    ends = [rs for rs in by_process.values() if any(isinstance(r, RunFinished) for r in rs)]
    assert len(ends) == 1
