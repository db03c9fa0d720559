"""Owns the upload of a file: whole when it is small, in pieces that go on where they broke off else."""

from __future__ import annotations

import http.client
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from mlops_lab.core.uploads import NewUpload, Upload

WHOLE_BYTES = 33_554_432
"""A larger file is sent in pieces."""

PIECE_BYTES = 33_554_432
"""Most bytes of one piece; what arrived of a piece before the connection broke counts too."""

Answer = tuple[int, bytes]
Ask = Callable[[str, str, "bytes | Piece | None"], Answer]
"""Makes a request: method, path below the root of the API, and body."""

MISFIT = b'"code":"misfit"'
"""In the answer to bytes that are not what was announced: they never will be."""

_STALE = frozenset({http.client.NOT_FOUND, http.client.CONFLICT})


class UnreachableError(Exception):
    """No answer, or one that says nothing about the batch: the same batch may be sent later."""


class RefusedError(Exception):
    """The server will not take this batch, now or later. ``status`` is that of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class Piece:
    """A stretch of a file as the body of a request: read in portions while it is sent."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self.size = size
        self._file = file
        self._left = size
        file.seek(start)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size``; none at the end."""
        portion = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(portion)
        return portion


class Uploader:
    """Sends files, and remembers how those are called that were not sent whole. For one thread."""

    def __init__(self) -> None:
        self._begun: dict[str, str] = {}

    def upload(self, digest: str, path: Path, ask: Ask) -> None:
        """Send the bytes of an artifact unless the server has them.

        Raises:
            UnreachableError: the server is gone, busy, or does not know this kernel.
            RefusedError: the server refuses these bytes.
            OSError: the file cannot be read.
        """
        where = f"artifacts/{digest}"
        if ask("HEAD", where, None)[0] == http.client.OK:
            self._begun.pop(digest, None)
            return
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size <= WHOLE_BYTES:
                _checked(ask("PUT", where, Piece(file, 0, size)))
            else:
                self._upload_in_pieces(NewUpload(digest, size), file, ask)

    def _upload_in_pieces(self, new: NewUpload, file: BinaryIO, ask: Ask) -> None:
        upload = self._resumed(new.digest, ask) or self._begin(new, ask)
        while not upload.is_kept:
            piece = Piece(file, upload.offset, min(PIECE_BYTES, new.size - upload.offset))
            address = f"uploads/{upload.id}?offset={upload.offset}"
            upload = _upload_of(_checked(ask("PATCH", address, piece)))
        self._begun.pop(new.digest, None)

    def _resumed(self, digest: str, ask: Ask) -> Upload | None:
        upload_id = self._begun.get(digest)
        if upload_id is None:
            return None
        answer = ask("GET", f"uploads/{upload_id}", None)
        if answer[0] in _STALE:
            del self._begun[digest]
            return None
        return _upload_of(_checked(answer))

    def _begin(self, new: NewUpload, ask: Ask) -> Upload:
        upload = _upload_of(_checked(ask("POST", "uploads", msgspec.json.encode(new))))
        self._begun[new.digest] = upload.id
        return upload


def _checked(answer: Answer) -> bytes:
    status, content = answer
    if status == http.client.CONFLICT and MISFIT in content:
        raise RefusedError(status)
    if status in {http.client.BAD_REQUEST, http.client.REQUEST_ENTITY_TOO_LARGE, 422}:
        raise RefusedError(status)
    if status not in {http.client.OK, http.client.CREATED, http.client.NO_CONTENT}:
        # Also one that is busy with these very bytes: what is begun goes on from there.
        raise UnreachableError(f"HTTP {status}")
    return content


def _upload_of(content: bytes) -> Upload:
    try:
        return msgspec.json.decode(content, type=Upload)
    except msgspec.DecodeError as error:
        raise UnreachableError("not the answer of a MLOps Lab server") from error
