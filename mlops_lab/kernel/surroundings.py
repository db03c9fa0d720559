"""Owns what is captured around a run that a call opened: the code it is in, and what it ran in."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.limits import MAX_CELL_BYTES
from mlops_lab.core.records import CellCaptured

from .display import own_fault
from .run import RunLog
from .trackline import TrackOptions

if TYPE_CHECKING:
    from .capture.base import Capture, Watched
    from .session import Session

_KINDS: frozenset[CaptureKind] = frozenset({"environment", "git", "hardware"})
_HARDWARE: frozenset[CaptureKind] = frozenset({"hardware"})
_NOTHING: frozenset[CaptureKind] = frozenset()


class ScriptShell:
    """What captures ask a shell for, where Python runs a script: the names of its main module."""

    execution_count = 0
    kernel = None

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = vars(sys.modules["__main__"])
        self.user_ns_hidden: dict[str, Any] = {}


class Surroundings:
    """What the captures saw when a run began; ``end`` lets them record what it left."""

    def __init__(self, watched: Watched, seen: list[tuple[Capture, Any]]) -> None:
        self._watched = watched
        self._seen = seen

    def end(self, error: BaseException | None) -> None:
        """Let the captures record."""
        from .capture.base import Outcome

        outcome = Outcome(ended_well=error is None, error=error)
        for capture, seen in self._seen:
            try:
                capture.after(self._watched, seen, outcome)
            except Exception as fault:  # noqa: BLE001 - a fault of ours must not reach the user
                own_fault(f"capturing ({capture.kind})", fault)


def look_around(session: Session, run: RunLog, *, hardware: bool, inside: RunLog | None) -> None:
    """Capture code, environment, git and hardware of a run; what a run around it has is not repeated."""
    if inside is not None or session.job is not None:
        return
    off = session.switches.off | (_NOTHING if hardware else _HARDWARE)
    source = _source(session)
    from mlops_lab.core.secrets import mask_text

    from .capture.base import Watched

    if source and run.kind != "notebook" and "code" not in off:
        place = session.place()
        text = mask_text(source)[: MAX_CELL_BYTES // 4]
        run.write(CellCaptured(0, run.run_id, text, place.cell_id, place.execution_count))
    if session.cells is not None and "history" not in off:
        session.history.write_to(run)
    options = TrackOptions(energy=session.switches.energy)
    shell: Any = session.cells.shell if session.cells is not None else ScriptShell()
    watched = Watched(
        run, shell=shell, source=source, options=options, off=off, later=session.background.submit
    )
    seen: list[tuple[Capture, Any]] = []
    for capture in session.captures:
        if capture.kind not in _KINDS or capture.kind in off:
            continue
        try:
            seen.append((capture, capture.before(watched)))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not reach the user
            own_fault(f"capturing ({capture.kind})", error)
    session.surroundings[run.run_id] = Surroundings(watched, seen)


def look_back(session: Session, run: RunLog, error: BaseException | None) -> None:
    """Let the captures of a run that ends record what it left."""
    surroundings = session.surroundings.pop(run.run_id, None)
    if surroundings is not None:
        surroundings.end(error)


def current_code(session: Session) -> tuple[str, dict[str, Any]]:
    """Return the cell that runs, or the script, and the names that it sees."""
    if session.cells is not None:
        return _source(session), session.cells.shell.user_ns
    return _source(session), vars(sys.modules["__main__"])


def _source(session: Session) -> str:
    """Return the cell that runs, or the script as it is on disk."""
    if session.cells is not None:
        info = session.cells.running()
        return (info.raw_cell or "") if info is not None else ""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return _script_source(file) if file else ""


@lru_cache(maxsize=1)
def _script_source(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
