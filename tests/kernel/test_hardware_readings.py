"""Proves the readings of the machine: processes, counters of energy, GPUs, and their sampling."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from mlops_lab.kernel.capture.energy import WATTS_PER_CORE, EnergyMeter
from mlops_lab.kernel.capture.gpu import Gpus, find_gpus
from mlops_lab.kernel.capture.processtree import ProcessTree, has_children
from mlops_lab.kernel.capture.readings import Moved, Readings, cpu_s, reset_peak
from mlops_lab.kernel.capture.sampler import Sampler

from .hardware_run import MIB, Run, threads
from .spool_reader import wait_until


def test_the_readings_survive_that_somebody_closes_all_files(tmp_path):
    readings = Readings()
    first = readings.memory()
    assert first.now > MIB
    assert first.peak >= first.now
    os.close(readings._status._fd)
    other = os.open(tmp_path, os.O_RDONLY)
    assert readings.memory().now > MIB
    assert readings.files().inward > 0
    os.close(other)
    assert reset_peak()


def test_a_count_that_began_anew_has_not_grown():
    assert Moved(10, 5).since(Moved(4, 7)) == Moved(6, 0)
    assert Moved(10, None).since(Moved(None, None)) == Moved(None, None)


def test_samples_stop_with_the_cell_and_when_a_run_was_left_open():
    run = Run()
    sampler = Sampler(run, readings=Readings(), first_step=5, files=Moved(0, 0), meter=None)
    sampler.start()
    wait_until(lambda: run.points, what="a sample")
    sampler.stop()
    count = len(run.points)
    assert {step for _, _, step in run.points} == {6}
    forgotten = Run()
    sampler = Sampler(forgotten, readings=Readings(), first_step=0, files=Moved(), meter=None)
    before = threads()
    sampler.start()
    forgotten.is_open = False
    wait_until(lambda: threads() <= before, what="the thread of a run that ended has ended")
    assert (len(run.points), forgotten.points) == (count, [])


def test_one_thread_samples_the_cells_that_follow_one_another():
    before = threads()
    runs = [Run() for _ in range(20)]
    for run in runs:
        sampler = Sampler(run, readings=Readings(), first_step=0, files=Moved(), meter=None)
        sampler.start()
        assert threads() <= before + 1
        sampler.stop()
    late = Run()
    sampler = Sampler(late, readings=Readings(), first_step=0, files=Moved(), meter=None)
    sampler.start()
    wait_until(lambda: late.points, what="a sample of the cell that goes on")
    sampler.stop()
    assert [run.points for run in runs] == [[]] * 20


ENDING = """
import threading, time
from types import SimpleNamespace
from mlops_lab.kernel.capture.readings import Moved, Readings
from mlops_lab.kernel.capture.sampler import Sampler
run = SimpleNamespace(is_open=True, log_system=lambda *_: None)
Sampler(run, readings=Readings(), first_step=0, files=Moved(), meter=None).start()
kept = open({path!r}, "w")
kept.write("whole")
"""


def test_a_process_that_ends_while_cells_are_sampled_ends_well(tmp_path):
    path = tmp_path / "file"
    code = ENDING.format(path=str(path))
    for _ in range(5):
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
        assert path.read_text() == "whole"


def test_children_are_found_with_what_they_used():
    # In a process of its own: that of the tests may have a database as a child.
    outer = os.fork()
    if outer == 0:
        status = 1
        try:
            watch_a_child()
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(outer, 0)[1]) == 0


def watch_a_child():
    assert not has_children() or sys.platform != "linux"
    pid = os.fork()
    if pid == 0:
        end = time.process_time() + 60
        while time.process_time() < end:
            pass
        os._exit(0)
    try:
        assert has_children()
        tree = ProcessTree(time.monotonic() - 1)
        wait_until(lambda: tree.read().cpu_s > 0.02, what="the child works")
        assert tree.read().memory_bytes > 0
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
    assert tree.read().memory_bytes == 0


def test_processor_seconds_grow_with_work():
    before = cpu_s()
    end = time.process_time() + 0.03
    while time.process_time() < end:
        pass
    assert cpu_s() - before >= 0.03


def rapl(folder, name, label, energy):
    place = folder / name
    place.mkdir()
    (place / "name").write_text(f"{label}\n")
    (place / "max_energy_range_uj").write_text("262143328850\n")
    (place / "energy_uj").write_text(f"{energy}\n")
    return place / "energy_uj"


def test_energy_by_the_counters_of_the_processors(tmp_path):
    first = rapl(tmp_path, "intel-rapl:0", "package-0", 262_143_000_000)
    second = rapl(tmp_path, "intel-rapl:1", "package-1", 0)
    part = rapl(tmp_path, "intel-rapl:0:0", "core", 0)
    meter = EnergyMeter(tmp_path)
    part.write_text("999999999999\n")
    # One counter wraps: 0.328850 J to its range, then 3,600 J; the other one grows by 3,600 J.
    first.write_text("3600000000\n")
    second.write_text("3600000000\n")
    found = meter.finish(cpu_s=1.0)
    assert found.watt_hours == pytest.approx((7_200 + 0.32885) / 3_600)
    assert (found.source, "RAPL" in found.note) == ("measured", True)


def test_energy_without_counters_is_estimated_with_the_assumption(tmp_path):
    found = EnergyMeter(tmp_path / "none").finish(cpu_s=360.0)
    assert found.watt_hours == pytest.approx(0.1 * WATTS_PER_CORE)
    assert found.source == "estimated"
    assert f"{WATTS_PER_CORE:g} W" in found.note


class Nvml:
    """The part of NVML that is asked, for a machine without a GPU: two devices, one of few words."""

    class NVMLError(Exception):
        pass

    def nvmlDeviceGetName(self, handle):  # noqa: N802 - NVML's name
        return b"NVIDIA T4" if handle else "NVIDIA H100"

    def nvmlDeviceGetMemoryInfo(self, handle):  # noqa: N802 - NVML's name
        return SimpleNamespace(total=16 * 2**30, used=(handle + 1) * 2**30)

    def nvmlDeviceGetUtilizationRates(self, handle):  # noqa: N802 - NVML's name
        if handle:
            raise self.NVMLError
        return SimpleNamespace(gpu=37)

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):  # noqa: N802 - NVML's name
        return 1_000 + handle


def test_gpus_are_read_one_by_one_and_may_refuse(monkeypatch):
    gpus = Gpus(Nvml(), [0, 1])
    assert gpus.names() == ["NVIDIA H100 (16 GiB)", "NVIDIA T4 (16 GiB)"]
    assert gpus.energy_j() == pytest.approx(2.001)
    monkeypatch.setattr("mlops_lab.kernel.capture.sampler.find_gpus", lambda: gpus)
    run = Run()
    sampler = Sampler(run, readings=Readings(), first_step=0, files=Moved(), meter=None)
    sampler.start()
    wait_until(lambda: run.points, what="a sample")
    sampler.stop()
    values = {name: value for name, value, _ in run.points}
    assert values["system/gpu_0_utilization_percent"] == 37
    assert values["system/gpu_0_memory_bytes"] == 2**30
    assert values["system/gpu_1_memory_bytes"] == 2 * 2**30
    assert "system/gpu_1_utilization_percent" not in values
    assert sampler.gpu_peak_memory == 3 * 2**30


def test_without_a_driver_there_are_no_gpus_and_nvml_is_not_loaded():
    if Path("/dev/nvidiactl").exists():
        assert find_gpus() is not None
        return
    loaded = set(sys.modules)
    assert find_gpus() is None
    assert "pynvml" not in set(sys.modules) - loaded
