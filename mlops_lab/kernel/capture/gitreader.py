"""Owns when the state of a repository is read anew, and when the one that is known still holds."""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

import msgspec

from mlops_lab.core.secrets import mask_text
from mlops_lab.kernel.document import Document, make_document

from .gitcommand import Git
from .gitstate import Refused, Repository, find_repository, read_state, tracked_files

REUSE_S = 1.0
"""A state that was read at most so long before a cell is that of the cell, if nothing changed."""

QUIET_S = 0.25
"""Cells that follow one another faster get the same state at once, and are checked together later."""

PAUSE_TIMES = 20
"""Where a check takes long, it holds for so many times as long: what it takes slows the cells down."""

MAX_PAUSE_S = 5.0
"""It never holds longer than this."""

MAX_WATCHED_FILES = 2_000
"""In a repository of more files a change is not looked for; the state is read anew."""

_FILE = re.compile(r"^(?=diff --git )", re.MULTILINE)
_REUSE_READS = 5
"""Where reading takes long, a state is used for so many times as long."""


class KnownState(msgspec.Struct, frozen=True):
    """A state, when its reading began and how long it took (monotonic s), and what tells a change."""

    document: Document
    commit: str
    began_s: float
    took_s: float
    files: list[str] | None
    stamp: str


class GitReader:
    """Reads repositories by folder. Used by one thread, but for ``recent``."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._repositories: dict[str, Repository] = {}
        self._known: dict[str, KnownState] = {}
        self._checked: dict[str, tuple[float, KnownState | None]] = {}
        self._took_s: dict[str, float] = {}
        self._masked: dict[str, str] = {}

    def pause_s(self, folder: str) -> float:
        """Return for how many seconds a check of ``folder`` holds, so that checks take little of all."""
        return min(max(QUIET_S, PAUSE_TIMES * self._took_s.get(folder, 0.0)), MAX_PAUSE_S)

    def recent(self, folder: str, *, within_s: float) -> tuple[float, KnownState | None] | None:
        """Return when the state of ``folder`` was last checked, and what it was, if that is recent."""
        checked = self._checked.get(folder)
        if checked is None or time.monotonic() - checked[0] > within_s:
            return None
        return checked

    def state_at(self, folder: str, started_s: float) -> KnownState | Refused | None:
        """Return the state that ``folder`` had at ``started_s`` (monotonic) or has now.

        Raises:
            OSError: git cannot be started, or did not answer.
        """
        began_s = time.monotonic()
        found = self._read(folder, started_s)
        ended_s = time.monotonic()
        self._took_s[folder] = ended_s - began_s
        self._checked[folder] = (ended_s, None if isinstance(found, Refused) else found)
        return found

    def _read(self, folder: str, started_s: float) -> KnownState | Refused | None:
        if not _has_git(folder) or not self._git.exists():
            return None
        repository = self._repositories.get(folder)
        if repository is None or not Path(repository.git_dir).exists():
            found = find_repository(self._git, folder)
            if not isinstance(found, Repository):
                return found
            repository = self._repositories[folder] = found
        known = self._known.get(repository.top)
        if known is None or not _holds(known, repository, started_s):
            known = self._known[repository.top] = self._read_anew(repository, known)
        return known

    def _masked_diff(self, diff: str) -> str:
        """Return a diff without secrets. Only files whose diff is new are read: reading takes long."""
        parts = _FILE.split(diff)
        self._masked = {part: self._masked.get(part) or mask_text(part) for part in parts}
        return "".join(self._masked[part] for part in parts)

    def _read_anew(self, repository: Repository, known: KnownState | None) -> KnownState:
        began_s = time.monotonic()
        if known is not None and known.stamp.startswith(_index_stamp(repository)):
            files = known.files
        else:
            files = tracked_files(self._git, repository, most=MAX_WATCHED_FILES)
        # Before the reading: what changes meanwhile then differs from the stamp.
        stamp = _stamp(repository, files)
        state = read_state(self._git, repository)
        state = msgspec.structs.replace(state, diff=self._masked_diff(state.diff))
        return KnownState(
            document=make_document(state, what="state of git"),
            commit=state.commit or "",
            began_s=began_s,
            took_s=time.monotonic() - began_s,
            files=files,
            stamp=stamp,
        )


def _holds(known: KnownState, repository: Repository, started_s: float) -> bool:
    """Tell whether a known state is also that of a cell that started at ``started_s``."""
    if known.began_s >= started_s:
        return True
    if started_s - known.began_s - known.took_s > max(REUSE_S, _REUSE_READS * known.took_s):
        return False
    return known.stamp == _stamp(repository, known.files)


def _stamp(repository: Repository, files: list[str] | None) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for file in files or []:
        digest.update(_change_of(file))
    return f"{_index_stamp(repository)} {digest.hexdigest()}"


def _index_stamp(repository: Repository) -> str:
    """Return what changes with the commit that is checked out, and with what is staged."""
    digest = hashlib.blake2b(digest_size=16)
    for name in ("HEAD", "index", "logs/HEAD", "config"):
        digest.update(_change_of(f"{repository.git_dir}/{name}"))
    return digest.hexdigest()


def _change_of(file: str) -> bytes:
    try:
        status = os.stat(file, follow_symlinks=False)  # noqa: PTH116 - of thousands, in a hurry
    except OSError:
        return b"-"
    return b"%d %d;" % (status.st_mtime_ns, status.st_size)


def _has_git(folder: str) -> bool:
    """Tell whether ``folder`` or one above it holds ``.git``: without one there is no need to ask."""
    place = Path(folder)
    return any(os.path.lexists(one / ".git") for one in (place, *place.parents))
