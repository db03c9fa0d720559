"""Owns what every capture around a tracked cell has in common: what it is shown, and when."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from mlops_lab.core.capture import CaptureKind

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from mlops_lab.kernel.history import History
    from mlops_lab.kernel.run import RunLog

    from .cell import CellReading

BUDGET_S = 0.05
"""What reading data may cost a cell at least."""

BUDGET_SHARE = 0.05
"""What reading data may cost a cell, as a share of its own time, where that is more."""


class Budget:
    """The time that captures may take from a cell, in seconds."""

    def __init__(self) -> None:
        self.spent_s = 0.0

    def left(self, *, cell_s: float = 0.0) -> float:
        """Return how much is left for a cell that has run for ``cell_s``; never negative."""
        return max(0.0, max(BUDGET_S, BUDGET_SHARE * cell_s) - self.spent_s)

    def spend(self, seconds: float) -> None:
        """Count ``seconds`` as used."""
        self.spent_s += seconds


class Watched:
    """A tracked cell, as the captures see it.

    ``tree`` and ``reading`` are None for a cell that never came to be compiled, such as one of
    another language. ``namespace`` is the user's, live. ``later`` runs a call in the background:
    it may add facets, metrics and warnings to the run, also after the run's end, but no params.
    ``injected`` are the names that a job was given. ``history`` has
    the cells that ran in this kernel; None around a run that a call opened.
    """

    __slots__ = (
        "budget",
        "history",
        "injected",
        "later",
        "masked",
        "namespace",
        "off",
        "options",
        "reading",
        "run",
        "shell",
        "source",
        "started_ns",
        "tree",
    )

    def __init__(
        self,
        run: RunLog,
        *,
        shell: InteractiveShell,
        source: str,
        options: Any,
        off: frozenset[CaptureKind],
        later: Callable[[Callable[[], None]], object],
        masked: frozenset[str] = frozenset(),
    ) -> None:
        self.run = run
        self.shell = shell
        self.source = source
        self.options = options
        self.off = off
        self.later = later
        self.masked = masked
        self.history: History | None = None
        self.injected: frozenset[str] = frozenset()
        self.budget = Budget()
        self.tree: ast.Module | None = None
        self.reading: CellReading | None = None
        self.namespace: Mapping[str, Any] = shell.user_ns
        self.started_ns = time.perf_counter_ns()

    def elapsed_s(self) -> float:
        """Return how long the cell has run."""
        return (time.perf_counter_ns() - self.started_ns) / 1e9


class Outcome(msgspec.Struct, frozen=True):
    """How the cell ended. ``result`` is the value of its last expression, if it has one."""

    ended_well: bool
    error: BaseException | None = None
    result: Any = None


class Capture(Protocol):
    """One kind of capture. One object serves all cells of a process; cells may run in threads.

    A fault in either call is told in one line and never reaches the cell.
    """

    kind: CaptureKind

    def before(self, cell: Watched) -> Any:
        """Look at the world just before the cell's code runs; what is returned goes to ``after``."""

    def after(self, cell: Watched, seen: Any, outcome: Outcome) -> None:
        """Record what the cell left, when it has ended."""
