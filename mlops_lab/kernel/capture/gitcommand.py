"""Owns how git is asked: quietly, without locks, prompts or programs of others, and not for long."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress

import msgspec

GIT_TIMEOUT_S = 5.0
"""A command of git that takes longer is ended."""

_READ_BYTES = 65_536
_WAITS = ("fork", "os.wait")
_OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
_QUIET = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
}
# A kernel that a hook of git started must not take the repository of the hook for its own.
_FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF")


class GitAnswer(msgspec.Struct, frozen=True):
    """What git said. ``out`` holds the first ``keep`` bytes, ``size`` counts all of them.

    ``code`` is None when the command was ended because it took too long.
    """

    code: int | None
    out: bytes
    size: int
    error: str

    @property
    def text(self) -> str:
        """The answer as text, without the line end."""
        return self.out.decode("utf-8", "replace").rstrip("\n")


class Git:
    """Runs git in a folder. ``cpu_s`` counts the processor seconds of the commands that have ended."""

    def __init__(self, *, timeout_s: float = GIT_TIMEOUT_S) -> None:
        self.timeout_s = timeout_s
        self.cpu_s = 0.0
        self._program: str | None = None
        self._was_looked_for = False

    def exists(self) -> bool:
        """Tell whether there is a git to run."""
        if not self._was_looked_for:
            import shutil

            self._program, self._was_looked_for = shutil.which("git"), True
        return self._program is not None

    def ask(self, folder: str, words: Sequence[str], *, keep: int = 16_777_216) -> GitAnswer:
        """Return the answer of ``git -C folder *words``.

        Raises:
            OSError: git cannot be started.
        """
        if not self.exists() or self._program is None:
            raise FileNotFoundError("git")
        # A session of its own: an interrupt of the kernel is not meant for git, and its filters
        # end with it.
        process = subprocess.Popen(
            [self._program, *_OPTIONS, "-C", folder, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=quiet_environment(),
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        late = threading.Event()
        timer = threading.Timer(self.timeout_s, _end_late, [process, late])
        timer.daemon = True
        timer.start()
        try:
            return self._read(process, late, keep)
        finally:
            timer.cancel()
            if process.poll() is None:
                _end(process)
                process.wait()

    def _read(
        self, process: subprocess.Popen[bytes], late: threading.Event, keep: int
    ) -> GitAnswer:
        if process.stdout is None or process.stderr is None:
            raise OSError("git has no pipes")
        with process.stdout, process.stderr:
            kept, size = bytearray(), 0
            while block := os.read(process.stdout.fileno(), _READ_BYTES):
                size += len(block)
                kept += block[: max(0, keep - len(kept))]
            # Git says little there: all of it fits into the pipe.
            error = process.stderr.read(_READ_BYTES).decode("utf-8", "replace")
        code = self._wait(process)
        return GitAnswer(None if late.is_set() else code, bytes(kept), size, error)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        """Return how the command ended; what it used is not what the cell used."""
        if hasattr(os, "wait4") and process.returncode is None:
            with suppress(ChildProcessError):
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                self.cpu_s += usage.ru_utime + usage.ru_stime
        return process.wait()


def may_wait(source: str) -> bool:
    """Tell whether a cell may wait for any child of its process: it must not be given git then."""
    return any(word in source for word in _WAITS)


def quiet_environment() -> dict[str, str]:
    """Return the environment in which git asks nobody anything and takes no lock."""
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return kept | _QUIET


def _end_late(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
