"""Owns the process of one reproduction: how it is started, how long it may take, and its certain end."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from mlops_lab.core import kernelenv
from mlops_lab.core.capture import NO_CAPTURE
from mlops_lab.core.settings import STORE_URL
from mlops_lab.jobs.processes import kill_marked, kill_tree

from .replay_folder import ReplayFolder

_EXIT_S = 10
_LOOK_S = 0.1
_NOTEBOOK_FILE = "JPY_SESSION_NAME"
_NOT_SHOWN = "chip,outputs"

_NOT_INHERITED = frozenset({NO_CAPTURE, _NOTEBOOK_FILE, "JPY_PARENT_PID"})


class ReplayProcess:
    """The process that runs a reproduction, with all that it starts."""

    def __init__(self, folder: ReplayFolder, *, runtime: Path, notebook_file: str | None) -> None:
        self._folder = folder
        self._runtime = runtime
        with folder.log.open("ab") as log:
            # -P: what lies in the current folder must not be taken for a module of ours.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "mlops_lab.workflows.replayer", str(folder.path)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=replay_environment(folder, notebook_file=notebook_file),
            )

    def wait(self, timeout_s: float | None) -> bool:
        """Wait for the end; tell whether it came in time."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while self._process.poll() is None:
            if deadline is not None and time.monotonic() >= deadline:
                return False
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_LOOK_S)
        return True

    def end(self) -> int:
        """End whatever still runs of the whole tree, and return the exit status."""
        if self._process.poll() is None:
            kill_tree(self._process.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_EXIT_S)
        kill_marked(kernelenv.REPLAY, str(self._folder.path))
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        shutil.rmtree(self._runtime, ignore_errors=True)
        return -1 if self._process.returncode is None else self._process.returncode


def make_runtime_dir() -> Path:
    """Make the folder of the kernel's connection file and sockets, whose paths must be short.

    Raises:
        OSError: it cannot be made.
    """
    return Path(tempfile.mkdtemp(prefix="mlops-lab-"))


def replay_environment(
    folder: ReplayFolder, *, notebook_file: str | None, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the environment of the clean kernel.

    Its records go to a spool that nobody sweeps, so that it makes no runs. The address of a store
    that is a server may hold a password and is not passed on.
    """
    dropped = _NOT_INHERITED | kernelenv.inherited(environ)
    kept = {name: value for name, value in environ.items() if name not in dropped}
    if not kept.get(STORE_URL, "sqlite").startswith("sqlite"):
        del kept[STORE_URL]
    kept |= {
        kernelenv.REPLAY: str(folder.path),
        kernelenv.SPOOL_DIR: str(folder.spool),
        NO_CAPTURE: _NOT_SHOWN,
    }
    if notebook_file:
        kept[_NOTEBOOK_FILE] = notebook_file
    if folder.context.exists():
        kept[kernelenv.JOB_CONTEXT] = str(folder.context)
    return kept
