"""Owns the rows of documents: texts kept once by their digest, and the entries that searches find."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, or_, select, update

from mlops_lab.core.clock import Millis, now_ms

from .capture_tables import document, entry
from .rows import pieces, storable, upsert

_SHOWN_CHARS = 250
_TOUCHED_MS = 60_000

Entry = tuple[str, str, str]
"""What a search can find in a document: field, name within it, value."""


class Entries(msgspec.Struct, frozen=True):
    """The entries of one document. ``shared`` are those that other documents have alike."""

    own: Sequence[Entry] = ()
    shared: Sequence[Entry] = ()


def digest_of(content: bytes) -> str:
    """Return the digest under which ``content`` is kept."""
    return hashlib.sha256(content).hexdigest()


def add_documents(tx: Connection, contents: Mapping[str, bytes]) -> None:
    """Keep contents under their digests, which the caller has checked.

    What is there stays, and counts as if it came now: what names it may be on its way.
    """
    if not contents:
        return
    now = now_ms()
    _touch(tx, contents, now=now)
    known = set(read_indexed(tx, contents))
    rows = [
        {
            "digest": digest,
            "content": zlib.compress(text),
            "size": len(text),
            "is_indexed": False,
            "kept_at": now,
        }
        for digest, text in sorted(contents.items())
        if digest not in known
    ]
    if rows:
        tx.execute(upsert(tx, document).on_conflict_do_nothing(index_elements=["digest"]), rows)


def _touch(tx: Connection, digests: Iterable[str], *, now: Millis) -> None:
    # In one order, so that no two writers wait for each other.
    since = now - _TOUCHED_MS
    write = update(document).where(
        document.c.digest == bindparam("of_digest"),
        or_(document.c.kept_at.is_(None), document.c.kept_at < since),
    )
    tx.execute(write.values(kept_at=now), [{"of_digest": one} for one in sorted(digests)])


def read_indexed(cx: Connection, digests: Iterable[str]) -> dict[str, bool]:
    """Return those of ``digests`` that are kept, and whether their entries are written."""
    found: dict[str, bool] = {}
    for some in pieces(digests):
        query = select(document.c.digest, document.c.is_indexed)
        rows = cx.execute(query.where(document.c.digest.in_(some)))
        found.update((row.digest, row.is_indexed) for row in rows)
    return found


def read_documents(cx: Connection, digests: Iterable[str]) -> dict[str, bytes]:
    """Return the contents of those of ``digests`` that are kept."""
    found: dict[str, bytes] = {}
    for some in pieces(sorted(set(digests))):
        query = select(document.c.digest, document.c.content)
        rows = cx.execute(query.where(document.c.digest.in_(some)))
        found.update((row.digest, zlib.decompress(row.content)) for row in rows)
    return found


def index_documents(tx: Connection, found: Mapping[str, Entries]) -> None:
    """Write the entries of documents, and note that it is done."""
    if not found:
        return
    by_owner: dict[str, Sequence[Entry]] = {}
    notes = []
    for digest, entries in sorted(found.items()):
        by_owner[digest] = entries.own
        shared = None
        if entries.shared:
            shared = digest_of(msgspec.json.encode(sorted(entries.shared)))
            by_owner[shared] = entries.shared
        notes.append({"of_digest": digest, "new_shared": shared})
    rows = {
        (owner, field, _cut(name)): _cut(value)
        for owner, entries in by_owner.items()
        for field, name, value in entries
    }
    if rows:
        tx.execute(
            upsert(tx, entry).on_conflict_do_nothing(index_elements=["owner", "field", "name"]),
            [
                {"owner": owner, "field": field, "name": name, "value": value}
                for (owner, field, name), value in sorted(rows.items())
            ],
        )
    _note_indexed(tx, notes)


def _note_indexed(tx: Connection, notes: Sequence[Mapping[str, str | None]]) -> None:
    for note in notes:
        tx.execute(
            update(document)
            .where(document.c.digest == note["of_digest"])
            .values(is_indexed=True, shared=note["new_shared"])
        )


def having(cx: Connection, digests: Iterable[str], field: str) -> set[str]:
    """Return those of ``digests`` whose document has an entry of this field of its own."""
    found: set[str] = set()
    for some in pieces(sorted(set(digests))):
        query = select(entry.c.owner).where(entry.c.owner.in_(some), entry.c.field == field)
        found.update(cx.execute(query).scalars())
    return found


def _cut(text: str) -> str:
    return storable(text)[:_SHOWN_CHARS]
