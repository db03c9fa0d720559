"""Proves what a kernel without a server reads, and that a reproduction's spool makes no runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_lab.core.kernelenv import REPLAY, SPOOL_DIR
from mlops_lab.core.records import RunStarted
from mlops_lab.kernel.spool import Spool

RUN = "0190a1b2c3d4" + "ab" * 10


@pytest.fixture
def spooled() -> Path:
    """The folder of a spool that holds one run."""
    folder = Path(os.environ[SPOOL_DIR])
    spool = Spool(folder, warn=print, delivers=False)
    spool.write(
        RunStarted(0, RUN, "r", "e", "notebook", "ada", 1, None, None, None, None, None, None)
    )
    spool.close(acknowledged_seq=0)
    return folder


def read(path: str, **environ: str) -> tuple[int, dict]:
    done = subprocess.run(
        [sys.executable, "-m", "mlops_lab.commands.read", path, "{}"],
        capture_output=True,
        check=False,
        env={**os.environ, **environ},
        timeout=120,
    )
    return done.returncode, json.loads(done.stdout)


def test_the_spool_is_taken_in_but_for_a_reproduction(spooled: Path) -> None:
    files = {path: path.read_bytes() for path in spooled.glob("*.jsonl")}
    assert len(files) == 1
    status, page = read("runs", **{REPLAY: "1"})
    assert (status, page["runs"]) == (0, [])
    assert {path: path.read_bytes() for path in spooled.glob("*.jsonl")} == files
    status, page = read("runs")
    assert status == 0
    assert [run["id"] for run in page["runs"]] == [RUN]


def test_what_cannot_be_read_is_told_in_words() -> None:
    status, problem = read("jobs")
    assert status == 3
    assert problem == {
        "code": "invalid_input",
        "detail": "'jobs' cannot be read without a server.",
        "hint": "Open JupyterLab.",
    }
