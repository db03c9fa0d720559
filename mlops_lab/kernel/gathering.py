"""Owns the records that a thread of captures makes together: they reach the file in one write."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import TYPE_CHECKING

from mlops_lab.core.records import Record

if TYPE_CHECKING:
    from .run import RunLog
    from .spool import Spool

MAX_CHARS = 65_536
"""More than this does not wait for what follows."""


def gathered(run: RunLog, call: Callable[[], None]) -> None:
    """Make a call; what it writes to ``run`` in this thread is in the file when it has ended.

    It is for what captures record around the code of a user, never for what the user logs: that
    code must not run inside. What other threads write meanwhile is written at once.
    """
    gathering = _Gathering(run)
    try:
        try:
            gathering.begin()
            call()
        finally:
            gathering.end()
    except BaseException:
        # Ctrl-C may have come between the call and its end.
        gathering.end()
        raise


class _Gathering:
    """Stands between a run and its spool."""

    __slots__ = ("_chars", "_records", "_run", "_spool", "_thread")

    def __init__(self, run: RunLog) -> None:
        self._run = run
        self._spool: Spool = run.spool
        self._thread = get_ident()
        self._records: list[tuple[str, str]] = []
        self._chars = 0

    def begin(self) -> None:
        self._run.write_by(self._write, self._append)

    def end(self) -> None:
        """Write what waits; again, it does nothing."""
        self._run.write_by(self._spool.write, self._spool.append)
        self._spool.append_many(self._records)

    def _write(self, record: Record) -> None:
        self._append(*self._spool.encode(record))

    def _append(self, tag: str, body: str) -> None:
        if get_ident() != self._thread:
            if tag == "facet":
                # It replaces an earlier one of its name, which may be waiting here.
                self._spool.append_many(self._records)
            self._spool.append(tag, body)
            return
        self._records.append((tag, body))
        self._chars += len(body)
        if self._chars > MAX_CHARS:
            self._chars = 0
            self._spool.append_many(self._records)
