"""Owns runner processes on this machine: how they are started, watched and ended."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from mlops_lab.core import kernelenv
from mlops_lab.core.settings import ARTIFACT_URL, DATA_DIR, STORE_URL
from mlops_lab.jobs.folder import JobFolder
from mlops_lab.jobs.processes import kill_marked, kill_tree

_EXIT_S = 10

# The address of the store may hold a password. A notebook delivers to its worker and needs no store.
_NOT_FOR_KERNELS = {
    kernelenv.JOB_CONTEXT,
    kernelenv.SPOOL_DIR,
    STORE_URL,
    DATA_DIR,
    ARTIFACT_URL,
}


class Execution:
    """One runner with all that it started."""

    def __init__(self, process: subprocess.Popen[bytes], folder: JobFolder, runtime: Path) -> None:
        self._process = process
        self._folder = folder
        self._runtime = runtime

    @property
    def pid(self) -> int:
        """The process id of the runner."""
        return self._process.pid

    def has_ended(self) -> bool:
        """Tell whether the runner has ended."""
        return self._process.poll() is not None

    def end(self) -> int:
        """End whatever still runs of the whole tree, and return the runner's exit status."""
        if not self.has_ended():
            kill_tree(self._process.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_EXIT_S)
        kill_marked(kernelenv.JOB_CONTEXT, str(self._folder.context))
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        shutil.rmtree(self._runtime, ignore_errors=True)
        return -1 if self._process.returncode is None else self._process.returncode


class LocalExecutor:
    """Starts runners, and keeps one ahead that has loaded what the next job will need."""

    def __init__(self, *, server_url: str, kernel_token: str) -> None:
        self._variables = {
            kernelenv.SERVER_URL: server_url,
            kernelenv.KERNEL_TOKEN: kernel_token,
        }
        self._lock = threading.Lock()
        self._spare: subprocess.Popen[bytes] | None = None

    def make_runtime_dir(self) -> Path:
        """Make the folder of a kernel's connection file and sockets.

        Not in the job's folder: a local socket's path may have about 107 bytes only.

        Raises:
            OSError: it cannot be made.
        """
        return Path(tempfile.mkdtemp(prefix="mlops-lab-"))

    def start(self, folder: JobFolder, *, runtime_dir: Path) -> Execution:
        """Start the job whose order is in ``folder``.

        Raises:
            OSError: no process can be started.
        """
        line = os.fsencode(f"{folder.path}\n")
        with self._lock:
            process, self._spare = self._spare, None
        if process is None or not _tell(process, line):
            process = self._start_runner()
            _tell(process, line)
        return Execution(process, folder, runtime_dir)

    def prepare(self) -> None:
        """Have a runner ready for the next job."""
        with self._lock:
            if self._spare is None or self._spare.poll() is not None:
                self._spare = self._start_runner()

    def close(self) -> None:
        """End the runner that was kept ready."""
        with self._lock:
            process, self._spare = self._spare, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_EXIT_S)

    def _start_runner(self) -> subprocess.Popen[bytes]:
        # -P: what lies in the current folder must not be taken for a module of ours.
        command = [sys.executable, "-P", "-m", "mlops_lab.jobs.runner"]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            start_new_session=True,
            env=_kernel_environment() | self._variables,
        )


def _kernel_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in _NOT_FOR_KERNELS}


def _tell(process: subprocess.Popen[bytes], line: bytes) -> bool:
    if process.stdin is None or process.poll() is not None:
        return False
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except OSError:
        return False
    return True
