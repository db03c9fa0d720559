"""How reproductions end that do not come to their end, and that nothing of them is left."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from jobs.production import wait_until

from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.core.facets import Reproduction
from mlops_lab.core.kernelenv import REPLAY
from mlops_lab.lab import Lab
from mlops_lab.tracking.reproductions import settle_reproductions
from mlops_lab.workflows.reproduce import Wishes, begin, write_restored
from mlops_lab.workflows.reproduce_later import start_reproduction

from .recorder import Recorder, replay_processes

IN_REPLAY = f"import os\nis_replay = bool(os.environ.get({REPLAY!r}))"
WAIT = """%%track
import pathlib, subprocess, sys, time
if is_replay:
    nap = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    pathlib.Path("started").touch()
    while True:
        time.sleep(0.05)
score = 1.0"""


def newest(lab: Lab, run_id: str) -> Reproduction:
    return lab.tracking.get_capture(run_id).reproductions[-1]


def nothing_left(recorder: Recorder) -> bool:
    data_dir = recorder.lab.settings.data_dir
    folders = list((data_dir / "reproductions").glob("*"))
    return replay_processes(data_dir) == [] and folders == []


def test_a_clean_kernel_that_is_killed_is_told_of(recorder: Recorder) -> None:
    run_id = recorder.record(
        f"{IN_REPLAY}\nimport signal",
        "%%track\nif is_replay:\n    os.kill(os.getpid(), signal.SIGKILL)\na = 1.5 * 2",
    )
    done = recorder.reproduce(run_id)
    assert done.state == "failed"
    assert "The clean kernel died in cell 3" in done.message
    assert nothing_left(recorder)


def test_one_that_takes_too_long_is_ended_with_all_that_it_started(recorder: Recorder) -> None:
    run_id = recorder.record(IN_REPLAY, WAIT)
    done = recorder.reproduce(run_id, Wishes(timeout_s=5))
    assert (done.state, done.message[:22]) == ("failed", "It took longer than 5 ")
    assert nothing_left(recorder)


def test_an_interrupt_ends_it_and_says_so(recorder: Recorder) -> None:
    run_id = recorder.record(IN_REPLAY, WAIT)
    command = [sys.executable, "-m", "mlops_lab.cli", "reproduce", run_id]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    wait_until((recorder.folder / "started").exists)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "interrupted" in said
    done = newest(recorder.lab, run_id)
    assert (done.state, done.message) == ("failed", "It was interrupted.")
    assert nothing_left(recorder)


def test_a_process_that_dies_leaves_failed_and_nothing_that_runs(recorder: Recorder) -> None:
    run_id = recorder.record(IN_REPLAY, WAIT)
    begun = start_reproduction(recorder.lab, run_id, Wishes())
    assert start_reproduction(recorder.lab, run_id, Wishes()) == begun
    wait_until((recorder.folder / "started").exists)
    data_dir = recorder.lab.settings.data_dir
    [owner] = [p for p in psutil.Process().children() if "--id" in p.cmdline()]
    owner.kill()
    wait_until(lambda: newest(recorder.lab, run_id).state != "running")
    assert "signal 9" in newest(recorder.lab, run_id).message
    wait_until(lambda: replay_processes(data_dir) == [])


def test_one_that_nobody_watched_is_settled_by_who_looks_next(recorder: Recorder) -> None:
    run_id = recorder.record("%%track\nscore = 1.0 * 2")
    begun, is_new = begin(recorder.lab, run_id, Wishes())
    assert is_new
    assert begin(recorder.lab, run_id, Wishes()) == (begun, False)
    assert settle_reproductions(recorder.lab.store) == 0
    code = (
        "import sys\nfrom pathlib import Path\nfrom mlops_lab.core.settings import make_settings\n"
        "from mlops_lab.lab import Lab\nfrom mlops_lab.workflows.reproduce import Wishes\n"
        "from mlops_lab.tracking.reproductions import *\n"
        "lab = Lab.open(make_settings(jupyter_data_dir=Path()))\n"
        f"found = read_reproduction(lab.store, {run_id!r}, {begun.id!r})\n"
        f"put_reproduction(lab.store, {run_id!r}, found)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert settle_reproductions(recorder.lab.store) == 1
    assert newest(recorder.lab, run_id).state == "failed"
    assert recorder.reproduce(run_id).state == "agrees"


def test_a_run_that_is_reproduced_already_or_still_runs_is_refused(recorder: Recorder) -> None:
    run_id = recorder.record("%%track\nscore = 1.0 * 2")
    begin(recorder.lab, run_id, Wishes())
    with pytest.raises(ConflictError, match="reproduced already"):
        recorder.reproduce(run_id)
    with pytest.raises(NotFoundError):
        recorder.reproduce("f" * 32)
    with pytest.raises(InvalidInputError):
        recorder.reproduce(run_id, Wishes(timeout_s=0))


def test_the_folder_of_the_notebook_must_be_there(recorder: Recorder) -> None:
    run_id = recorder.record("%%track\nscore = 1.0 * 2")
    recorder.folder.rename(recorder.folder.with_name("moved"))
    done = recorder.reproduce(run_id)
    assert done.state == "failed"
    assert "does not exist any more" in done.message


def test_a_restored_notebook_never_replaces_a_file(recorder: Recorder, tmp_path: Path) -> None:
    run_id = recorder.record("%%track\nscore = 1.0 * 2")
    path = tmp_path / "restored.ipynb"
    write_restored(recorder.lab, run_id, path)
    before = path.read_text()
    with pytest.raises(ConflictError):
        write_restored(recorder.lab, run_id, path)
    assert path.read_text() == before
