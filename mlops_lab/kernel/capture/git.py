"""Owns the capture of the repository that the notebook is in; git itself runs in the background."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mlops_lab.core.capture import CaptureKind
from mlops_lab.kernel.display import note

from .base import Outcome, Watched
from .gitcommand import Git, may_wait
from .gitreader import GitReader, KnownState
from .gitstate import Refused
from .origin import NOTEBOOK_FILE

if TYPE_CHECKING:
    from mlops_lab.kernel.run import RunLog

_Later = Callable[[Callable[[], None]], object]


class _Asked(msgspec.Struct, frozen=True):
    """A run that needs the state that ``folder`` had at ``started_s``; ``has`` is what it was given."""

    run: Any
    folder: str
    started_s: float
    has: str | None = None


class GitCapture:
    """Records commit, branch and uncommitted changes. Without git or a repository it records nothing."""

    kind: CaptureKind = "git"

    def __init__(self, git: Git, environ: Mapping[str, str] = os.environ) -> None:
        self._reader = GitReader(git)
        self._environ = environ
        self._unchecked: list[_Asked] = []
        self._told: set[str] = set()

    def before(self, cell: Watched) -> Any:
        """Have the state read in the background; return what can be asked only at the end."""
        folder, started_s = self._folder(), time.monotonic()
        if folder is None:
            return None
        asked = _Asked(cell.run, folder, started_s)
        if may_wait(cell.source):
            return asked
        recent = self._reader.recent(folder, within_s=self._reader.pause_s(folder))
        if recent is None:
            cell.later(lambda: self._answer([asked]))
        elif recent[1] is not None:
            digest = _put(cell.run, recent[1])
            self._check_later(_Asked(cell.run, folder, started_s, digest), cell.later)
        return None

    def after(self, cell: Watched, seen: Any, outcome: Outcome) -> None:  # noqa: ARG002 - any end
        """Have the state read now, where it could not be before."""
        if seen is not None:
            cell.later(lambda: self._answer([seen]))

    def _check_later(self, asked: _Asked, later: _Later) -> None:
        self._unchecked.append(asked)
        if len(self._unchecked) > 1:
            return
        pause_s = self._reader.pause_s(asked.folder)
        timer = threading.Timer(pause_s, lambda: later(self._check))
        timer.daemon = True
        timer.start()

    def _check(self) -> None:
        unchecked, self._unchecked = self._unchecked, []
        self._answer(unchecked)

    def _answer(self, asked: list[_Asked]) -> None:
        """Put the state on each run that has another one or none; called by the background."""
        for folder in dict.fromkeys(one.folder for one in asked):
            group = [one for one in asked if one.folder == folder]
            try:
                # Once for all: what holds for the latest was not changed since the others.
                known = self._reader.state_at(folder, max(one.started_s for one in group))
            except OSError as error:
                note(f"The state of git was not recorded: {error}")
                return
            for one in group:
                if isinstance(known, Refused):
                    self._tell(one, known)
                elif known is not None and known.document.digest != one.has:
                    _put(one.run, known)

    def _tell(self, asked: _Asked, refused: Refused) -> None:
        if asked.folder not in self._told:
            self._told.add(asked.folder)
            asked.run.warn(f"The state of git was not recorded: {refused.reason}")

    def _folder(self) -> str | None:
        """Return the notebook's folder, or else the working directory; None where that is gone."""
        file = self._environ.get(NOTEBOOK_FILE)
        folder = file.rpartition(os.sep)[0] if file else ""
        if folder and Path(folder).is_dir():
            return folder
        try:
            return os.getcwd()  # noqa: PTH109 - hot
        except OSError:
            return None


def _put(run: RunLog, known: KnownState) -> str:
    return run.add_document("git", "", known.document, key=known.commit)
