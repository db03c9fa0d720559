"""Owns one execution of a tracked cell: what is read before it, and what is recorded after it."""

from __future__ import annotations

import ast
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import did_you_mean
from mlops_lab.core.limits import MAX_CELL_BYTES
from mlops_lab.core.records import CellCaptured, TagSet
from mlops_lab.core.text import without_colours
from mlops_lab.core.tracking import ErrorInfo

from .capture.base import Capture, Outcome, Watched
from .capture.cell import CellReading, read_cell
from .capture.metrics import computed_metrics, numbers_before
from .capture.params import assigned_params, read_params
from .display import own_fault
from .run import RunLog
from .spool import Spool
from .trackline import TrackOptions

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell

MAX_MESSAGE_CHARS = 10_000
"""A longer message of an error is cut in the record; the user has seen it whole."""

MAX_TRACEBACK_CHARS = 100_000
"""Of a longer traceback only this much of its end is recorded."""


class Execution(ast.NodeTransformer):
    """Watches one cell for one run. As an AST transformer it is shown the cell, and changes nothing."""

    def __init__(
        self,
        run: RunLog,
        info: ExecutionInfo,
        *,
        shell: InteractiveShell,
        options: TrackOptions,
        captures: Sequence[Capture] = (),
        later: Callable[[Callable[[], None]], object],
        skip_params: frozenset[str] = frozenset(),
    ) -> None:
        self.run = run
        self.info = info
        self.options = options
        self._started_ns = time.perf_counter_ns()
        self._shell = shell
        self._skip = skip_params | set(options.params)
        self._thread = threading.get_ident()
        self._reading: CellReading | None = None
        self._is_magic = False
        self._reads: dict[str, str] = {}
        self._before: dict[str, Any] = {}
        self._inner_error: BaseException | None = None
        self._captures = [one for one in captures if one.kind not in options.off]
        self._seen: list[tuple[Capture, Any]] = []
        self._watched = Watched(
            run,
            shell=shell,
            source=info.raw_cell or "",
            options=options,
            off=options.off,
            later=later,
        )

    def note_inner(self, error: BaseException | None) -> None:
        """Remember how a cell ended that this one ran inside itself."""
        self._inner_error = self._inner_error or error

    def inner_error(self) -> BaseException | None:
        """Return the error of the body when the cell is a magic that ran its body as a cell.

        ``%%capture`` does, and reports success whatever became of the body. A cell that calls
        ``run_cell`` itself decides by itself whether that is a failure.
        """
        return self._inner_error if self._is_magic else None

    def elapsed_ms(self) -> Millis:
        """Return how long the cell has run."""
        return (time.perf_counter_ns() - self._started_ns) // 1_000_000

    def begin(self, spool: Spool) -> None:
        """Record what is known before the cell runs, and start watching."""
        count = self._shell.execution_count - bool(self.info.store_history)
        source, run_id = self.info.raw_cell or "", self.run.run_id
        size = len(source.encode("utf-8", "replace"))
        if size > MAX_CELL_BYTES:
            self.run.warn(
                f"The source of the cell was not stored: it has {size:,} bytes; "
                f"the limit is {MAX_CELL_BYTES:,}."
            )
        else:
            spool.write(CellCaptured(0, run_id, source, self.info.cell_id, count))
        for name, value in self.options.tags.items():
            spool.write(TagSet(0, run_id, name, value))
        given = {name: text for name, text in self.options.params.items() if text is not None}
        self.run.add_params(given, origin="option")
        self._shell.ast_transformers.append(self)

    def visit(self, tree: ast.AST) -> ast.AST:
        """Read the tree that IPython is about to run, and the globals that it takes."""
        try:
            if self._reading is None and self._thread == threading.get_ident():
                self._read(tree)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
            own_fault("reading the cell", error)
        return tree

    def _look_before(self, tree: ast.Module, reading: CellReading) -> None:
        self._watched.tree, self._watched.reading = tree, reading
        for capture in self._captures:
            try:
                self._seen.append((capture, capture.before(self._watched)))
            except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
                own_fault(f"capturing ({capture.kind})", error)

    def look_after(self, outcome: Outcome) -> None:
        """Let the captures record what the cell left."""
        for capture, seen in self._seen:
            try:
                capture.after(self._watched, seen, outcome)
            except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
                own_fault(f"capturing ({capture.kind})", error)

    def stop_watching(self) -> None:
        """Be shown no more trees."""
        self._shell.ast_transformers[:] = [
            transformer for transformer in self._shell.ast_transformers if transformer is not self
        ]

    def capture(self, *, ended_well: bool) -> str | None:
        """Record params and metrics as the cell left them; return the name of the primary metric."""
        namespace = self._shell.user_ns
        for name, text in self.options.params.items():
            if text is None:
                self.run.add_named_param(name, namespace)
        if self._reading is None:
            return self._primary({})
        assigned = self._wanted(assigned_params(self._reading, namespace))
        self.run.add_params(assigned, origin="assigned")
        self.run.add_params(self._reads, origin="read")
        numbers = computed_metrics(
            self._reading, namespace, before=self._before, ended_well=ended_well
        )
        # A name that the cell read and then computed anew is both: a param by its value at the
        # start, a metric by its value at the end.
        numbers = {
            name: number
            for name, number in numbers.items()
            if self.run.params.get(name) == self._reads.get(name) and name not in assigned
        }
        self.run.add_metrics(numbers)
        return self._primary(numbers)

    def _read(self, tree: ast.AST) -> None:
        if not isinstance(tree, ast.Module) or _is_cell_magic(tree):
            # ``%%time`` and the like come back with the tree of their body.
            self._is_magic = True
            return
        self._reading = reading = read_cell(tree)
        namespace = self._shell.user_ns
        reads = read_params(reading, namespace, hidden=self._shell.user_ns_hidden)
        self._reads = self._wanted(reads)
        self._before = numbers_before(reading, namespace)
        # A name that the cell also assigns is recorded at its end, with what it then holds.
        early = {n: text for n, text in self._reads.items() if n not in reading.literals}
        self.run.add_params(early, origin="read")
        self._look_before(tree, reading)

    def _wanted(self, texts: dict[str, str]) -> dict[str, str]:
        return {name: text for name, text in texts.items() if name not in self._skip}

    def _primary(self, numbers: dict[str, float]) -> str | None:
        named = self.options.metric
        if named is None:
            last = self.run.last_series
            return next(reversed(numbers), last.name if last else None)
        if named not in self.run.series:
            hint = did_you_mean(named, self.run.series) or "The cell has no metric."
            self.run.warn(f"The run has no metric {named!r}. {hint}")
        return named


def describe_error(error: BaseException, shell: InteractiveShell) -> ErrorInfo:
    """Return the error that ended a cell, with the traceback that the user was shown."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - the user's class decides what it raises
        message = "<the message could not be made>"
    name = type(error).__name__
    text = "\n".join(getattr(shell, "_last_traceback", None) or ())
    if name not in text:
        # The kernel keeps none, or still that of an earlier cell: a usage error has no traceback.
        text = "".join(_plain_traceback(error))
    return ErrorInfo(
        name=name,
        message=message[:MAX_MESSAGE_CHARS],
        traceback=without_colours(text)[-MAX_TRACEBACK_CHARS:],
    )


def _plain_traceback(error: BaseException) -> list[str]:
    frames = error.__traceback__
    while frames is not None and "IPython" in frames.tb_frame.f_code.co_filename:
        frames = frames.tb_next
    return traceback.format_exception(type(error), error, frames)


def _is_cell_magic(tree: ast.Module) -> bool:
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return False
    call = tree.body[0].value
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "run_cell_magic"
    )
