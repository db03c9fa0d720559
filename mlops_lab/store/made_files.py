"""Owns files that are made for one caller: sent in portions, and removed when that is over."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from .artifact_place import unwritable
from .artifacts import INCOMING, Artifacts, OutgoingSlice


class _Passing:
    """A file that goes, with its folder, when the reading of it ends."""

    def __init__(self, file: Path) -> None:
        self._folder = file.parent
        self._content = file.open("rb")

    def read(self, size: int, /) -> bytes:
        return self._content.read(size)

    def close(self) -> None:
        self._content.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def make_file(artifacts: Artifacts, name: str, write: Callable[[Path], object]) -> OutgoingSlice:
    """Have a file written and return it to be sent; it is removed when it is closed.

    Args:
        artifacts: beside which it is made; what a crash leaves there is cleaned up.
        name: of the file, without a folder.
        write: writes the file that it is given, which is not there yet.

    Raises:
        StoreUnavailableError: there is no room for it.
    """
    above = artifacts.folder / INCOMING
    try:
        above.mkdir(parents=True, exist_ok=True)
        file = Path(tempfile.mkdtemp(dir=above, prefix="made-")) / name
    except OSError as error:
        raise unwritable(above, error) from error
    try:
        write(file)
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        return OutgoingSlice(_Passing(file), digest, file.stat().st_size)
    except BaseException:
        shutil.rmtree(file.parent, ignore_errors=True)
        raise
