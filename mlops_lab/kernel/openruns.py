"""Owns which runs are open and which of them a call belongs to, by thread and by asynchronous task."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from .run import RunLog


class Branch:
    """A run as a task sees it, and what was around it when it was opened there."""

    __slots__ = ("outer", "run")

    def __init__(self, run: RunLog, outer: Branch | None) -> None:
        self.run = run
        self.outer = outer


class OpenRuns:
    """The open runs of a process.

    Each thread has a stack; the innermost run takes what the thread logs. The task in which a
    thread's cells run is its home; any other task goes by the context that it inherited, so that
    runs of tasks which wait for one another do not mix. A thread without a run of its own belongs
    to the run in which it was started, and as long as that cannot be told to the innermost run of
    the cells (in a script: of the main thread).
    """

    def __init__(self) -> None:
        self._stacks: dict[int, list[RunLog]] = {}
        self._homes: dict[int, Any] = {}
        self._flow: list[RunLog] = []
        self._branches: list[RunLog] = []
        self._branch: ContextVar[Branch | None] = ContextVar("mlops_lab_run", default=None)
        self._adopted: WeakKeyDictionary[threading.Thread, RunLog] = WeakKeyDictionary()
        self._alive: dict[str, frozenset[threading.Thread]] = {}
        self._lock = threading.Lock()
        self.base: RunLog | None = None
        self._running_loop: Callable[[], Any] = self._loop_if_loaded

    def current(self) -> RunLog | None:
        """Return the run that takes what this thread or task logs now; None when there is none."""
        thread = threading.get_ident()
        stack = self._stacks.get(thread)
        at_home = self._is_home(thread)
        if stack and at_home:
            return stack[-1]
        if not (at_home and self._is_main(thread)):
            branch = self._branch.get()
            if branch is not None:
                # One that ended elsewhere still takes what its own tasks log late.
                return branch.run
        if self._adopted:
            adopted = self._adopted.get(threading.current_thread())
            if adopted is not None:
                return adopted
        return self.innermost()

    def own(self) -> RunLog | None:
        """Return the innermost open run that this very thread or task opened or runs in."""
        thread = threading.get_ident()
        if self._is_home(thread):
            stack = self._stacks.get(thread)
            return stack[-1] if stack else None
        branch = self._branch.get()
        while branch is not None and not branch.run.is_open:
            branch = branch.outer
        return branch.run if branch is not None else None

    def innermost(self) -> RunLog | None:
        """Return the innermost open run of the cells or of the main thread."""
        if self._flow:
            return self._flow[-1]
        return self._branches[0] if self._branches else self.base

    def set_home(self) -> None:
        """Take the running task for the one in which this thread's cells run."""
        self._homes[threading.get_ident()] = self._current_task()

    def push(self, run: RunLog, *, is_cell: bool) -> None:
        """Make ``run`` the innermost one of this thread or task."""
        thread = threading.get_ident()
        self._branch.set(Branch(run, self._branch.get()))
        if not is_cell and not self._is_home(thread):
            self._branches.append(run)
            return
        with self._lock:
            self._stacks[thread] = [*self._stacks.get(thread, ()), run]
        if is_cell or self._is_main(thread):
            self._alive[run.run_id] = frozenset(threading.enumerate())
            self._flow.append(run)

    def put_below(self, run: RunLog) -> None:
        """Make ``run`` the outermost one of this thread: it takes what is logged between cells."""
        thread = threading.get_ident()
        with self._lock:
            self._stacks[thread] = [run, *self._stacks.get(thread, ())]
        self._flow.insert(0, run)

    def remove(self, run: RunLog) -> None:
        """Take an ended run out; threads that it leaves behind go on logging into it."""
        before = self._alive.pop(run.run_id, None)
        if before is not None:
            for thread in threading.enumerate():
                if thread not in before and thread not in self._adopted:
                    self._adopted[thread] = run
        with self._lock:
            for thread_id, stack in list(self._stacks.items()):
                left = [one for one in stack if one is not run]
                if left:
                    self._stacks[thread_id] = left
                else:
                    del self._stacks[thread_id]
        for some in (self._flow, self._branches):
            if run in some:
                some.remove(run)
        branch = self._branch.get()
        if branch is not None and branch.run is run:
            self._branch.set(branch.outer)

    def start_anew_in_child(self) -> None:
        """After a fork: whoever held the lock is not here."""
        self._lock = threading.Lock()

    def within(self, run: RunLog) -> list[RunLog]:
        """Return the open runs that were opened inside ``run`` by the same thread, innermost first."""
        for stack in list(self._stacks.values()):
            if run in stack:
                return stack[: stack.index(run) : -1]
        return []

    def every(self) -> list[RunLog]:
        """Return all open runs, inner ones before those around them."""
        found = [run for stack in list(self._stacks.values()) for run in stack] + self._branches
        return list(dict.fromkeys(reversed(found)))

    def _is_main(self, thread: int) -> bool:
        return thread in self._homes or thread == threading.main_thread().ident

    def _is_home(self, thread: int) -> bool:
        return self._running_loop() is None or self._homes.get(thread) is self._current_task()

    def _loop_if_loaded(self) -> Any:
        """Return the running loop; loading asyncio takes longer than loading all of this product."""
        loaded = sys.modules.get("asyncio.events")
        find = getattr(loaded, "_get_running_loop", None)
        if find is None:
            return None
        self._running_loop = find
        return find()

    def _current_task(self) -> Any:
        loop = self._running_loop()
        return None if loop is None else sys.modules["asyncio"].current_task(loop)
