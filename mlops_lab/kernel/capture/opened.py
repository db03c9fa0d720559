"""Owns the audit hook: which files are opened while a tracked cell runs, and how."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

MAX_FILES = 100_000
"""More files than this of one cell are not noted."""

_EVENTS = frozenset({"open", "sqlite3.connect", "os.chdir"})
_WRITES = os.O_WRONLY | os.O_RDWR


class Opened:
    """The files that were opened during one cell, by path.

    ``read`` has their size and time of change when they were opened; ``written`` are those that the
    cell itself opened to write first.

    ``on_rewrite`` is called with the path of a file that was read, just before it is opened to write.
    """

    __slots__ = ("folder", "on_rewrite", "read", "written")

    def __init__(self, folder: str, on_rewrite: Callable[[str], None]) -> None:
        self.folder = folder
        self.on_rewrite = on_rewrite
        self.read: dict[str, tuple[int, int] | None] = {}
        self.written: dict[str, None] = {}

    def note(self, path: Any, mode: Any, flags: Any) -> None:
        """Take in one opening."""
        if type(path) is not str:
            if not isinstance(path, bytes | os.PathLike):
                return
            path = os.fsdecode(path)
        if path[:1] != "/" and not os.path.isabs(path):  # noqa: PTH117 - this runs for every file
            path = os.path.join(self.folder, path)  # noqa: PTH118 - this runs for every file
        if _only_reads(mode, flags):
            if path not in self.read and path not in self.written and len(self.read) < MAX_FILES:
                self.read[path] = _state(path)
            return
        if path in self.read:
            self.on_rewrite(path)
        elif len(self.written) < MAX_FILES:
            self.written[path] = None


def _state(path: str) -> tuple[int, int] | None:
    """Return size and time of change of a file, None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - this runs for every file
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _only_reads(mode: Any, flags: Any) -> bool:
    if type(mode) is str:
        return "r" in mode
    return type(flags) is int and not flags & _WRITES


class Watches:
    """The cells that run now, by thread; what another thread opens belongs to all of them."""

    def __init__(self) -> None:
        self._active: dict[int, Opened] = {}
        self._own = threading.local()
        self._installed = False

    def start(self, opened: Opened) -> None:
        """Note from now on what is opened; the hook is installed with the first call."""
        if not self._installed:
            self._installed = True
            sys.addaudithook(self._make_hook())
        self._active[threading.get_ident()] = opened

    def stop(self) -> None:
        """Note no more for the cell of this thread."""
        self._active.pop(threading.get_ident(), None)

    def _make_hook(self) -> Callable[[str, tuple[Any, ...]], None]:
        active, own, note = self._active, self._own, self._note

        def hook(event: str, args: tuple[Any, ...]) -> None:
            # Of every event of the process this is all that is done while no tracked cell runs.
            if not active:
                return
            if event not in _EVENTS or getattr(own, "busy", False):
                return
            own.busy = True
            try:
                note(event, args)
            except Exception:  # noqa: BLE001, S110 - it would end in the open() of the user
                pass
            finally:
                own.busy = False

        return hook

    def _note(self, event: str, args: tuple[Any, ...]) -> None:
        mine = self._active.get(threading.get_ident())
        if mine is None and threading.current_thread().name.startswith("mlops-lab"):
            return
        for opened in [mine] if mine is not None else list(self._active.values()):
            if event == "os.chdir":
                opened.folder = os.path.join(opened.folder, os.fsdecode(args[0]))  # noqa: PTH118
            elif event == "open":
                opened.note(*args[:3])
            else:
                opened.note(_sqlite_path(args[0]), "r", 0)


def _sqlite_path(name: Any) -> Any:
    text = os.fsdecode(name) if isinstance(name, bytes | os.PathLike | str) else ""
    return text.removeprefix("file:").partition("?")[0] if text.startswith("file:") else text


@cache
def process_watches() -> Watches:
    """Return the one hook of this process: Python can add hooks, but never take one out."""
    return Watches()
