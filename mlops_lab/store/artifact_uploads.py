"""Owns uploads in pieces: content that goes on where it broke off, also after the server's restart.

The bytes so far are one file on the server's disk; how many they are is how far the upload is. The
digest of the whole is computed while they arrive, and anew from the file where that was interrupted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from contextlib import suppress
from io import FileIO
from pathlib import Path

import msgspec

from mlops_lab.core.clock import Clock, now_ms
from mlops_lab.core.errors import ConflictError, MisfitError, NotFoundError
from mlops_lab.core.ids import is_id, new_id
from mlops_lab.core.limits import MAX_ARTIFACT_BYTES
from mlops_lab.core.uploads import UPLOAD_MS, NewUpload, Upload

from .artifact_leftovers import remove_expired
from .artifact_place import checked_digest, unwritable
from .artifacts import Artifacts, not_its_digest, too_large

FOLDER = "uploads"
"""Name of the folder of uploads, below the folder of artifacts."""

_ABOUT = "about.json"
_CONTENT = "content"
_PORTION = 1_048_576
_REMEMBERED = 64


class Uploads:
    """The uploads of one folder of artifacts. Safe to use from several threads and processes."""

    def __init__(self, artifacts: Artifacts, *, clock: Clock = now_ms) -> None:
        self._artifacts = artifacts
        self._folder = artifacts.folder / FOLDER
        self._clock = clock
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._hashes: dict[str, _Hashed] = {}

    def begin(self, new: NewUpload) -> Upload:
        """Make room for content; where it is kept already, the upload is over at once.

        Raises:
            InvalidInputError: its digest is none.
            LimitError: it is larger than ``MAX_ARTIFACT_BYTES``.
            StoreUnavailableError: the folder cannot be written.
        """
        checked_digest(new.digest)
        if new.size > MAX_ARTIFACT_BYTES:
            raise too_large()
        remove_expired(self._folder, before=self._clock() - UPLOAD_MS)
        upload_id = new_id()
        if self._artifacts.renew(new.digest):
            return self._shown(upload_id, new, offset=new.size, is_kept=True)
        folder = self._folder / upload_id
        try:
            folder.mkdir(parents=True, mode=0o700)
            (folder / _CONTENT).touch(mode=0o600)
            (folder / _ABOUT).write_bytes(msgspec.json.encode(new))
        except OSError as error:
            raise unwritable(folder, error) from error
        return self._shown(upload_id, new, offset=0, is_kept=False)

    def find(self, upload_id: str) -> Upload:
        """Return how far an upload is.

        Raises:
            NotFoundError: there is none, it is over, or it has expired.
        """
        new = self._about(upload_id)
        with suppress(FileNotFoundError):
            size = (self._folder / upload_id / _CONTENT).stat().st_size
            return self._shown(upload_id, new, offset=min(size, new.size), is_kept=False)
        raise _gone(upload_id)

    def resume(self, upload_id: str, offset: int) -> Resuming:
        """Begin to add content from the byte ``offset`` on, which must be where the upload is.

        Raises:
            NotFoundError: there is no such upload.
            ConflictError: it is elsewhere, or somebody else adds to it now.
            StoreUnavailableError: the folder cannot be written.
        """
        new = self._about(upload_id)
        with self._lock:
            if upload_id in self._busy:
                raise _is_busy(upload_id)
            self._busy.add(upload_id)
        try:
            return Resuming(self, upload_id, new, offset)
        except BaseException:
            self._release(upload_id)
            raise

    def remove(self, upload_id: str) -> None:
        """Give an upload up and remove what it has.

        Raises:
            NotFoundError: there is no such upload.
            ConflictError: somebody adds to it now.
        """
        self._about(upload_id)
        with self._lock:
            if upload_id in self._busy:
                raise _is_busy(upload_id)
        self._remove(upload_id)

    def _about(self, upload_id: str) -> NewUpload:
        if not is_id(upload_id):
            raise _gone(upload_id)
        try:
            return msgspec.json.decode(
                (self._folder / upload_id / _ABOUT).read_bytes(), type=NewUpload
            )
        except (OSError, msgspec.DecodeError):
            raise _gone(upload_id) from None

    def _hashed(self, upload_id: str, path: Path, offset: int) -> _Hashed:
        known = self._hashes.pop(upload_id, None)
        if known is not None and known.size == offset:
            return known
        hashed = _Hashed()
        with path.open("rb") as file:
            while portion := file.read(min(_PORTION, offset - hashed.size)):
                hashed.add(portion)
        return hashed

    def _remember(self, upload_id: str, hashed: _Hashed) -> None:
        with self._lock:
            while len(self._hashes) >= _REMEMBERED:
                del self._hashes[next(iter(self._hashes))]
            self._hashes[upload_id] = hashed

    def _release(self, upload_id: str) -> None:
        with self._lock:
            self._busy.discard(upload_id)

    def _remove(self, upload_id: str) -> None:
        self._hashes.pop(upload_id, None)
        shutil.rmtree(self._folder / upload_id, ignore_errors=True)

    def _shown(self, upload_id: str, new: NewUpload, *, offset: int, is_kept: bool) -> Upload:
        expires_at = self._clock() + UPLOAD_MS
        return Upload(upload_id, new.digest, new.size, offset, is_kept, expires_at)


class Resuming:
    """Content that is added to an upload. ``discard`` ends it and keeps what has arrived so far."""

    def __init__(self, uploads: Uploads, upload_id: str, new: NewUpload, offset: int) -> None:
        self.upload_id = upload_id
        self.begun_at = offset
        self._uploads = uploads
        self._new = new
        self._path = uploads._folder / upload_id / _CONTENT  # noqa: SLF001 - of the same module
        # A caller that goes away discards from another thread than the one that writes.
        self._lock = threading.Lock()
        self._is_open = True
        try:
            self._file = self._path.open("r+b", buffering=0)
        except FileNotFoundError:
            raise _gone(upload_id) from None
        except OSError as error:
            raise unwritable(self._path.parent, error) from error
        try:
            _hold(self._file, upload_id)
            _go_to_end(self._file, upload_id, offset)
            self._hashed = uploads._hashed(upload_id, self._path, offset)  # noqa: SLF001
        except BaseException:
            self._file.close()
            raise

    def write(self, portion: bytes) -> None:
        """Add a portion.

        Raises:
            MisfitError: there is more than was announced.
            StoreUnavailableError: the disk is full or cannot be written.
        """
        if self._hashed.size + len(portion) > self._new.size:
            raise MisfitError(
                f"The upload {self.upload_id} was announced with {self._new.size:,} bytes; more came.",
                hint="Begin another upload, with the size that the content has.",
            )
        left = memoryview(portion)
        try:
            with self._lock:
                while left:
                    written = self._file.write(left)
                    self._hashed.add(left[:written])
                    left = left[written:]
        except OSError as error:
            raise unwritable(self._path.parent, error) from error

    def keep(self) -> Upload:
        """Note how far the upload is now; when it is whole, verify and keep it.

        Raises:
            MisfitError: the whole is not what its digest says; the upload is removed.
            StoreUnavailableError: the disk is full, or the artifacts cannot be written.
        """
        if self._hashed.size < self._new.size:
            return self._shown(is_kept=False)
        with self._lock:
            # From here on it goes to its end, also when the caller does not wait for it.
            if not self._is_open:
                return self._shown(is_kept=False)
            self._is_open = False
        try:
            self._adopt()
        finally:
            self._end()
        return self._shown(is_kept=True)

    def discard(self) -> None:
        """End the adding; what has arrived stays, for whoever goes on."""
        with self._lock:
            if not self._is_open:
                return
            self._is_open = False
        self._end()

    def _adopt(self) -> None:
        found = self._hashed.hexdigest()
        if found != self._new.digest:
            self._uploads._remove(self.upload_id)  # noqa: SLF001
            raise not_its_digest(found, self._new.digest)
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise unwritable(self._path.parent, error) from error
        self._uploads._artifacts.place.adopt(found, self._path)  # noqa: SLF001
        self._uploads._remove(self.upload_id)  # noqa: SLF001

    def _end(self) -> None:
        self._file.close()
        self._uploads._remember(self.upload_id, self._hashed)  # noqa: SLF001
        self._uploads._release(self.upload_id)  # noqa: SLF001

    def _shown(self, *, is_kept: bool) -> Upload:
        return self._uploads._shown(  # noqa: SLF001
            self.upload_id, self._new, offset=self._hashed.size, is_kept=is_kept
        )


class _Hashed:
    """The digest of the first ``size`` bytes."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()

    def add(self, portion: bytes | memoryview) -> None:
        self._hash.update(portion)
        self.size += len(portion)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _go_to_end(file: FileIO, upload_id: str, offset: int) -> None:
    found = file.seek(0, os.SEEK_END)
    if found != offset:
        raise ConflictError(
            f"The upload {upload_id} is at byte {found:,}, not {offset:,}.",
            hint="Ask for its offset and go on from there.",
        )


def _hold(file: FileIO, upload_id: str) -> None:
    """Keep other processes from adding to the same file, where the system has such locks."""
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise _is_busy(upload_id) from error


def _gone(upload_id: str) -> NotFoundError:
    return NotFoundError(
        f"There is no upload {upload_id[:80]!r}: it is over, or has expired.",
        hint="Ask whether the bytes are kept; if not, begin another upload.",
    )


def _is_busy(upload_id: str) -> ConflictError:
    return ConflictError(
        f"Somebody adds to the upload {upload_id} now.", hint="Ask for its offset a little later."
    )
