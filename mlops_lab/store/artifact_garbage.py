"""Owns the collection of garbage: bytes that nothing names are removed, while others go on writing.

Content that was put, or put again, within the grace period is left alone, because the record that
names it may be on its way. What is older is removed in pieces, each in a transaction that looks once
more whether anything names it; nobody can claim content while that lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set as AbstractSet

import msgspec

from mlops_lab.core.clock import Clock, Millis, now_ms
from mlops_lab.core.errors import LabError

from . import audit
from .artifact_claims import claimed, forget_claims
from .artifact_leftovers import find_leftovers, remove_leftovers
from .artifact_place import KeptBytes
from .left_files import freed_by_left_files, remove_left_files
from .references import still_named
from .rows import pieces
from .store import Store

_LOOKED_AT = 500
_REMOVED_AT_ONCE = 50
_NOTED = 1_000


class Collection(msgspec.Struct, frozen=True):
    """What was removed, or would be: artifacts that nothing names, and unfinished transfers."""

    artifacts: int
    artifact_bytes: int
    unfinished: int
    unfinished_bytes: int
    kept: int


class Damage(msgspec.Struct, frozen=True):
    """An artifact that is not what its digest says, or cannot be read."""

    digest: str
    size: int
    found: str


class Garbage:
    """The garbage of one store."""

    def __init__(self, store: Store, *, clock: Clock = now_ms) -> None:
        self._store = store
        self._clock = clock

    def survey(self, *, grace: Millis) -> Collection:
        """Return what ``collect`` would remove.

        Raises:
            StoreUnavailableError: the store or its artifacts cannot be read.
        """
        before = self._clock() - grace
        kept, found = 0, list[KeptBytes]()
        with self._store.read() as cx:
            freed = freed_by_left_files(cx, before=before)
        for some in self._unnamed(before, freed=freed):
            kept += some[0]
            found += some[1]
        left = find_leftovers(self._store.artifacts.folder, before=before)
        return _collection(found, [one.size for one in left], kept)

    def collect(self, *, grace: Millis, who: str) -> Collection:
        """Remove the bytes that nothing names and nobody put since ``grace``, in milliseconds.

        Raises:
            StoreUnavailableError: the store or its artifacts cannot be read or written.
        """
        before = self._clock() - grace
        kept, removed = 0, list[KeptBytes]()
        with self._store.write() as tx:
            remove_left_files(tx, before=before)
        for count, found in self._unnamed(before):
            kept += count
            for some in pieces([one.digest for one in found], _REMOVED_AT_ONCE):
                removed += self._remove(some, before=before, who=who)
        left = remove_leftovers(self._store.artifacts.folder, before=before)
        with self._store.write() as tx:
            forget_claims(tx, before=before)
        return _collection(removed, [one.size for one in left], kept)

    def remove(self, digests: Iterable[str], *, before: Millis, who: str) -> Collection:
        """Remove those of ``digests`` that nothing names and nobody put since ``before``.

        Raises:
            StoreUnavailableError: the store or its artifacts cannot be read or written.
        """
        removed = list[KeptBytes]()
        for some in pieces(sorted(set(digests)), _REMOVED_AT_ONCE):
            removed += self._remove(some, before=before, who=who)
        return _collection(removed, [], 0)

    def verify(self) -> Iterator[Damage | None]:
        """Read every artifact; give its damage, or None for one that is whole.

        Raises:
            StoreUnavailableError: the artifacts cannot be listed.
        """
        for kept in self._store.artifacts.place.every():
            try:
                with self._store.artifacts.open(kept.digest) as content:
                    while content.read():
                        pass
            except LabError as error:
                yield Damage(kept.digest, kept.size, error.message)
            else:
                yield None

    def _unnamed(
        self, before: Millis, *, freed: AbstractSet[str] = frozenset()
    ) -> Iterator[tuple[int, list[KeptBytes]]]:
        """Give, for some artifacts at a time, how many stay, and those that nothing names."""
        for some in pieces(self._store.artifacts.place.every(), _LOOKED_AT):
            old = [one for one in some if one.touched_at < before]
            with self._store.read() as cx:
                named = still_named(cx, [one.digest for one in old]) - freed
            found = [one for one in old if one.digest not in named]
            yield len(some) - len(found), found

    def _remove(self, digests: Sequence[str], *, before: Millis, who: str) -> list[KeptBytes]:
        with self._store.write() as tx:
            wanted = claimed(tx, digests, since=before) | still_named(tx, digests)
            going = [digest for digest in digests if digest not in wanted]
            removed = self._store.artifacts.place.remove(going, touched_before=before)
            if removed:
                audit.note(
                    tx,
                    "collect",
                    "artifact",
                    removed[0].digest,
                    who=who,
                    count=len(removed),
                    bytes=sum(one.size for one in removed),
                    digests=[one.digest for one in removed][:_NOTED],
                )
        return removed


def _collection(found: Sequence[KeptBytes], left: Sequence[int], kept: int) -> Collection:
    return Collection(len(found), sum(one.size for one in found), len(left), sum(left), kept)
