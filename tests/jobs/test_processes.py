"""Real process trees, and that nothing of them is left."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from mlops_lab.jobs.processes import (
    is_ours_and_dead,
    kill_descendants,
    kill_marked,
    kill_tree,
)
from mlops_lab.store.processes import host_name

from .production import wait_until

# A tree with a child that ignores SIGTERM, and a grandchild in a session of its own.
TREE = """
import signal, subprocess, sys, time
from mlops_lab.jobs.processes import adopt_orphans
adopt_orphans()
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", stubborn])
middle = "import subprocess as s, time; s.Popen(['sleep', '600'], start_new_session=True); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", middle])
time.sleep(600)
"""


@pytest.fixture
def tree() -> psutil.Process:
    started = subprocess.Popen([sys.executable, "-c", TREE])
    top = psutil.Process(started.pid)
    wait_until(lambda: len(top.children(recursive=True)) == 3, why="the tree has grown")
    yield top
    for process in [*top.children(recursive=True), top] if top.is_running() else []:
        process.kill()
    started.wait()


def test_a_whole_tree_is_ended_whatever_it_ignores(tree: psutil.Process) -> None:
    members = [tree, *tree.children(recursive=True)]
    kill_tree(tree.pid)
    assert not any(process.is_running() and process.status() != "zombie" for process in members)


def test_the_top_outlives_the_end_of_its_descendants(tree: psutil.Process) -> None:
    members = tree.children(recursive=True)
    kill_descendants(tree.pid)
    assert not any(process.is_running() and process.status() != "zombie" for process in members)
    assert tree.is_running()


def test_an_orphan_in_a_session_of_its_own_is_adopted_and_ended(tree: psutil.Process) -> None:
    sleeper = next(p for p in tree.children(recursive=True) if p.name() == "sleep")
    sleeper.parent().kill()
    wait_until(lambda: sleeper.ppid() == tree.pid, why="the orphan is adopted")
    kill_tree(tree.pid)
    wait_until(lambda: not sleeper.is_running(), why="the orphan has ended")


def test_what_carries_a_mark_is_found_without_a_tree() -> None:
    marked = subprocess.Popen(["sleep", "600"], env=os.environ | {"A_MARK": "m-1"})
    other = subprocess.Popen(["sleep", "600"], env=os.environ | {"A_MARK": "m-2"})
    kill_marked("A_MARK", "m-1")
    # psutil has taken the exit status already, so Popen cannot know it.
    assert marked.wait(5) is not None
    assert other.poll() is None
    other.kill()
    assert other.wait(5) == -9


def test_a_dead_process_of_this_machine_is_known() -> None:
    ended = subprocess.Popen(["true"])
    started = psutil.Process(ended.pid).create_time()
    wait_until(lambda: psutil.Process(ended.pid).status() == "zombie", why="it has ended")
    ended.wait()
    assert is_ours_and_dead(host=host_name(), pid=ended.pid, process_started_at=started)
    assert not is_ours_and_dead(host="elsewhere", pid=ended.pid, process_started_at=started)
