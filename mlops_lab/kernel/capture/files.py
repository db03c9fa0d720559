"""Owns the capture of files: which files of the working tree a cell read, by their content."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mlops_lab.core.capture import CaptureKind
from mlops_lab.core.data import UNREAD, DataVersion
from mlops_lab.kernel.delivery import find_spool_dir
from mlops_lab.stats.files import MAX_FULL_BYTES, FileDigest, digest_file

from .base import Outcome, Watched
from .namedpaths import existing_files, named_paths
from .opened import Opened, process_watches
from .worktree import WorkTree

if TYPE_CHECKING:
    from mlops_lab.kernel.run import RunLog

MAX_FACETS = 200
"""Of a cell that reads more files the rest is recorded together, by one digest over all of them."""

AT_ONCE_BYTES = 2**24
"""A larger file is always read in the background."""

FILE_S = 300.0
"""One file is read for at most this long; then only its ends count."""

_NAMED = "The code names it in a call that reads; the reader opens files past Python, unseen."
_WAITS = "It is read in the background; where this stays, the process ended before that was done."
_CHANGED = "It changed while the cell ran."


class _Seen:
    """What is known of a cell before it runs, and of what it opened so far."""

    def __init__(self, folder: str) -> None:
        self.started_ns = time.time_ns()
        self.early: dict[str, FileDigest] = {}
        self.opened = Opened(folder, self.read_before_rewrite)

    def read_before_rewrite(self, path: str) -> None:
        """Read a file that the cell has read and is about to write, if it is not large."""
        if path in self.early or len(self.early) >= MAX_FACETS:
            return
        try:
            with _open_regular(path) as file:
                if os.fstat(file.fileno()).st_size <= AT_ONCE_BYTES:
                    self.early[path] = digest_file(file)
        except OSError:
            return


class FilesCapture:
    """Records the files that a cell opens for reading below the working tree."""

    kind: CaptureKind = "files"

    def before(self, cell: Watched) -> _Seen | None:  # noqa: ARG002 - see Capture
        """Watch what is opened from now on."""
        try:
            seen = _Seen(os.getcwd())  # noqa: PTH109 - hot
        except OSError:
            return None
        process_watches().start(seen.opened)
        return seen

    def after(self, cell: Watched, seen: Any, outcome: Outcome) -> None:  # noqa: ARG002 - see Capture
        """Record what the cell read; large files are read in the background."""
        if seen is None:
            return
        process_watches().stop()
        started = time.perf_counter()
        until = started + 0.5 * cell.budget.left(cell_s=cell.elapsed_s())
        try:
            self._record(cell, seen, until)
        finally:
            cell.budget.spend(time.perf_counter() - started)

    def _record(self, cell: Watched, seen: _Seen, until: float) -> None:
        opened = seen.opened
        named = self._named(cell, opened.folder)
        if not opened.read and not named:
            return
        tree = WorkTree(Path(opened.folder), others=_own_folders())
        found: dict[str, _Found] = {}
        written = {os.path.realpath(path) for path in opened.written}
        for path in [*opened.read, *named]:
            label = tree.own_path(path)
            real = os.path.realpath(path)
            if label is None or label in found or real in written or _is_notebook(real):
                continue
            one = _Found(
                label,
                path,
                seen.early.get(path),
                is_named=path not in opened.read,
                state=opened.read.get(path),
                started_ns=seen.started_ns,
            )
            if one.is_data():
                found[label] = one
        every = list(found.values())
        for one in every[:MAX_FACETS]:
            _record_file(cell, one, until)
        if len(every) > MAX_FACETS:
            rest = every[MAX_FACETS:]
            cell.later(lambda: _record_rest(cell.run, rest))

    def _named(self, cell: Watched, folder: str) -> list[str]:
        if cell.tree is None or cell.reading is None:
            return []
        return existing_files(named_paths(cell.tree, cell.reading.reads, cell.namespace), folder)


class _Found:
    """A file that the cell read: where it is, and what was read of it before it was rewritten."""

    def __init__(
        self,
        label: str,
        path: str,
        early: FileDigest | None,
        *,
        is_named: bool,
        state: tuple[int, int] | None,
        started_ns: int,
    ) -> None:
        self.label = label
        self.path = path
        self.early = early
        self.is_named = is_named
        self.state = state
        self.started_ns = started_ns

    def is_data(self) -> bool:
        """Tell whether it is a file, and one that was there before the cell if only its name is known.

        One that is gone counts if it was there when the cell opened it.
        """
        try:
            found = os.stat(self.path)  # noqa: PTH116 - the path as the user opened it
        except OSError:
            return self.state is not None
        if not stat.S_ISREG(found.st_mode):
            return False
        return not self.is_named or found.st_mtime_ns <= self.started_ns

    def version(self, digest: FileDigest) -> DataVersion:
        """Return the version that ``digest`` tells."""
        notes = [_NAMED] if self.is_named else []
        was = self.state or (digest.size, digest.modified_ns)
        if self.early is None and (digest.changed or was != (digest.size, digest.modified_ns)):
            notes.append(f"{_CHANGED} The digest is that of its end.")
        if not digest.is_whole:
            limit = f"{MAX_FULL_BYTES // 2**30} GiB or {FILE_S:.0f} s"
            notes.append(f"It was too large to read whole ({limit}): the digest is of its ends.")
        return DataVersion(
            name=self.name,
            source="file",
            library_type="file",
            digest=digest.digest,
            bytes=digest.size,
            path=self.label,
            modified_at=digest.modified_ns // 1_000_000,
            notes=notes,
        )

    def unread(self, note: str) -> DataVersion:
        """Return the version of a file whose content is not known."""
        return DataVersion(
            name=self.name,
            source="file",
            library_type="file",
            digest=f"{UNREAD}{self.started_ns}",
            path=self.label,
            notes=[note],
        )

    @property
    def name(self) -> str:
        """The name of the record: the path, marked where it could be the name of a variable."""
        return f"./{self.label}" if self.label.isidentifier() else self.label


def _record_file(cell: Watched, one: _Found, until: float) -> None:
    if one.early is not None:
        _add(cell.run, one.version(one.early))
        return
    try:
        file = _open_regular(one.path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        _add(cell.run, one.unread(f"Its content was not read when the cell had ended: {reason}."))
        return
    size = os.fstat(file.fileno()).st_size
    if size <= AT_ONCE_BYTES and time.perf_counter() + size / 1e9 < until:
        with file:
            _add(cell.run, one.version(digest_file(file)))
        return
    _add(cell.run, one.unread(_WAITS))
    run = cell.run
    # The open file is read, not the path: what is removed or replaced meanwhile is read all the same.
    if cell.later(_Reading(run, one, file)) is False:
        file.close()


class _Reading:
    """A file that is read in the background."""

    def __init__(self, run: RunLog, one: _Found, file: BinaryIO) -> None:
        self._run = run
        self._one = one
        self._file = file

    def __call__(self) -> None:
        """Read it, close it and record what it held."""
        with self._file as file:
            digest = digest_file(file, until=time.perf_counter() + FILE_S)
        _add(self._run, self._one.version(digest))


def _record_rest(run: RunLog, rest: list[_Found]) -> None:
    """Record many files together: a digest over their paths and digests, in order of their paths."""
    together, size, unread = hashlib.sha256(), 0, 0
    until = time.perf_counter() + FILE_S
    for one in sorted(rest, key=lambda one: one.label):
        digest = ""
        try:
            with _open_regular(one.path) as file:
                found = one.early or digest_file(file, until=until)
                digest, size = found.digest, size + found.size
        except OSError:
            unread += 1
        together.update(f"{digest}  {one.label}\n".encode("utf-8", "surrogateescape"))
    notes = [f"{len(rest):,} files beyond the first {MAX_FACETS:,}, by one digest over all."]
    if unread:
        notes.append(f"{unread:,} of them could not be read.")
    name = f"and {len(rest):,} more files"
    version = DataVersion(
        name=name,
        source="file",
        library_type="files",
        digest=together.hexdigest(),
        shape=[len(rest)],
        bytes=size,
        notes=notes,
    )
    _add(run, version)


def _add(run: RunLog, version: DataVersion) -> None:
    is_known = not version.digest.startswith(UNREAD)
    run.add_facet("data", version.name, version, key=version.digest if is_known else "")


def _open_regular(path: str) -> BinaryIO:
    """Open a file, never one that would wait for somebody to write.

    Raises:
        OSError: it is no regular file, or cannot be opened.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - the path as the user opened it
        raise OSError(0, "it is no regular file")
    return open(path, "rb", buffering=0)  # noqa: PTH123 - as above; the caller closes it


def _own_folders() -> tuple[Path, ...]:
    spool = find_spool_dir()
    return (spool,)


def _is_notebook(path: str) -> bool:
    from .origin import NOTEBOOK_FILE

    return os.path.basename(path) == os.path.basename(os.environ.get(NOTEBOOK_FILE) or "\0")  # noqa: PTH119
