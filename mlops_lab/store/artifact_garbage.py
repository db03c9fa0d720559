"""Owns the collection of garbage: bytes that nothing names are removed, while others go on writing.

Content that was put, or put again, within the grace period is left alone, because the record that
names it may be on its way. What is older is removed in pieces, each in a transaction that looks once
more whether anything names it; nobody can claim content while that lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set as AbstractSet

import msgspec
from sqlalchemy import Connection

from mlops_lab.core.clock import Clock, Millis, now_ms
from mlops_lab.core.errors import LabError

from . import audit
from .artifact_claims import GOING_MS, claimed, forget_claims, mark_going, unmark_going
from .artifact_leftovers import find_leftovers, remove_leftovers
from .artifact_place import KeptBytes
from .left_files import freed_by_left_files, remove_left_files
from .purge_texts import find_left_texts, remove_left_texts
from .references import still_named
from .rows import pieces
from .store import Store

_LOOKED_AT = 500
_REMOVED_AT_ONCE = 50
_NOTED = 1_000


class Collection(msgspec.Struct, frozen=True):
    """What was removed, or would be: artifacts and texts that nothing names, broken transfers.

    ``kept`` artifacts stay.
    """

    artifacts: int
    artifact_bytes: int
    unfinished: int
    unfinished_bytes: int
    kept: int
    texts: int = 0


class Removal(msgspec.Struct, frozen=True):
    """What nothing names: content that was removed, and content that was put too newly for it."""

    gone: list[KeptBytes]
    waiting: list[KeptBytes]


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
        now = self._clock()
        before = now - grace
        kept, found = 0, list[KeptBytes]()
        with self._store.read() as cx:
            freed = freed_by_left_files(cx, before=before)
            texts = len(find_left_texts(cx, before=before, now=now).texts)
        for some in self._unnamed(before, freed=freed):
            kept += some[0]
            found += some[1]
        left = find_leftovers(self._store.artifacts.folder, before=before)
        return _collection(found, [one.size for one in left], kept, texts=texts)

    def collect(self, *, grace: Millis, who: str) -> Collection:
        """Remove what nothing names and nobody put since ``grace``, in milliseconds.

        Raises:
            StoreUnavailableError: the store or its artifacts cannot be read or written.
        """
        now = self._clock()
        before = now - grace
        texts = remove_left_texts(self._store, before=before, now=now)
        kept, removed = 0, list[KeptBytes]()
        with self._store.write() as tx:
            remove_left_files(tx, before=before)
        for count, found in self._unnamed(before):
            kept += count
            for some in pieces([one.digest for one in found], _REMOVED_AT_ONCE):
                removed += self._remove(some, before=before, who=who).gone
        left = remove_leftovers(self._store.artifacts.folder, before=before)
        with self._store.write() as tx:
            forget_claims(tx, before=before, now=now_ms())
        return _collection(removed, [one.size for one in left], kept, texts=texts)

    def remove(self, digests: Iterable[str], *, before: Millis, who: str) -> Removal:
        """Remove those of ``digests`` that nothing names and nobody put since ``before``.

        Raises:
            StoreUnavailableError: the store or its artifacts cannot be read or written.
        """
        done = Removal([], [])
        for some in pieces(sorted(set(digests)), _REMOVED_AT_ONCE):
            found = self._remove(some, before=before, who=who)
            done = Removal(done.gone + found.gone, done.waiting + found.waiting)
        return done

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

    def _remove(self, digests: Sequence[str], *, before: Millis, who: str) -> Removal:
        place = self._store.artifacts.place
        removed: list[KeptBytes] = []
        with self._store.write() as tx:
            # The time of those who claim, not that of the grace.
            began = now_ms()
            newly = claimed(tx, digests, since=before, now=began)
            unnamed = set(digests) - still_named(tx, digests)
            going = sorted(unnamed - newly)
            if place.is_away:
                mark_going(tx, going, now=began)
            else:
                removed += place.remove(going, touched_before=before)
                _note(tx, removed, who=who)
        if place.is_away:
            self._remove_away(removed, going, before=before, began=began, who=who)
        left = sorted(unnamed - {one.digest for one in removed})
        waiting = [kept for one in left if (kept := self._store.artifacts.find(one)) is not None]
        return Removal(removed, waiting)

    def _remove_away(
        self,
        removed: list[KeptBytes],
        going: Sequence[str],
        *,
        before: Millis,
        began: Millis,
        who: str,
    ) -> None:
        """Remove content over a network, with nobody waiting for the store meanwhile."""
        try:
            for digest in going:
                if now_ms() - began > GOING_MS // 2:
                    break
                removed += self._store.artifacts.place.remove([digest], touched_before=before)
        finally:
            with self._store.write() as tx:
                unmark_going(tx, going)
                _note(tx, removed, who=who)


def _note(tx: Connection, removed: Sequence[KeptBytes], *, who: str) -> None:
    if not removed:
        return
    size = sum(one.size for one in removed)
    told = [one.digest for one in removed][:_NOTED]
    first = removed[0].digest
    count = len(removed)
    audit.note(tx, "collect", "artifact", first, who=who, count=count, bytes=size, digests=told)


def _collection(
    found: Sequence[KeptBytes], left: Sequence[int], kept: int, *, texts: int = 0
) -> Collection:
    size = sum(one.size for one in found)
    return Collection(len(found), size, len(left), sum(left), kept, texts)
