"""Owns the folder of a process that executes a notebook: its files, and how they are written and read."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import msgspec

from mlops_lab.core.jobs import JobLog

from .files import temporary_of
from .order import Order, Progress

_MAX_LOG_CHUNK = 1_048_576


class ProcessFolder:
    """What a process that executes a notebook is given, and what comes back from it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.order = path / "order.json"
        self.input = path / "input.ipynb"
        self.context = path / "context.json"
        self.progress = path / "progress.jsonl"
        self.log = path / "log.txt"
        self.spool = path / "spool"

    def make(self) -> None:
        """Make the folder, readable by its owner only.

        Raises:
            OSError: it cannot be made.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.spool.mkdir(exist_ok=True)


class Reporter:
    """Appends what a process has to report to a file, one whole line at a time."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def __call__(self, progress: msgspec.Struct) -> None:
        """Append one line."""
        os.write(self._handle, msgspec.json.encode(progress) + b"\n")


class JobFolder(ProcessFolder):
    """``<jobs_dir>/<job_id>``: what the worker gives to the runner, and what comes back."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.executed = path / "executed.ipynb"

    def read_order(self) -> Order:
        """Return what the runner shall do.

        Raises:
            OSError: there is no order.
            msgspec.DecodeError: it cannot be read.
        """
        return msgspec.json.decode(self.order.read_bytes(), type=Order)

    def read_executed(self) -> bytes | None:
        """Return the executed notebook as far as it got, or None."""
        try:
            return self.executed.read_bytes()
        except OSError:
            return None

    def tidy(self, *, has_notebook: bool) -> None:
        """Remove what nobody needs when the job has ended; the log stays, as far as it is there.

        Args:
            has_notebook: the executed notebook is kept elsewhere; else it stays here.
        """
        done = [self.order, self.input, self.context, self.progress]
        if has_notebook:
            done += [self.executed, temporary_of(self.executed)]
        for path in done:
            with contextlib.suppress(OSError):
                path.unlink()
        # Records that could not be stored are kept.
        with contextlib.suppress(OSError):
            self.spool.rmdir()

    def read_log(self, offset: int) -> JobLog:
        """Return the log from the byte ``offset`` on, at most a mebibyte of it."""
        try:
            with self.log.open("rb") as file:
                file.seek(offset)
                chunk = file.read(_MAX_LOG_CHUNK)
        except OSError:
            return JobLog(text="", next_offset=offset)
        whole = _whole_characters(chunk)
        return JobLog(text=whole.decode("utf-8", "replace"), next_offset=offset + len(whole))


class ProgressReader:
    """Reads the lines that the runner has added since the last look.

    A line that cannot be read is left out: on a full disk a line may be written in part.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._decoder = msgspec.json.Decoder(Progress)

    def read(self) -> list[Progress]:
        """Return what is new; a line that is still being written is left for the next look."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read()
        except OSError:
            return []
        whole = chunk[: chunk.rfind(b"\n") + 1]
        self._offset += len(whole)
        found: list[Progress] = []
        for line in whole.splitlines():
            with contextlib.suppress(msgspec.MsgspecError):
                found.append(self._decoder.decode(line))
        return found


def _whole_characters(chunk: bytes) -> bytes:
    # UTF-8 characters have up to four bytes; the writer may be between two of them.
    for cut in range(min(4, len(chunk))):
        part = chunk[: len(chunk) - cut]
        try:
            part.decode("utf-8")
        except UnicodeDecodeError:
            continue
        return part
    return chunk
