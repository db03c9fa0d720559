"""Owns one execution of a tracked cell: what is read before it, and what is recorded after it."""

from __future__ import annotations

import ast
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import did_you_mean
from mlops_lab.core.limits import MAX_CELL_BYTES
from mlops_lab.core.records import CellCaptured, TagSet
from mlops_lab.core.secrets import mask_text
from mlops_lab.core.text import without_colours
from mlops_lab.core.tracking import ErrorInfo
from mlops_lab.notebooks.parse import PYTHON_CELL_MAGICS

from .capture.base import Capture, Outcome, Watched
from .capture.cell import CellReading, read_cell
from .capture.params import masked_tag
from .display import own_fault
from .ending import MAX_MESSAGE_CHARS, MAX_TRACEBACK_CHARS, message_of
from .gathering import gathered
from .run import RunLog
from .trackline import TrackOptions

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell

    from .history import History


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
        off: frozenset[CaptureKind] = frozenset(),
        masked: frozenset[str] = frozenset(),
        history: History | None = None,
        skip_params: frozenset[str] = frozenset(),
    ) -> None:
        self.run = run
        self.info = info
        self.options = options
        self.off = off
        self._shell = shell
        self._thread = threading.get_ident()
        self._reading: CellReading | None = None
        self._is_magic = False
        self._inner_error: BaseException | None = None
        self._captures = [one for one in captures if one.kind not in off]
        self._looked = False
        self.on_ready: Callable[[ast.Module | None], None] | None = None
        self.end_autolog: Callable[[], None] | None = None
        self._seen: list[tuple[Capture, Any]] = []
        self._watched = Watched(
            run,
            shell=shell,
            source=info.raw_cell or "",
            options=options,
            off=off,
            later=later,
            masked=masked,
        )
        self._watched.injected = skip_params
        self._watched.history = history

    @property
    def reading(self) -> CellReading | None:
        """What the code of the cell says; None while it has not come to be compiled."""
        return self._reading

    def note_inner(self, error: BaseException | None) -> None:
        """Remember how a cell ended that this one ran inside itself."""
        self._inner_error = self._inner_error or error

    def inner_error(self) -> BaseException | None:
        """Return the error of the body when the cell is a magic that ran its body as a cell.

        ``%%capture`` does, and reports success whatever became of the body. A cell that calls
        ``run_cell`` itself decides by itself whether that is a failure.
        """
        return self._inner_error if self._is_magic else None

    def begin(self) -> None:
        """Record what is known before the cell runs, and start watching."""
        gathered(self.run, self._record_what_is_known)
        self._shell.ast_transformers.append(self)

    def _record_what_is_known(self) -> None:
        history = self._watched.history
        if history is not None and "history" not in self.off and self.run.kind != "job":
            history.write_to(self.run)
        if "code" not in self.off:
            self._record_source()
        now = now_ms()
        for name, value in self.options.tags.items():
            self.run.write(TagSet(0, self.run.run_id, name, masked_tag(name, value), now))
        given = {name: text for name, text in self.options.params.items() if text is not None}
        self.run.add_params(given, origin="option", details=dict.fromkeys(given, "-p"))

    def _record_source(self) -> None:
        count = self._shell.execution_count - bool(self.info.store_history)
        source = mask_text(self.info.raw_cell or "")
        size = len(source.encode("utf-8", "replace"))
        if size > MAX_CELL_BYTES:
            self.run.warn(
                f"The source of the cell was not stored: it has {size:,} bytes; "
                f"the limit is {MAX_CELL_BYTES:,}."
            )
            return
        self.run.write(CellCaptured(0, self.run.run_id, source, self.info.cell_id, count))

    def visit(self, tree: ast.AST) -> ast.AST:
        """Read the tree that IPython is about to run, and the globals that it takes."""
        try:
            if self._reading is None and self._thread == threading.get_ident():
                self._read(tree)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
            own_fault("reading the cell", error)
        return tree

    def _look_before(self) -> None:
        if self._looked:
            return
        self._looked = True
        gathered(self.run, self._have_captures_look)

    def _have_captures_look(self) -> None:
        for capture in self._captures:
            try:
                self._seen.append((capture, capture.before(self._watched)))
            except Exception as error:  # noqa: BLE001 - a fault of ours must not stop the cell
                own_fault(f"capturing ({capture.kind})", error)
        if self.on_ready is not None:
            self.on_ready(self._watched.tree)

    def look_after(self, outcome: Outcome) -> None:
        """Let the captures record what the cell left; one that never was compiled is shown here."""
        self.on_ready = None
        self._look_before()
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

    def record(self, outcome: Outcome) -> str | None:
        """Record what the cell left, in one write; return the name of the primary metric."""
        found: list[str | None] = []

        def record() -> None:
            self.look_after(outcome)
            found.append(self.capture())

        gathered(self.run, record)
        return found[0]

    def capture(self) -> str | None:
        """Record the params that the line names; return the name of the primary metric."""
        namespace = self._shell.user_ns
        for name, text in self.options.params.items():
            if text is None:
                self.run.add_named_param(name, namespace)
        return self._primary()

    def _read(self, tree: ast.AST) -> None:
        if not isinstance(tree, ast.Module):
            return
        magic = _cell_magic_of(tree)
        if magic is not None:
            # ``%%time`` and the like come back with the tree of their body.
            self._is_magic = True
            if magic not in PYTHON_CELL_MAGICS:
                self._look_before()
            return
        self._reading = self._known_reading(tree) or read_cell(tree)
        self._watched.tree, self._watched.reading = tree, self._reading
        self._look_before()

    def _known_reading(self, tree: ast.Module) -> CellReading | None:
        history = self._watched.history
        return None if history is None else history.reading_of(tree)

    def _primary(self) -> str | None:
        named = self.options.metric
        if named is None:
            leading = self.run.leading
            return self.run.primary or (leading.name if leading else None)
        if named not in self.run.series:
            hint = did_you_mean(named, self.run.series) or "The cell has no metric."
            self.run.warn(f"The run has no metric {named!r}. {hint}")
        return named


def describe_error(error: BaseException, shell: InteractiveShell) -> ErrorInfo:
    """Return the error that ended a cell, with the traceback that the user was shown."""
    name = type(error).__name__
    text = "\n".join(getattr(shell, "_last_traceback", None) or ())
    if name not in text:
        # The kernel keeps none, or still that of an earlier cell: a usage error has no traceback.
        text = "".join(_plain_traceback(error))
    return ErrorInfo(
        name=name,
        message=mask_text(message_of(error)[:MAX_MESSAGE_CHARS]),
        traceback=mask_text(without_colours(text)[-MAX_TRACEBACK_CHARS:]),
    )


def _plain_traceback(error: BaseException) -> list[str]:
    frames = error.__traceback__
    while frames is not None and "IPython" in frames.tb_frame.f_code.co_filename:
        frames = frames.tb_next
    return traceback.format_exception(type(error), error, frames)


def _cell_magic_of(tree: ast.Module) -> str | None:
    """Return the name of the cell magic that the tree is one call of."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return None
    match tree.body[0].value:
        case ast.Call(
            func=ast.Attribute(attr="run_cell_magic"), args=[ast.Constant(str(name)), *_]
        ):
            return name
        case _:
            return None
