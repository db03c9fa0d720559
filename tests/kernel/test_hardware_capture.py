"""Proves that a run knows what it took: time, memory, bytes, children, and energy when asked for."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

from mlops_lab.core.records import MetricLogged, RunFinished
from mlops_lab.kernel.capture.base import Outcome
from mlops_lab.kernel.capture.gitcommand import Git
from mlops_lab.kernel.capture.hardware import HardwareCapture

from .facet_reader import documents_of, last_facet, read_facets
from .hardware_run import MIB, Run, threads
from .spool_reader import read_records, wait_until


def cell_of(run: Run, *, energy: bool = False):
    return SimpleNamespace(run=run, options=SimpleNamespace(energy=energy))


def points_of(folder, such=lambda name: name.startswith("system/")):
    records = [r for r in read_records(folder) if isinstance(r, MetricLogged)]
    return [(r.name, r.value, r.step) for r in records if such(r.name)]


def test_a_cell_s_time_and_peak_memory_are_in_the_run_and_its_end(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab\nimport time")
    kernel.run("%%track\nblock = bytearray(b'x') * 200_000_000\ndel block\ntime.sleep(0.2)")
    kernel.run("%%track\nn = 1")
    big, small = read_facets(spool_dir, "resources")
    assert big.peak_memory - big.memory_before > 190 * MIB
    assert small.peak_memory < big.peak_memory - 150 * MIB
    assert 200 <= big.wall_ms < 60_000
    assert small.samples == 0 or small.wall_ms >= 700
    ended = [r for r in read_records(spool_dir) if isinstance(r, RunFinished)]
    assert [(r.cpu_ms, r.peak_memory) for r in ended] == [
        (facet.cpu_ms, facet.peak_memory) for facet in (big, small)
    ]


def test_series_are_sampled_and_are_no_metrics_of_the_user(start_kernel, spool_dir, tmp_path):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab\nimport time")
    kernel.run(
        "%%track\nlab.log_metric('loss', 0.5)\n_end = time.process_time() + 1.5\n"
        f"with open({str(tmp_path / 'data')!r}, 'wb') as file: _ = file.write(bytes(30_000_000))\n"
        "while time.process_time() < _end: pass\nscore = 1.5 * 2"
    )
    found = last_facet(spool_dir, "resources")
    assert found.samples >= 1
    assert found.cpu_ms >= 1_400
    assert found.written_bytes >= 30_000_000
    points = points_of(spool_dir)
    names = {name for name, _, _ in points}
    assert {"system/cpu_percent", "system/memory_rss_bytes", "system/disk_written_bytes"} <= names
    assert all(1 <= step <= found.wall_ms / 1_000 + 1 for _, _, step in points)
    steps = [step for name, _, step in points if name == "system/cpu_percent"]
    assert steps == sorted(set(steps))
    assert max(value for name, value, _ in points if name == "system/cpu_percent") > 5
    ended = next(r for r in read_records(spool_dir) if isinstance(r, RunFinished))
    assert ended.primary_metric == "score"
    written = points_of(spool_dir, lambda name: not name.startswith("system/"))
    assert [name for name, _, _ in written] == ["loss", "score"]


def test_a_run_whose_only_points_are_of_the_machine_has_no_primary_metric(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab\nimport time")
    kernel.run("%%track\ntime.sleep(1.2)")
    assert points_of(spool_dir)
    ended = next(r for r in read_records(spool_dir) if isinstance(r, RunFinished))
    assert ended.primary_metric is None


def test_children_count_also_when_they_live_on(start_kernel, spool_dir):
    busy = (
        "import time\nwhile time.process_time() < 1.0: pass\n"
        "print('done', flush=True)\ntime.sleep(600)"
    )
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab\nimport subprocess, sys, time")
    kernel.run(
        "%%track\ncommand = [sys.executable, '-c', "
        f"{busy!r}]\nchild = subprocess.Popen(command, stdout=subprocess.PIPE)\n"
        # On until a sample has seen what the child used: on a busy machine it waits for its turn.
        "_ = child.stdout.readline()\ntime.sleep(2.5)"
    )
    kernel.run("child.kill()")
    found = last_facet(spool_dir, "resources")
    assert 900 <= found.cpu_ms <= 10_000
    rss = [value for name, value, _ in points_of(spool_dir) if name == "system/memory_rss_bytes"]
    assert max(rss) > found.memory_before


def test_children_that_ended_count(shell, spool_dir):
    busy = "sum(n * n for n in range(4_000_000))"
    shell.run_cell(
        f"%%track\nimport subprocess, sys\n_ = subprocess.run([sys.executable, '-c', {busy!r}])"
    )
    assert last_facet(spool_dir, "resources").cpu_ms > 100


def test_no_thread_is_left_and_none_is_seen(shell):
    line = "%%track --no git,environment,data,files"
    shell.run_cell(f"{line}\nimport threading")
    before = threads()
    seen = {thread.name for thread in threading.enumerate()}
    shell.run_cell(f"{line}\nnames = [thread.name for thread in threading.enumerate()]")
    wait_until(lambda: threads() <= before, what="the thread of the cell has ended")
    assert set(shell.user_ns["names"]) <= seen


def test_an_interrupt_ends_the_sampling(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab\nimport time, os")
    sent = kernel.send("%%track\nprint('started', flush=True)\nwhile True: time.sleep(0.05)")
    kernel.wait_for_output("started")
    kernel.manager.interrupt_kernel()
    kernel.collect(sent)
    assert last_facet(spool_dir, "resources").wall_ms < 60_000


def test_a_forked_child_records_nothing_and_the_cell_goes_on(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab\nimport os, time")
    answer = kernel.run(
        "%%track\npid = os.fork()\nif pid == 0:\n    time.sleep(0.1)\n    os._exit(0)\n"
        "_ = os.waitpid(pid, 0)"
    )
    assert answer.reply["status"] == "ok"
    assert [facet is not None for facet in read_facets(spool_dir, "resources")] == [True]


def test_several_cells_of_one_run_are_added_up():
    capture, run = HardwareCapture(Git()), Run()
    cell = cell_of(run)
    for _ in range(2):
        seen = capture.before(cell)
        end = time.process_time() + 0.06
        while time.process_time() < end:
            pass
        capture.after(cell, seen, Outcome(ended_well=True))
    first, second = run.facets
    assert second.cpu_ms >= first.cpu_ms + 50
    assert second.wall_ms >= first.wall_ms + 50
    assert second.memory_before == first.memory_before
    assert (run.cpu_ms, run.peak_memory) == (second.cpu_ms, second.peak_memory)


def test_an_inner_cell_does_not_hide_the_peak_of_the_outer_one():
    capture, outer, inner = HardwareCapture(Git()), Run(), Run()
    seen = capture.before(cell_of(outer))
    block = bytearray(b"x") * (150 * MIB)
    del block
    within = capture.before(cell_of(inner))
    capture.after(cell_of(inner), within, Outcome(ended_well=True))
    capture.after(cell_of(outer), seen, Outcome(ended_well=True))
    assert outer.facets[0].peak_memory - outer.facets[0].memory_before > 140 * MIB
    assert inner.facets[0].peak_memory < outer.facets[0].peak_memory - 100 * MIB


def test_where_the_peak_cannot_begin_anew_it_counts_only_if_it_rose(monkeypatch):
    monkeypatch.setattr("mlops_lab.kernel.capture.hardware.reset_peak", lambda: False)
    block = bytearray(b"x") * (150 * MIB)
    del block
    capture, quiet, rising = HardwareCapture(Git()), Run(), Run()
    seen = capture.before(cell_of(quiet))
    capture.after(cell_of(quiet), seen, Outcome(ended_well=True))
    assert quiet.facets[0].peak_memory < quiet.facets[0].memory_before + 50 * MIB
    seen = capture.before(cell_of(rising))
    block = bytearray(b"x") * (400 * MIB)
    del block
    capture.after(cell_of(rising), seen, Outcome(ended_well=True))
    assert rising.facets[0].peak_memory - rising.facets[0].memory_before > 390 * MIB


def test_energy_is_recorded_when_asked_for_and_labelled(start_kernel, spool_dir):
    kernel = start_kernel()
    kernel.run("%load_ext mlops_lab\nimport time")
    kernel.run(
        "%%track --energy\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    )
    kernel.run("%%track\nn = 1")
    asked, not_asked = read_facets(spool_dir, "resources")
    assert asked.energy_wh > 0
    assert asked.energy_source in ("measured", "estimated")
    assert asked.energy_note
    assert (not_asked.energy_wh, not_asked.energy_source) == (None, None)


def test_it_can_be_switched_off(shell, spool_dir):
    shell.run_cell("%%track --no hardware\nn = 1")
    assert documents_of(spool_dir, "resources") == set()
    ended = next(r for r in read_records(spool_dir) if isinstance(r, RunFinished))
    assert (ended.cpu_ms, ended.peak_memory) == (None, None)


def test_energy_can_be_asked_for_by_the_setting(shell, spool_dir):
    shell.run_line_magic("config", "TrackMagics.energy = True")
    shell.run_cell("%%track\nn = sum(range(1_000_000))")
    found = last_facet(spool_dir, "resources")
    assert found.energy_wh is not None
    assert found.energy_source in ("measured", "estimated")
