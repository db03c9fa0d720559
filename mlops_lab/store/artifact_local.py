"""Owns artifact bytes in a folder: ``sha256/ab/cdef...``, each file written once and read-only."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import NotFoundError, StoreUnavailableError
from mlops_lab.core.ids import new_id

from .artifact_place import (
    KeptBytes,
    checked_digest,
    is_digest,
    unreadable,
    unwritable,
)

_ROOT = "sha256"
_GOING = ".going-"
_READ_ONLY = 0o444
_NO_LINK = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)


class LocalPlace:
    """Content in files below a folder. A link in it is never followed: it counts as nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    is_away = False

    @property
    def shown(self) -> str:
        """The folder."""
        return str(self._folder)

    def has(self, digest: str) -> bool:
        """Tell whether content is kept."""
        return self.find(digest) is not None

    def find(self, digest: str) -> KeptBytes | None:
        """Return what is known of content; None when it is not kept."""
        path = self._path(digest)
        try:
            found = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise unreadable(path, error) from error
        if not stat.S_ISREG(found.st_mode):
            return None
        return KeptBytes(digest, found.st_size, found.st_mtime_ns // 1_000_000)

    def open(self, digest: str, start: int) -> tuple[BinaryIO, int]:
        """Begin to read content from the byte ``start`` on; return it with the size of the whole.

        Raises:
            NotFoundError: nothing is kept under this digest.
        """
        path = self._path(digest)
        try:
            handle = os.open(path, _NO_LINK | _NO_WAIT)
        except FileNotFoundError as error:
            raise NotFoundError(f"There is no artifact {digest}.") from error
        except OSError as error:
            raise unreadable(path, error) from error
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            os.close(handle)
            raise NotFoundError(f"There is no artifact {digest}: in its place is no plain file.")
        file = os.fdopen(handle, "rb")
        file.seek(start)
        return file, found.st_size

    def adopt(self, digest: str, staged: Path) -> None:
        """Give a verified file on the same disk its name; what lay there is replaced."""
        path = self._path(digest)
        try:
            made = _make_folders(path.parent)
            os.utime(staged)
            staged.chmod(_READ_ONLY)
            staged.replace(path)
            _sync_folder(path.parent)
            for folder in made:
                _sync_folder(folder.parent)
        except OSError as error:
            raise unwritable(path.parent, error) from error

    def renew(self, digest: str) -> bool:
        """Tell whether content is kept; if so, it is as if it were put now."""
        if self.find(digest) is None:
            return False
        try:
            os.utime(self._path(digest), follow_symlinks=False)
        except OSError:
            # It has just been removed, or is another user's: put once more it is surely kept.
            return False
        return True

    def every(self) -> Iterator[KeptBytes]:
        """Return all content, in no order."""
        for folder in _entries(self._folder / _ROOT):
            if not folder.is_dir(follow_symlinks=False):
                continue
            for entry in _entries(Path(folder.path)):
                digest = folder.name + entry.name
                if is_digest(digest) and (kept := self.find(digest)) is not None:
                    yield kept

    def remove(self, digests: Iterable[str], *, touched_before: Millis) -> list[KeptBytes]:
        """Remove content that was not touched since; return what was removed."""
        removed = []
        for digest in digests:
            kept = self.find(digest)
            if kept is None or kept.touched_at >= touched_before:
                continue
            if self._remove(kept, touched_before=touched_before):
                removed.append(kept)
        return removed

    def _remove(self, kept: KeptBytes, *, touched_before: Millis) -> bool:
        # Out of the way first, then looked at again: who renews it meanwhile either finds it gone
        # and puts it anew, or is seen here.
        path = self._path(kept.digest)
        aside = path.with_name(f"{_GOING}{path.name}.{new_id()}")
        try:
            path.rename(aside)
            if aside.lstat().st_mtime_ns // 1_000_000 >= touched_before:
                aside.replace(path)
                return False
            aside.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            with suppress(OSError):
                aside.replace(path)
            raise unwritable(path.parent, error) from error
        return True

    def _path(self, digest: str) -> Path:
        checked_digest(digest)
        root = self._folder / _ROOT
        folder = root / digest[:2]
        for part in (root, folder):
            if part.is_symlink():
                raise StoreUnavailableError(
                    f"{part} is a link; artifacts are neither read nor written through it.",
                    hint="Find out who made it, and put the folder itself there.",
                )
        return folder / digest[2:]


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from found
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise unreadable(folder, error) from error


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; return those that were not there."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file durable, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        # Some network disks know no such thing; the file itself is durable.
        return
    finally:
        os.close(handle)
