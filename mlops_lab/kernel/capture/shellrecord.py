"""Owns the outputs of a cell of a plain IPython: what IPython itself keeps of them, if it does."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from .base import Outcome
from .outputlog import OutputLog

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_STREAMS = {"out_stream": "stdout", "err_stream": "stderr"}


class ShellRecord:
    """What ``HistoryManager.outputs`` gets while a cell runs; IPython 9 and later have it.

    The streams of a terminal are not wrapped for this: programs may ask what they are.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        count = shell.execution_count
        self._counts = (count - 1, count)
        self._before = {number: _extent(self._entries(number)) for number in self._counts}

    def finish(
        self, outcome: Outcome, shell: InteractiveShell, _on_late: Callable[[], None]
    ) -> OutputLog:
        """Return what was shown since then; the error that ended the cell is the last of it."""
        log = OutputLog(msgspec.json.encode)
        for number in self._counts:
            entries, pieces = self._before[number]
            found = self._entries(number)
            if pieces:
                # IPython goes on in the entry of the stream that it wrote to last.
                _add(log, found[entries - 1], pieces)
            for entry in found[entries:]:
                _add(log, entry, 0)
        if outcome.error is not None:
            add_error(log, outcome.error, shell)
        return log

    def _entries(self, number: int) -> list[Any]:
        outputs = getattr(self._shell.history_manager, "outputs", None)
        return outputs.get(number, []) if outputs is not None else []


def add_error(log: OutputLog, error: BaseException, shell: InteractiveShell) -> None:
    """Put the error that ended a cell behind its outputs, as IPython told it."""
    name = type(error).__name__
    text = "\n".join(getattr(shell, "_last_traceback", None) or ())
    if name not in text:
        # IPython keeps none, or still that of an earlier cell.
        text = "".join(traceback.format_exception_only(error))
    log.add("error", {"text/plain": text}, name=name)


def _extent(entries: list[Any]) -> tuple[int, int]:
    """Return how many entries there are, and how many pieces the last one has, if it is a stream."""
    if not entries or entries[-1].output_type not in _STREAMS:
        return len(entries), 0
    return len(entries), len(entries[-1].bundle.get("stream", []))


def _add(log: OutputLog, entry: Any, skip: int) -> None:
    if entry.output_type in _STREAMS:
        pieces = entry.bundle.get("stream", [])
        log.add_text(_STREAMS[entry.output_type], "".join(pieces[skip:]))
    elif entry.output_type == "execute_result":
        log.add("result", entry.bundle)
    elif entry.output_type == "display_data":
        log.add("display", entry.bundle)
