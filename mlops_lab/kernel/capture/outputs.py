"""Owns the capture of what a cell shows: in a kernel from its messages, elsewhere from IPython's record."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.facets import Outputs

from .base import Outcome, Watched
from .iopub import MessageWatch
from .outputlog import RUN_BYTES, OutputLog
from .shellrecord import ShellRecord, add_error

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from mlops_lab.kernel.run import RunLog

AT_ONCE_BYTES = 16_384
"""Larger outputs are looked through for secrets and recorded in the background."""

MAX_GROWING = 16
"""To so many cells of one run, the latest, what comes late is added."""

MAX_KEPT_BYTES = 33_554_432
"""What runs that ended showed is kept for when they go on: about so much, that of the latest runs."""


class _Messages:
    """The outputs of one cell of a kernel."""

    __slots__ = ("_watch", "log", "parent_id")

    def __init__(self, watch: MessageWatch, parent_id: str) -> None:
        self.log = OutputLog(_encoder(watch.session))
        self.parent_id = parent_id
        self._watch = watch
        watch.begin(parent_id, self.log)

    def finish(
        self, outcome: Outcome, shell: InteractiveShell, on_late: Callable[[], None]
    ) -> OutputLog:
        """Return what was shown, with what Python wrote; ``on_late`` tells of what comes after."""
        for stream in (sys.stdout, sys.stderr):
            # Also when something is on its way just now, which no stream tells.
            if not self.log.is_empty or getattr(stream, "_flush_pending", True):
                stream.flush()
        if outcome.error is not None and not self.log.has_error:
            # The cell was not compiled: its error was shown before anything could be observed.
            add_error(self.log, outcome.error, shell)
        self._watch.end(self.parent_id, on_late)
        return self.log


class _RunOutputs:
    """The outputs of the cells of one run: those that have settled, and the latest."""

    def __init__(self, run: RunLog) -> None:
        self.is_due = False
        self._run = weakref.ref(run)
        self._settled: Outputs | None = None
        self._settled_size = 0
        self._growing: deque[OutputLog] = deque()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """How many bytes are kept, about."""
        return self._settled_size + sum(log.size for log in list(self._growing))

    def add(self, log: OutputLog) -> None:
        """Put what a cell showed behind what earlier ones showed."""
        with self._lock:
            self._growing.append(log)
            if len(self._growing) > MAX_GROWING:
                log = self._growing.popleft()
                self._settled_size = min(self._settled_size + log.size, RUN_BYTES)
                self._settled = log.content(self._settled)

    def record(self) -> None:
        """Record all outputs of the run as they are now."""
        with self._lock:
            self.is_due = False
            run, content = self._run(), self._settled
            for log in self._growing:
                content = log.content(content)
            if run is not None and content is not None:
                run.add_facet("outputs", "", content)

    def record_later(self, later: Callable[[Callable[[], None]], object]) -> None:
        """Have that done in the background; once, however often it is asked for until then."""
        if self.is_due:
            return
        self.is_due = True
        if later(self.record) is False:
            self.record()


class OutputsCapture:
    """Records what a cell showed. It observes; what the user sees goes its way untouched."""

    kind: CaptureKind = "outputs"

    def __init__(self) -> None:
        self._watch: MessageWatch | None = None
        self._of_runs: weakref.WeakKeyDictionary[RunLog, _RunOutputs] = weakref.WeakKeyDictionary()
        self._added = 0

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
        outputs = self.outputs_of(cell.run)
        later = cell.later
        log = source.finish(outcome, cell.shell, lambda: outputs.record_later(later))
        outputs.add(log)
        self.forget_oldest(log.size)
        if log.is_empty:
            return
        if log.size <= AT_ONCE_BYTES and not outputs.is_due:
            outputs.record()
        else:
            outputs.record_later(later)

    def outputs_of(self, run: RunLog) -> _RunOutputs:
        """Return what the cells of a run showed, as far as it is kept."""
        outputs = self._of_runs.get(run)
        if outputs is None:
            outputs = self._of_runs[run] = _RunOutputs(run)
        return outputs

    def forget_oldest(self, added: int) -> None:
        """Keep the outputs of ended runs bounded, of which ``added`` bytes came in just now."""
        self._added += added
        # Now and then, because there are many runs.
        if self._added < MAX_KEPT_BYTES // 2:
            return
        self._added = left = 0
        for run, outputs in reversed(list(self._of_runs.items())):
            left += outputs.size
            if left > MAX_KEPT_BYTES and not run.is_open:
                del self._of_runs[run]


def _encoder(session: Any) -> Any:
    """Return how a JSON value is encoded; what only the kernel's own encoder knows goes by that."""

    def encode(value: Any) -> bytes:
        try:
            return msgspec.json.encode(value)
        except (TypeError, ValueError, OverflowError, UnicodeEncodeError):
            packed = session.pack(value)
            return packed if isinstance(packed, bytes) else str(packed).encode("utf-8", "replace")

    return encode
