"""Owns artifact bytes: kept once under their SHA-256 digest, verified when read."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path

from mlops_lab.core.errors import InvalidInputError, NotFoundError, StoreUnavailableError

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Artifacts:
    """A folder of content-addressed files: ``sha256/ab/cdef...``, each written once and read-only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep ``content`` and return its digest; content that is there already costs nothing.

        Raises:
            StoreUnavailableError: the folder cannot be written.
        """
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        try:
            if path.exists():
                return digest
            path.parent.mkdir(parents=True, exist_ok=True)
            self._write_once(path, content)
        except OSError as error:
            raise StoreUnavailableError(
                f"An artifact of {len(content):,} bytes cannot be written to {self._folder}: {error}.",
                hint="Check free disk space and permissions.",
            ) from error
        return digest

    def get(self, digest: str) -> bytes:
        """Return the content with this digest.

        Raises:
            NotFoundError: nothing is kept under it.
            StoreUnavailableError: it cannot be read, or is not what was written.
        """
        try:
            content = self._path(digest).read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError(f"There is no artifact {digest}.") from error
        except OSError as error:
            raise StoreUnavailableError(
                f"The artifact {digest} in {self._folder} cannot be read: {error}.",
                hint="Check the permissions of the folder.",
            ) from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreUnavailableError(
                f"The artifact {digest} was changed on disk.", hint="Restore it from a backup."
            )
        return content

    def _path(self, digest: str) -> Path:
        if _DIGEST.fullmatch(digest) is None:
            raise InvalidInputError(f"{digest!r} is not a SHA-256 digest.")
        return self._folder / "sha256" / digest[:2] / digest[2:]

    @staticmethod
    def _write_once(path: Path, content: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o444)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
