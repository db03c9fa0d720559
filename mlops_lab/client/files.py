"""Owns the calls about files: streamed both ways, verified by their digest, never whole in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.files import FileEntry, FileList, StoredFile
from mlops_lab.core.uploads import NewUpload, Upload

from .connection import Connection, part
from .errors import UnreachableError
from .fetching import fetch_file
from .routes import calls

_PORTION = 1_048_576
_PIECE = 67_108_864
"""A larger file goes in pieces of this size, so that a broken connection costs one of them."""

_FRUITLESS = 6
"""So often one piece may break off, without anything of it having arrived, before it is given up."""


class Files:
    """Files of runs, and bytes by their digest."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @calls("list_run_artifacts")
    def list(self, run_id: str, path: str = "", *, recursive: bool = False) -> Sequence[FileEntry]:
        """Return the files and folders of a run in a folder, or all files in it and below."""
        query = {"path": path or None, "recursive": recursive or None}
        address = f"runs/{part(run_id)}/artifacts"
        return self._connection.ask("GET", address, FileList, query=query).files

    @calls("put_run_artifact")
    def add(self, run_id: str, file: Path | str, path: str | None = None) -> StoredFile:
        """Keep a file with a run, under ``path`` or its own name.

        A large one is kept by its digest first, in pieces that a broken connection does not undo.
        """
        source = Path(file)
        address = f"runs/{part(run_id)}/artifacts/{_quoted(path or source.name)}"
        size = source.stat().st_size
        if size > _PIECE:
            address, size = f"{address}?digest={self.keep(source)}", 0
        with source.open("rb") as content:
            return self._connection.send_file(address, content, size=size, answer=StoredFile)

    @calls("get_run_artifact")
    def get(self, run_id: str, path: str, to: Path | str) -> Path:
        """Write a file of a run to ``to``, which is there when it is whole; return its path."""
        address = f"runs/{part(run_id)}/artifacts/{_quoted(path)}"
        return fetch_file(self._connection, address, Path(to))

    @calls("remove_run_artifact")
    def remove(self, run_id: str, path: str) -> None:
        """Remove a file or folder of a run."""
        address = f"runs/{part(run_id)}/artifacts/{_quoted(path)}"
        self._connection.ask("DELETE", address, type(None))

    @calls("find_artifact")
    def is_kept(self, digest: str) -> bool:
        """Tell whether bytes of this SHA-256 digest are kept."""
        try:
            self._connection.ask("HEAD", f"artifacts/{part(digest)}", type(None))
        except NotFoundError:
            return False
        return True

    @calls("put_artifact", "begin_upload", "get_upload", "add_to_upload", "remove_upload")
    def keep(self, file: Path | str) -> str:
        """Keep the bytes of a file and return their digest; what is kept already is not sent."""
        source = Path(file)
        size = source.stat().st_size
        with source.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            if self.is_kept(digest):
                return digest
            content.seek(0)
            if size > _PIECE:
                self._send_pieces(content, NewUpload(digest=digest, size=size))
            else:
                self._connection.send_file(
                    f"artifacts/{digest}", content, size=size, answer=type(None)
                )
        return digest

    @calls("get_artifact")
    def fetch(self, digest: str, to: Path | str) -> Path:
        """Write the bytes of a digest to ``to``, which is there when they are whole."""
        address = f"artifacts/{part(digest)}"
        return fetch_file(self._connection, address, Path(to), digest=digest)

    def _send_pieces(self, content: BinaryIO, new: NewUpload) -> None:
        ask = self._connection.ask
        upload = ask("POST", "uploads", Upload, body=new, repeats=True)
        failures = 0
        while not upload.is_kept:
            content.seek(upload.offset)
            size = min(_PIECE, upload.size - upload.offset)
            address = f"uploads/{upload.id}?offset={upload.offset}"
            before = upload.offset
            try:
                upload = self._connection.send_file(
                    address, content, size=size, answer=Upload, method="PATCH"
                )
            except UnreachableError:
                # The server knows how much of the piece has arrived.
                upload = ask("GET", f"uploads/{upload.id}", Upload)
                failures = 0 if upload.offset > before else failures + 1
                if failures >= _FRUITLESS:
                    with suppress(UnreachableError):
                        ask("DELETE", f"uploads/{upload.id}", type(None))
                    raise


def _quoted(path: str) -> str:
    return "/".join(part(name) for name in PurePosixPath(path).parts)
