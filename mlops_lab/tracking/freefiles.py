"""Owns files that belong to no run, such as those of a logged model: each area has its own paths."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError, NotFoundError, did_you_mean
from mlops_lab.core.files import FileEntry, StoredFile, as_entry, one_level
from mlops_lab.core.limits import MAX_KEY_CHARS
from mlops_lab.core.paths import check_artifact_path, check_artifact_prefix
from mlops_lab.store import audit, free_files
from mlops_lab.store.artifacts import Incoming
from mlops_lab.store.free_files import FreeFile
from mlops_lab.store.store import Store

_NAMED = 1_000


class FreeFiles:
    """The files of the areas of one store; an area begins with its first file.

    An area is a word of its owner with an id, such as ``logged_model/m-0123``.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self, area: str, path: str, incoming: Incoming, *, media_type: str, who: str
    ) -> StoredFile:
        """Keep what came in as a file of an area; one of the same path is replaced.

        Raises:
            InvalidInputError: area or path cannot be one, or the content is not what its digest says.
            StoreUnavailableError: the disk is full, or the artifacts cannot be written.
        """
        _check_area(area)
        check_artifact_path(path)
        digest = incoming.keep()
        kind = media_type[:MAX_KEY_CHARS]
        row = FreeFile(area, path, digest, incoming.size, kind, now_ms())
        with self._store.write() as tx:
            before = free_files.find_free_file(tx, area, path)
            free_files.set_free_file(tx, row)
            if before is not None and before.digest != digest:
                place = f"{area}/{path}"[:MAX_KEY_CHARS]
                audit.note(tx, "update", "artifact", place, who=who, was=before.digest)
        return StoredFile(path, digest, incoming.size, kind)

    def find(self, area: str, path: str) -> StoredFile:
        """Return the file of an area.

        Raises:
            NotFoundError: the area has no such file.
        """
        with self._store.read() as cx:
            row = free_files.find_free_file(cx, area, path)
            if row is not None:
                return _shown(row)
            folder = path.rpartition("/")[0]
            known = free_files.free_paths(cx, area, below=folder, limit=_NAMED)
        raise NotFoundError(
            f"{area[:200]} has no file {path[:200]!r}.", hint=did_you_mean(path, known)
        )

    def list(self, area: str, prefix: str = "") -> Sequence[FileEntry]:
        """Return what an area has directly in the folder ``prefix``; empty is the top.

        Raises:
            InvalidInputError: no file can lie there.
        """
        return one_level(self._below(area, prefix), prefix.rstrip("/"))

    def walk(self, area: str, prefix: str = "") -> Sequence[FileEntry]:
        """Return all files that an area has in the folder ``prefix`` and in the folders in it.

        Raises:
            InvalidInputError: no file can lie there.
        """
        return [as_entry(file) for file in self._below(area, prefix)]

    def remove(self, area: str, prefix: str = "", *, who: str) -> int:
        """Remove a file, a folder, or all of an area; return how many files they were.

        Raises:
            InvalidInputError: no file can lie there.
        """
        folder = check_artifact_prefix(prefix)
        with self._store.write() as tx:
            count = free_files.remove_free_files(tx, area, below=folder)
            if count:
                place = f"{area}/{folder}" if folder else area
                audit.note(tx, "delete", "artifact", place[:MAX_KEY_CHARS], who=who, files=count)
        return count

    def _below(self, area: str, prefix: str) -> Sequence[StoredFile]:
        folder = check_artifact_prefix(prefix)
        with self._store.read() as cx:
            return [_shown(row) for row in free_files.read_free_files(cx, area, below=folder)]


def _shown(row: FreeFile) -> StoredFile:
    return StoredFile(row.path, row.digest, row.size, row.media_type)


def _check_area(area: str) -> None:
    if not area or len(area) > MAX_KEY_CHARS or not area.isprintable():
        raise InvalidInputError(
            f"{area[:80]!r} cannot be an area of files.",
            hint=f"It has at most {MAX_KEY_CHARS} characters that can be printed.",
        )
