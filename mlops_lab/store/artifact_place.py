"""Owns what a place of artifact bytes must be able to do, whichever it is: a folder or a bucket."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import BytesUnavailableError, InvalidInputError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class KeptBytes(msgspec.Struct, frozen=True):
    """Content that is kept. ``touched_at`` is when it was put, or put again."""

    digest: str
    size: int
    touched_at: Millis


class Reading(Protocol):
    """Content that is being read."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most ``size``; none at the end."""
        ...

    def close(self) -> None:
        """End the reading."""
        ...


class Place(Protocol):
    """Where content lies under its SHA-256 digest. Safe to use from several threads.

    Every method raises ``StoreUnavailableError`` where the place cannot be reached or used.
    """

    @property
    def shown(self) -> str:
        """Where it is, for people to read, without secrets."""
        ...

    @property
    def is_away(self) -> bool:
        """Whether each question costs a journey over a network."""
        ...

    def has(self, digest: str) -> bool:
        """Tell whether content is kept, or was a minute ago: for showing many files quickly."""
        ...

    def find(self, digest: str) -> KeptBytes | None:
        """Return what is known of content; None when it is not kept."""
        ...

    def open(self, digest: str, start: int) -> tuple[Reading, int]:
        """Begin to read content from the byte ``start`` on; return it with the size of the whole.

        Raises:
            NotFoundError: nothing is kept under this digest.
        """
        ...

    def adopt(self, digest: str, staged: Path) -> None:
        """Keep a file of verified content; it may be moved, or else stays for the caller to remove."""
        ...

    def renew(self, digest: str) -> bool:
        """Tell whether content is kept; if so, it is as if it were put now."""
        ...

    def every(self) -> Iterator[KeptBytes]:
        """Return all content, in no order."""
        ...

    def remove(self, digests: Iterable[str], *, touched_before: Millis) -> list[KeptBytes]:
        """Remove content that was not touched since; return what was removed."""
        ...


def checked_digest(digest: str) -> str:
    """Return ``digest`` when it is one.

    Raises:
        InvalidInputError: it is none.
    """
    if not is_digest(digest):
        raise InvalidInputError(
            f"{digest[:80]!r} is not a SHA-256 digest.", hint="It has 64 lower-case hex digits."
        )
    return digest


def is_digest(text: str) -> bool:
    """Tell whether ``text`` is the digest of some content: 64 lower-case hex digits."""
    return _DIGEST.fullmatch(text) is not None


def unwritable(folder: Path, error: OSError) -> BytesUnavailableError:
    """Return what is told when an artifact cannot be written below ``folder``."""
    if error.errno in _FULL:
        return BytesUnavailableError(
            f"An artifact cannot be written to {folder}: the disk is full ({error.strerror}).",
            hint="Make room there; mlops-lab gc removes what nothing names any more.",
        )
    return BytesUnavailableError(
        f"An artifact cannot be written to {folder}: {error}.",
        hint="Check free disk space and permissions.",
    )


def unreadable(path: Path, error: OSError) -> BytesUnavailableError:
    """Return what is told when a file of an artifact cannot be read."""
    return BytesUnavailableError(
        f"The artifact {path} cannot be read: {error}.",
        hint="Check the permissions of the folder.",
    )
