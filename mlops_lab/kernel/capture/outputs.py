"""Owns the capture of what a cell shows: in a kernel from its messages, elsewhere from IPython's record."""

from __future__ import annotations

import os
import select
import sys
import time
import weakref
from typing import TYPE_CHECKING, Any

import msgspec

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.facets import Outputs

from .base import Outcome, Watched
from .iopub import MessageWatch
from .outputlog import OutputLog
from .shellrecord import ShellRecord, add_error

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from mlops_lab.kernel.run import RunLog

DRAIN_S = 0.25
"""What child processes wrote just before the end of the cell is waited for so long."""


AT_ONCE_BYTES = 16_384
"""Larger outputs are looked through for secrets and recorded in the background."""


class _Messages:
    """The outputs of one cell of a kernel."""

    __slots__ = ("_watch", "log", "parent_id")

    def __init__(self, watch: MessageWatch, parent_id: str) -> None:
        self.log = OutputLog(_encoder(watch.session))
        self.parent_id = parent_id
        self._watch = watch
        watch.begin(parent_id, self.log)

    def finish(self, outcome: Outcome, shell: InteractiveShell) -> OutputLog:
        """Return what was shown, with what is on its way."""
        for stream in (sys.stdout, sys.stderr):
            _drain(stream)
        self._watch.end(self.parent_id)
        if outcome.error is not None and not self.log.has_error:
            # The cell was not compiled: its error was shown before anything could be observed.
            add_error(self.log, outcome.error, shell)
        return self.log


class OutputsCapture:
    """Records what a cell showed. It observes; what the user sees goes its way untouched."""

    kind: CaptureKind = "outputs"

    def __init__(self) -> None:
        self._watch: MessageWatch | None = None
        self._waiting: weakref.WeakKeyDictionary[RunLog, int] = weakref.WeakKeyDictionary()
        self._earlier: weakref.WeakKeyDictionary[RunLog, Outputs] = weakref.WeakKeyDictionary()

    def before(self, cell: Watched) -> Any:
        """Begin to observe; return what gives the outputs at the end."""
        kernel = getattr(cell.shell, "kernel", None)
        session = getattr(kernel, "session", None)
        if session is None:
            return ShellRecord(cell.shell), os.getpid()
        if self._watch is None or self._watch.session is not session:
            sender = getattr(getattr(kernel, "iopub_socket", None), "io_thread", None)
            self._watch = MessageWatch(session, sender)
        parent = cell.shell.get_parent()  # type: ignore[attr-defined]
        message_id = parent.get("header", parent).get("msg_id", "")
        return _Messages(self._watch, message_id), os.getpid()

    def after(self, cell: Watched, seen: Any, outcome: Outcome) -> None:
        """Record what was shown; nothing where nothing was."""
        source, pid = seen
        if pid != os.getpid():
            return
        log = source.finish(outcome, cell.shell)
        if log.is_empty:
            return
        # Of several cells of one run the first is recorded first.
        if log.size <= AT_ONCE_BYTES and not self._waiting.get(cell.run):
            self._record(cell.run, log)
            return
        self._waiting[cell.run] = self._waiting.get(cell.run, 0) + 1
        if cell.later(lambda: self._record_late(cell.run, log)) is False:
            self._record_late(cell.run, log)

    def _record_late(self, run: RunLog, log: OutputLog) -> None:
        try:
            self._record(run, log)
        finally:
            self._waiting[run] -= 1

    def _record(self, run: RunLog, log: OutputLog) -> None:
        content = log.content(self._earlier.get(run))
        self._earlier[run] = content
        run.add_facet("outputs", "", content)


def _encoder(session: Any) -> Any:
    """Return how a JSON value is encoded; what only the kernel's own encoder knows goes by that."""

    def encode(value: Any) -> bytes:
        try:
            return msgspec.json.encode(value)
        except (TypeError, ValueError, OverflowError, UnicodeEncodeError):
            packed = session.pack(value)
            return packed if isinstance(packed, bytes) else str(packed).encode("utf-8", "replace")

    return encode


def _drain(stream: Any) -> None:
    """Have what waits in ``stream`` sent, first of all what was written to its file descriptor."""
    pipe = getattr(stream, "_fid", None)
    if pipe is not None and _waits(pipe):
        deadline = time.monotonic() + DRAIN_S
        while _waits(pipe) and time.monotonic() < deadline:
            time.sleep(0.001)
        # The thread that reads the pipe may not have handed on yet what it has read.
        time.sleep(0.001)
    if getattr(stream, "_flush_pending", True):
        stream.flush()


def _waits(pipe: int) -> bool:
    try:
        return bool(select.select([pipe], [], [], 0)[0])
    except (OSError, ValueError):
        return False
