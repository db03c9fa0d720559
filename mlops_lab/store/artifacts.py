"""Owns artifact bytes: kept once under their SHA-256 digest, verified when read."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import BinaryIO, Self

from mlops_lab.core.errors import (
    InvalidInputError,
    LimitError,
    NotFoundError,
    StoreUnavailableError,
)
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES

_DIGEST = re.compile(r"[0-9a-f]{64}")
_PORTION = 1_048_576


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
        if not self.has(digest):
            with self.receive(digest) as incoming:
                incoming.write(content)
                incoming.keep()
        return digest

    def get(self, digest: str) -> bytes:
        """Return the content with this digest.

        Raises:
            NotFoundError: nothing is kept under it.
            StoreUnavailableError: it cannot be read, or is not what was written.
        """
        with self.open(digest) as outgoing:
            return b"".join(iter(outgoing.read, b""))

    def has(self, digest: str) -> bool:
        """Tell whether content with this digest is kept.

        Raises:
            InvalidInputError: it is no digest.
        """
        return self._path(digest).is_file()

    def receive(self, digest: str) -> Incoming:
        """Begin to take in content in portions; nothing is kept before it is whole and verified.

        Raises:
            InvalidInputError: it is no digest.
            StoreUnavailableError: the folder cannot be written.
        """
        return Incoming(self._path(digest), digest)

    def open(self, digest: str) -> Outgoing:
        """Begin to read content in portions.

        Raises:
            InvalidInputError: it is no digest.
            NotFoundError: nothing is kept under it.
            StoreUnavailableError: it cannot be read.
        """
        path = self._path(digest)
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise NotFoundError(f"There is no artifact {digest}.") from error
        except OSError as error:
            raise _unreadable(path, error) from error
        return Outgoing(file, digest)

    def _path(self, digest: str) -> Path:
        if _DIGEST.fullmatch(digest) is None:
            raise InvalidInputError(
                f"{digest[:80]!r} is not a SHA-256 digest.", hint="It has 64 lower-case hex digits."
            )
        return self._folder / "sha256" / digest[:2] / digest[2:]


class Incoming:
    """Content on its way in: written to a temporary file, and kept under its name at the end.

    Use it as a context, or call ``discard``; what was not kept by then is removed.
    """

    def __init__(self, path: Path, digest: str) -> None:
        self.digest = digest
        self.size = 0
        self._path = path
        self._hash = hashlib.sha256()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        except OSError as error:
            raise self._unwritable(error) from error
        self._temporary = Path(temporary)
        self._file = os.fdopen(handle, "wb")

    def write(self, portion: bytes) -> None:
        """Add a portion.

        Raises:
            LimitError: there is more than ``MAX_ARTIFACT_BYTES``.
            StoreUnavailableError: the disk is full or cannot be written.
        """
        self.size += len(portion)
        if self.size > MAX_ARTIFACT_BYTES:
            raise LimitError(
                "The artifact is too large.", hint=f"The limit is {MAX_ARTIFACT_BYTES:,} bytes."
            )
        self._hash.update(portion)
        try:
            self._file.write(portion)
        except OSError as error:
            raise self._unwritable(error) from error

    def keep(self) -> None:
        """Verify the whole, make it durable and give it its name.

        Raises:
            InvalidInputError: it is not what its digest says.
            StoreUnavailableError: the disk is full or cannot be written.
        """
        if self._hash.hexdigest() != self.digest:
            raise InvalidInputError(
                f"The content has the digest {self._hash.hexdigest()}, not {self.digest}.",
                hint="Send the whole content, under its own SHA-256 digest.",
            )
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.chmod(0o444)
            self._temporary.replace(self._path)
        except OSError as error:
            raise self._unwritable(error) from error

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

    def _unwritable(self, error: OSError) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"An artifact cannot be written to {self._path.parent}: {error}.",
            hint="Check free disk space and permissions.",
        )


class Outgoing:
    """Content on its way out. Its last portion is given only when the whole is what was written."""

    def __init__(self, file: BinaryIO, digest: str) -> None:
        self.digest = digest
        self.size = os.fstat(file.fileno()).st_size
        self._file = file
        self._hash = hashlib.sha256()
        self._ahead: bytes | None = None

    def read(self) -> bytes:
        """Return the next portion, empty at the end.

        Raises:
            StoreUnavailableError: it cannot be read, or is not what was written.
        """
        portion = self._next() if self._ahead is None else self._ahead
        self._ahead = self._next() if portion else b""
        if not self._ahead and self._hash.hexdigest() != self.digest:
            raise StoreUnavailableError(
                f"The artifact {self.digest} was changed on disk.", hint="Restore it from a backup."
            )
        return portion

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self) -> bytes:
        try:
            portion = self._file.read(_PORTION)
        except OSError as error:
            raise _unreadable(Path(self._file.name), error) from error
        self._hash.update(portion)
        return portion


def _unreadable(path: Path, error: OSError) -> StoreUnavailableError:
    return StoreUnavailableError(
        f"The artifact {path} cannot be read: {error}.", hint="Check the permissions of the folder."
    )
