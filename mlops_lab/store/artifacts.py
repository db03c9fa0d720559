"""Owns artifact bytes: kept once under their SHA-256 digest, verified when read."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Self

from mlops_lab.core.errors import BytesUnavailableError, LimitError, MisfitError
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES

from .artifact_local import LocalPlace
from .artifact_place import KeptBytes, Place, Reading, checked_digest, unwritable

INCOMING = "incoming"
"""Name of the folder of what is not verified yet, below the folder of artifacts."""

_PORTION = 1_048_576


class Artifacts:
    """Content-addressed bytes, in a folder or in a place elsewhere. Safe to use from several threads.

    ``folder`` holds what comes in until it is verified, also where ``place`` is another one.
    """

    def __init__(self, folder: Path, place: Place | None = None) -> None:
        self.folder = folder
        self.place: Place = LocalPlace(folder) if place is None else place

    def put(self, content: bytes) -> str:
        """Keep ``content`` and return its digest; content that is there already costs nothing.

        Raises:
            StoreUnavailableError: the artifacts cannot be written.
        """
        digest = hashlib.sha256(content).hexdigest()
        if not self.renew(digest):
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
        """Tell whether content with this digest is kept, for showing: it may be a minute old.

        Raises:
            InvalidInputError: it is no digest.
            StoreUnavailableError: the artifacts cannot be read.
        """
        return self.place.has(checked_digest(digest))

    def find(self, digest: str) -> KeptBytes | None:
        """Return what is known of content; None when it is not kept.

        Raises:
            InvalidInputError: it is no digest.
            StoreUnavailableError: the artifacts cannot be read.
        """
        return self.place.find(checked_digest(digest))

    def renew(self, digest: str) -> bool:
        """Tell whether content is kept; if so, no collection of garbage takes it for a while.

        Ask this instead of ``has`` before a record is written that will name the content.

        Raises:
            InvalidInputError: it is no digest.
            StoreUnavailableError: the artifacts cannot be read.
        """
        return self.place.renew(checked_digest(digest))

    def receive(self, digest: str | None = None) -> Incoming:
        """Begin to take in content in portions; nothing is kept before it is whole and verified.

        Without ``digest`` the content is kept under whatever digest it turns out to have.

        Raises:
            InvalidInputError: it is no digest.
            StoreUnavailableError: the folder cannot be written.
        """
        return Incoming(self.place, self.folder / INCOMING, digest)

    def open(self, digest: str) -> Outgoing:
        """Begin to read content in portions.

        Raises:
            InvalidInputError: it is no digest.
            NotFoundError: nothing is kept under it.
            StoreUnavailableError: it cannot be read.
        """
        reading, size = self.place.open(checked_digest(digest), 0)
        return Outgoing(reading, digest, size)

    def open_slice(self, digest: str, start: int, size: int) -> OutgoingSlice:
        """Begin to read ``size`` bytes from the byte ``start`` on; they are not verified.

        Only the whole has a digest: who reads in slices verifies what they make together.

        Raises:
            InvalidInputError: it is no digest.
            NotFoundError: nothing is kept under it.
            StoreUnavailableError: it cannot be read.
        """
        reading, _ = self.place.open(checked_digest(digest), start)
        return OutgoingSlice(reading, digest, size)


class Incoming:
    """Content on its way in: written to a temporary file, and kept under its digest at the end.

    Use it as a context, or call ``discard``; what was not kept by then is removed. ``digest`` is
    what it must have; where nobody said, it is empty until ``keep``.
    """

    def __init__(self, place: Place, folder: Path, digest: str | None) -> None:
        self.digest = "" if digest is None else checked_digest(digest)
        self.size = 0
        self._place = place
        self._folder = folder
        self._hash = hashlib.sha256()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=folder, prefix="new-")
        except OSError as error:
            raise unwritable(folder, error) from error
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
            raise too_large()
        self._hash.update(portion)
        try:
            self._file.write(portion)
        except OSError as error:
            raise unwritable(self._folder, error) from error

    def keep(self) -> str:
        """Verify the whole, make it durable and keep it; return its digest.

        Raises:
            MisfitError: it is not what its digest says.
            StoreUnavailableError: the disk is full, or the artifacts cannot be written.
        """
        found = self._hash.hexdigest()
        if self.digest and found != self.digest:
            raise not_its_digest(found, self.digest)
        self.digest = found
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise unwritable(self._folder, error) from error
        self._place.adopt(found, self._temporary)
        return found

    def finished(self) -> Path:
        """End the writing and return the file, for who wants it itself; ``discard`` removes it.

        Raises:
            StoreUnavailableError: the disk is full.
        """
        try:
            self._file.close()
        except OSError as error:
            raise unwritable(self._folder, error) from error
        return self._temporary

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


class OutgoingSlice:
    """Bytes of content on their way out, as they lie there: ``size`` is how many."""

    def __init__(self, reading: Reading, digest: str, size: int) -> None:
        self.digest = digest
        self.size = size
        self._left = size
        self._reading = reading

    def read(self) -> bytes:
        """Return the next portion, empty at the end.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        portion = _read(self._reading, min(_PORTION, self._left), self.digest)
        self._left -= len(portion)
        return portion

    def close(self) -> None:
        """End the reading."""
        self._reading.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Outgoing(OutgoingSlice):
    """Content on its way out. Its last portion is given only when the whole is what was written."""

    def __init__(self, reading: Reading, digest: str, size: int) -> None:
        super().__init__(reading, digest, size)
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
            raise BytesUnavailableError(
                f"The artifact {self.digest} was changed where it is kept.",
                hint="Restore it from a backup, or log the file once more.",
            )
        return portion

    def _next(self) -> bytes:
        portion = _read(self._reading, _PORTION, self.digest)
        self._hash.update(portion)
        return portion


def too_large() -> LimitError:
    """Return what is told of content beyond the limit."""
    return LimitError(
        "The artifact is too large.", hint=f"The limit is {MAX_ARTIFACT_BYTES:,} bytes."
    )


def not_its_digest(found: str, named: str) -> MisfitError:
    """Return what is told when content has another digest than was said."""
    return MisfitError(
        f"The content has the digest {found}, not {named}.",
        hint="Send the whole content, under its own SHA-256 digest.",
    )


def _read(reading: Reading, size: int, digest: str) -> bytes:
    if size == 0:
        return b""
    try:
        return reading.read(size)
    except OSError as error:
        raise BytesUnavailableError(
            f"The artifact {digest} cannot be read: {error}.",
            hint="Check the disk and the permissions of the folder.",
        ) from error
