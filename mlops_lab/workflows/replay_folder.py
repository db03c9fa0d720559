"""Owns the files of one reproduction: what its process shall run, and what comes back."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from mlops_lab.jobs.folder import ProcessFolder


class ReplayOrder(msgspec.Struct, frozen=True):
    """What the process shall run. ``program`` is the Python of a replayed environment.

    ``may_fail`` are the indexes of the cells at which an error is no reason to stop.
    """

    kernel_name: str
    working_dir: str
    runtime_dir: str
    may_fail: list[int]
    program: str | None = None


class KernelStarted(msgspec.Struct, frozen=True, tag="kernel"):
    """The clean kernel is ready. ``note`` says in words what is not as it was recorded."""

    note: str = ""


class CellRan(msgspec.Struct, frozen=True, tag="cell"):
    """A cell has ended. ``error`` is class and message of what it raised, if it raised."""

    index: int
    error: str | None = None


class ReplayEnded(msgspec.Struct, frozen=True, tag="end"):
    """Nothing more will come. ``fault`` is why it could not go on, in words."""

    fault: str | None = None


ReplayProgress = KernelStarted | CellRan | ReplayEnded

_decoder = msgspec.json.Decoder(ReplayProgress)


class ReplayFolder(ProcessFolder):
    """``<data_dir>/reproductions/<id>``: gone when the reproduction has ended."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.owner = path / "owner.json"

    def read_order(self) -> ReplayOrder:
        """Return what shall be run.

        Raises:
            OSError: there is no order.
            msgspec.MsgspecError: it cannot be read.
        """
        return msgspec.json.decode(self.order.read_bytes(), type=ReplayOrder)

    def read_progress(self) -> list[ReplayProgress]:
        """Return everything that was reported so far; a line in the making is left out."""
        try:
            content = self.progress.read_bytes()
        except OSError:
            return []
        found: list[ReplayProgress] = []
        for line in content[: content.rfind(b"\n") + 1].splitlines():
            with contextlib.suppress(msgspec.MsgspecError):
                found.append(_decoder.decode(line))
        return found

    def read_log(self, *, most: int = 2_000) -> str:
        """Return the end of what the process wrote, at most ``most`` characters."""
        try:
            return self.log.read_text("utf-8", "replace").strip()[-most:]
        except OSError:
            return ""
