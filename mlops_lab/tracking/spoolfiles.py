"""Owns the files beside a spool: taken into the store before their records, removed when needless."""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from mlops_lab.core.clock import Clock, Millis
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.records import ArtifactLogged, Record
from mlops_lab.store import facets
from mlops_lab.store.store import Store

from .files import FilesService
from .segments import Segment

FOLDER = "files"
"""Name of the folder of files in a spool folder."""

LEFT_MS: Millis = 86_400_000
"""A file that nothing names is removed when it was not touched for so long."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PORTION = 1_048_576
_log = logging.getLogger(__name__)


class SpoolFiles:
    """The files of one spool folder."""

    def __init__(self, folder: Path, store: Store, *, clock: Clock) -> None:
        self._folder = folder / FOLDER
        self._store = store
        self._files = FilesService(store)
        self._clock = clock

    def take_in(self, records: Iterable[Record]) -> None:
        """Store the bytes of the files that records name, as far as they are here.

        Raises:
            StoreUnavailableError: the artifacts cannot be written now.
        """
        for record in records:
            if isinstance(record, ArtifactLogged) and _DIGEST.fullmatch(record.digest):
                self._store_bytes(record.digest)

    def clear(self, segments: Iterable[Segment]) -> None:
        """Store what stored records name and was not here before; remove what nobody needs.

        Args:
            segments: what is left in the spool folder, and may name files that are not stored.

        Raises:
            StoreUnavailableError: the artifacts cannot be written now.
        """
        try:
            paths = sorted(self._folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return
        digests = [path.name for path in paths if _DIGEST.fullmatch(path.name)]
        with self._store.read() as cx:
            named = facets.named_digests(cx, digests)
        for digest in digests:
            # What no stored record names could be collected before its record comes.
            if digest in named and self._store_bytes(digest):
                _remove(self._folder / digest)
        left = [path for path in paths if self._is_left(path)]
        needed = _mentioned({path.name for path in left}, segments) if left else set()
        for path in left:
            if path.name not in needed:
                _remove(path)

    def _is_left(self, path: Path) -> bool:
        is_ours = path.name.startswith(".") or _DIGEST.fullmatch(path.name) is not None
        try:
            touched_at = path.lstat().st_mtime_ns // 1_000_000
        except OSError:
            return False
        return is_ours and self._clock() - touched_at > LEFT_MS

    def _store_bytes(self, digest: str) -> bool:
        """Tell whether the bytes are stored now."""
        artifacts = self._store.artifacts
        if artifacts.renew(digest):
            return True
        path = self._folder / digest
        try:
            with _open_plain(path) as file, artifacts.receive(digest) as incoming:
                while portion := file.read(_PORTION):
                    incoming.write(portion)
                self._files.keep(incoming)
        except FileNotFoundError:
            return False
        except InvalidInputError:
            aside = path.with_name(f"{digest}.unreadable")
            with suppress(OSError):
                path.rename(aside)
            _log.warning("A file is not what its digest says; it was moved to %s.", aside)
            return False
        except OSError as error:
            _log.warning("The file %s cannot be read: %s.", path, error)
            return False
        return True


def _open_plain(path: Path) -> BinaryIO:
    # Not through a link: it could lead to any file that the user who sweeps can read.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return os.fdopen(handle, "rb")
    os.close(handle)
    raise OSError(f"{path} is no plain file")


def _mentioned(names: set[str], segments: Iterable[Segment]) -> set[str]:
    found: set[str] = set()
    for segment in segments:
        with suppress(OSError), segment.path.open("rb") as file:
            for line in file:
                if line.startswith(b'["artifact"'):
                    found.update(name for name in names if name.encode() in line)
    return found


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
