"""Owns artifact bytes elsewhere: objects ``sha256/ab/cdef...`` below the URL of a bucket or server."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlops_lab.core.clock import Millis
from mlops_lab.core.errors import LabError, NotFoundError, StoreUnavailableError

from .artifact_objects import Objects, open_objects
from .artifact_place import KeptBytes, Reading, checked_digest, is_digest
from .artifact_url import ArtifactUrl

Claim = Callable[[str], bool]
"""Notes that content is wanted, so that no collection of garbage takes it; False when one does now."""

_ROOT = "sha256/"
_REMEMBERED = 20_000
_REMEMBERED_S = 60.0
_GOING_S = 20.0
_GOING_LOOK_S = 0.2
_CODE = re.compile(r"<Code>(\w{3,60})</Code>")
_KEYS = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what the other clouds call them"
_CAUSES: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"NoSuchBucket|ContainerNotFound|bucket does not exist", re.IGNORECASE),
        "the bucket does not exist",
        "Make it, or correct the setting artifact_url.",
    ),
    (
        re.compile(
            r"credential|Unauthenticated|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken"
            r"|169\.254\.169\.254|metadata\.google",
            re.IGNORECASE,
        ),
        "there are no credentials for it, or they are wrong",
        f"{_KEYS}, where the server runs.",
    ),
    (
        re.compile(r"PermissionDenied|AccessDenied|Forbidden|\b403\b", re.IGNORECASE),
        "the credentials do not allow it",
        "They must allow to list, read, write and delete objects below the prefix.",
    ),
    (
        re.compile(r"QuotaExceeded|InsufficientStorage|\b507\b|No space left", re.IGNORECASE),
        "there is no room left",
        "Make room there; mlops-lab gc removes what nothing names any more.",
    ),
    (
        re.compile(
            r"connect|dns|resolve|timed? ?out|error sending request|refused|unreachable|reset",
            re.IGNORECASE,
        ),
        "it cannot be reached",
        "Check the network and the address; for S3 elsewhere set AWS_ENDPOINT_URL.",
    ),
)


class RemotePlace:
    """Content in objects, each written whole and only after its digest was verified."""

    def __init__(self, url: ArtifactUrl, claim: Claim) -> None:
        self._url = url
        self._claim = claim
        self._opened: Objects | None = None
        self._seen: dict[str, float] = {}

    is_away = True

    @property
    def shown(self) -> str:
        """The URL without its secrets."""
        return self._url.shown

    def has(self, digest: str) -> bool:
        """Tell whether content is kept, or was a minute ago: each question costs a journey."""
        now = time.monotonic()
        if self._seen.get(digest, 0.0) > now:
            return True
        if self.find(digest) is None:
            return False
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[digest] = now + _REMEMBERED_S
        return True

    def find(self, digest: str) -> KeptBytes | None:
        """Return what is known of content; None when it is not kept."""
        with self._told("read"):
            found = self._objects.find(_key(digest))
        return None if found is None else KeptBytes(digest, found.size, found.written_at)

    def open(self, digest: str, start: int) -> tuple[Reading, int]:
        """Begin to read content from the byte ``start`` on; return it with the size of the whole.

        Raises:
            NotFoundError: nothing is kept under this digest.
        """
        kept = self.find(digest)
        if kept is None:
            raise NotFoundError(f"There is no artifact {digest}.")
        with self._told("read"):
            reading = self._objects.open(_key(digest), min(start, kept.size))
        return _Told(reading, self), kept.size

    def adopt(self, digest: str, staged: Path) -> None:
        """Write the object, unless it is there already."""
        # Claimed before it is looked at, so that what is there stays, and what is written too.
        self._claim_now(digest)
        kept = self.find(digest)
        if kept is not None and kept.size == staged.stat().st_size:
            return
        with self._told("written"):
            if kept is not None:
                # Of another size it is damaged, and a small object is written only where none is.
                self._objects.remove(_key(digest))
            self._objects.put(_key(digest), staged)
        # The bucket has a clock of its own, which may be wrong, or tell whole seconds only.
        self._claim_now(digest)

    def renew(self, digest: str) -> bool:
        """Tell whether content is kept; if so, it is as if it were put now."""
        if self.find(digest) is None:
            return False
        return self._claim(digest) and self.find(digest) is not None

    def _claim_now(self, digest: str) -> None:
        """Claim content, once a collection that removes it has done so."""
        deadline = time.monotonic() + _GOING_S
        while not self._claim(digest):
            if time.monotonic() > deadline:
                raise StoreUnavailableError(
                    f"The artifact {digest} is being removed from {self.shown} now.",
                    hint="Try again.",
                )
            time.sleep(_GOING_LOOK_S)

    def every(self) -> Iterator[KeptBytes]:
        """Return all content, in no order."""
        with self._told("listed"):
            for found in self._objects.every():
                digest = found.key.removeprefix(_ROOT).replace("/", "")
                if is_digest(digest) and found.key == _key(digest):
                    yield KeptBytes(digest, found.size, found.written_at)

    def remove(self, digests: Iterable[str], *, touched_before: Millis) -> list[KeptBytes]:
        """Remove content that was not touched since; return what was removed."""
        removed = []
        for digest in digests:
            kept = self.find(digest)
            if kept is None or kept.touched_at >= touched_before:
                continue
            self._seen.pop(digest, None)
            with self._told("removed"):
                self._objects.remove(_key(digest))
            removed.append(kept)
        return removed

    @property
    def _objects(self) -> Objects:
        # Opened when first needed: a command that touches no artifact waits for no network.
        if self._opened is None:
            self._opened = open_objects(self._url)
        return self._opened

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        try:
            yield
        except LabError:
            raise
        except Exception as error:  # noqa: BLE001 - each package has errors of its own
            raise self.unavailable(error, done) from None

    def unavailable(self, error: Exception, done: str) -> StoreUnavailableError:
        """Return what is told of a failure there: never its own words, which may hold secrets."""
        words = f"{type(error).__name__} {error!r} {error}"
        code = _CODE.search(words)
        said = f" ({code[1]})" if code else f" ({type(error).__name__})"
        for pattern, cause, hint in _CAUSES:
            if pattern.search(words):
                return StoreUnavailableError(
                    f"Artifacts cannot be {done} at {self._url.shown}: {cause}{said}.", hint=hint
                )
        return StoreUnavailableError(
            f"Artifacts cannot be {done} at {self._url.shown}{said}.",
            hint="Check the setting artifact_url and the service behind it.",
        )


class _Told:
    """A reading whose failures are told as those of its place."""

    def __init__(self, reading: Reading, place: RemotePlace) -> None:
        self._reading = reading
        self._place = place

    def read(self, size: int, /) -> bytes:
        try:
            return self._reading.read(size)
        except Exception as error:  # noqa: BLE001 - each package has errors of its own
            raise self._place.unavailable(error, "read") from None

    def close(self) -> None:
        self._reading.close()


def _key(digest: str) -> str:
    checked_digest(digest)
    return f"{_ROOT}{digest[:2]}/{digest[2:]}"
