"""Owns uploads whose parts come in any order, each a request of its own, and are one file at the end.

It is for protocols that number parts and name no digest, such as that of MLflow. Use it as::

    upload_id = parts.begin()
    with parts.receive(upload_id, 2) as part:
        part.write(portion)
        part.keep()
    with parts.complete(upload_id, [1, 2]) as incoming:
        lab.files.add(run_id, path, incoming, media_type=..., who=...)
    parts.remove(upload_id)
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError, NotFoundError
from mlops_lab.core.ids import is_id, new_id
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES
from mlops_lab.core.uploads import UPLOAD_MS

from .artifact_leftovers import remove_expired
from .artifact_place import unwritable
from .artifacts import Artifacts, Incoming, too_large

FOLDER = "parts"
"""Name of the folder of uploads in parts, below the folder of artifacts."""

MAX_PARTS = 10_000
"""Most parts of one upload."""

_PORTION = 1_048_576


class PartedUploads:
    """The uploads in parts of one folder of artifacts. Safe to use from several threads."""

    def __init__(self, artifacts: Artifacts) -> None:
        self._artifacts = artifacts
        self._folder = artifacts.folder / FOLDER

    def begin(self) -> str:
        """Begin an upload and return its id.

        Raises:
            StoreUnavailableError: the folder cannot be written.
        """
        remove_expired(self._folder, before=now_ms() - UPLOAD_MS)
        upload_id = new_id()
        try:
            (self._folder / upload_id).mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise unwritable(self._folder, error) from error
        return upload_id

    def receive(self, upload_id: str, number: int) -> IncomingPart:
        """Begin to take in the part of this number; one that is there is replaced.

        Raises:
            NotFoundError: there is no such upload.
            InvalidInputError: the number is not from 1 to ``MAX_PARTS``.
            StoreUnavailableError: the folder cannot be written.
        """
        folder = self._existing(upload_id)
        if not 1 <= number <= MAX_PARTS:
            raise InvalidInputError(
                f"{number} is not the number of a part.", hint=f"Use 1 to {MAX_PARTS:,}."
            )
        return IncomingPart(folder, folder / _name(number))

    def complete(self, upload_id: str, numbers: Sequence[int]) -> Incoming:
        """Return the content of the parts in this order, ready to be kept under its digest.

        Raises:
            NotFoundError: there is no such upload.
            InvalidInputError: a part is missing.
            LimitError: together they are more than ``MAX_ARTIFACT_BYTES``.
            StoreUnavailableError: the disk is full or cannot be written.
        """
        folder = self._existing(upload_id)
        for number in numbers:
            if not (folder / _name(number)).is_file():
                raise InvalidInputError(
                    f"Part {number} of the upload {upload_id} did not arrive.", hint="Send it."
                )
        incoming = self._artifacts.receive()
        try:
            for number in numbers:
                _append(incoming, folder / _name(number))
        except BaseException:
            incoming.discard()
            raise
        return incoming

    def remove(self, upload_id: str) -> None:
        """Remove the parts of an upload, which is over or given up.

        Raises:
            NotFoundError: there is no such upload.
        """
        shutil.rmtree(self._existing(upload_id), ignore_errors=True)

    def _existing(self, upload_id: str) -> Path:
        folder = self._folder / upload_id
        if not is_id(upload_id) or not folder.is_dir():
            raise NotFoundError(
                f"There is no upload {upload_id[:80]!r}: it is over, or has expired.",
                hint="Begin another one.",
            )
        return folder


class IncomingPart:
    """A part on its way in. Use it as a context: what was not kept by then is removed."""

    def __init__(self, folder: Path, path: Path) -> None:
        self.size = 0
        self._path = path
        self._temporary = folder / f"new-{new_id()}"
        try:
            self._file = self._temporary.open("xb")
        except OSError as error:
            raise unwritable(folder, error) from error

    def write(self, portion: bytes) -> None:
        """Add a portion.

        Raises:
            LimitError: there is more than ``MAX_ARTIFACT_BYTES``.
            StoreUnavailableError: the disk is full or cannot be written.
        """
        self.size += len(portion)
        if self.size > MAX_ARTIFACT_BYTES:
            raise too_large()
        try:
            self._file.write(portion)
        except OSError as error:
            raise unwritable(self._path.parent, error) from error

    def keep(self) -> None:
        """Give the part its place.

        Raises:
            StoreUnavailableError: the disk is full or cannot be written.
        """
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.replace(self._path)
        except OSError as error:
            raise unwritable(self._path.parent, error) from error

    def discard(self) -> None:
        """Remove what was not kept."""
        try:
            self._file.close()
        except OSError:
            # A full disk says so again when what is left in the buffer is written.
            pass
        finally:
            self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()


def _name(number: int) -> str:
    return f"part-{number}"


def _append(incoming: Incoming, path: Path) -> None:
    try:
        with path.open("rb") as file:
            while portion := file.read(_PORTION):
                incoming.write(portion)
    except OSError as error:
        raise unwritable(path.parent, error) from error
