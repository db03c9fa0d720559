"""Owns the files beside a spool: the bytes of artifacts, each content once, until they are delivered."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from mlops_lab.core.errors import LimitError
from mlops_lab.core.ids import new_id

FILES = "files"
"""Name of the folder of files in a spool folder."""

_CHUNK = 1_048_576


class KeptFiles:
    """The files of one spool folder; processes that share the folder share its contents.

    Together they have at most ``limit`` bytes, but for one that is larger by itself: it may wait
    beside them, where the disk keeps as much room as the limit.
    """

    def __init__(self, spool_folder: Path, *, limit: int) -> None:
        self.folder = spool_folder / FILES
        self._limit = limit
        self._sizes: dict[str, int] = {}
        self._records: Counter[str] = Counter()

    def path_of(self, digest: str) -> Path:
        """Return where the file of this digest lies, if it is there."""
        return self.folder / digest

    def keep(self, content: bytes | Path) -> tuple[str, int]:
        """Put the bytes in place and return their digest and size; on disk when it returns.

        Raises:
            OSError: the source cannot be read or the folder not be written.
            LimitError: what waits here would be more than the spool's limit.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self.folder / f".{new_id()}"
        try:
            with temporary.open("xb") as target:
                digest, size = self._copy(content, target)
                target.flush()
                os.fsync(target.fileno())
            temporary.replace(self.path_of(digest))
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        self._sizes[digest] = size
        self._records[digest] += 1
        return digest, size

    def release(self, digest: str) -> None:
        """Note that a record of the file is stored; after the last one the file is removed."""
        self._records[digest] -= 1
        if self._records[digest] > 0:
            return
        del self._records[digest]
        self._sizes.pop(digest, None)
        with suppress(OSError):
            self.path_of(digest).unlink()

    def _copy(self, content: bytes | Path, target: BinaryIO) -> tuple[str, int]:
        if isinstance(content, bytes):
            self._check_room(len(content))
            target.write(content)
            return hashlib.sha256(content).hexdigest(), len(content)
        hashed, size = hashlib.sha256(), 0
        with content.open("rb") as source:
            announced = os.fstat(source.fileno()).st_size
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                self._check_room(max(size, announced))
                hashed.update(chunk)
                target.write(chunk)
        return hashed.hexdigest(), size

    def _check_room(self, size: int) -> None:
        if size > self._limit:
            has_room = shutil.disk_usage(self.folder).free > self._limit
            if has_room and max(self._sizes.values(), default=0) <= self._limit:
                return
        elif size + sum(one for one in self._sizes.values() if one <= self._limit) <= self._limit:
            return
        raise LimitError(
            f"The file was not stored: with it more than {self._limit:,} bytes would wait in "
            f"{self.folder}.",
            hint="Start JupyterLab or run mlops-lab sync, or raise MLOPS_LAB_SPOOL_BYTES.",
        )
