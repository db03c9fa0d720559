"""Owns the rows of tags: the value that counts, and those that it has replaced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, func, insert, select

from mlops_lab.core.clock import Millis
from mlops_lab.core.tracking import TagEntry

from .capture_tables import old_tag
from .rows import pieces, run_seqs, storable, upsert
from .tables import key, run, tag
from .words import word_of_text

_Pair = tuple[int, int]
TagRow = tuple[str, int, str, Millis]
"""A tag that is set: run id, key id, value, time."""


def set_tags(tx: Connection, rows: Sequence[TagRow]) -> None:
    """Write tags in order; a value that is replaced by another one is kept beside it."""
    if not rows:
        return
    seqs = run_seqs(tx, (run_id for run_id, _, _, _ in rows))
    current = _read_current(tx, seqs.values())
    replaced: list[tuple[_Pair, str, Millis | None]] = []
    changed: dict[_Pair, tuple[str, Millis | None]] = {}
    for run_id, key_id, written, set_at in rows:
        pair, value = (seqs[run_id], key_id), storable(written)
        before = changed.get(pair) or current.get(pair)
        if before is not None and before[0] == value:
            continue
        if before is not None:
            replaced.append((pair, *before))
        changed[pair] = (value, set_at)
    _keep_replaced(tx, replaced)
    if not changed:
        return
    write = upsert(tx, tag)
    later = {name: write.excluded[name] for name in ("value", "set_at", "word")}
    tx.execute(
        write.on_conflict_do_update(index_elements=["run_seq", "key_id"], set_=later),
        [
            {
                "run_seq": run_seq,
                "key_id": key_id,
                "value": value,
                "set_at": set_at,
                "word": word_of_text(value),
            }
            for (run_seq, key_id), (value, set_at) in sorted(changed.items())
        ],
    )


def _read_current(tx: Connection, seqs: Iterable[int]) -> dict[_Pair, tuple[str, Millis | None]]:
    found: dict[_Pair, tuple[str, Millis | None]] = {}
    for some in pieces(sorted(seqs)):
        for row in tx.execute(select(tag).where(tag.c.run_seq.in_(some))):
            found[row.run_seq, row.key_id] = (row.value, row.set_at)
    return found


def _keep_replaced(tx: Connection, rows: Sequence[tuple[_Pair, str, Millis | None]]) -> None:
    if not rows:
        return
    counts: dict[_Pair, int] = {}
    for some in pieces(sorted({run_seq for (run_seq, _), _, _ in rows})):
        found = tx.execute(
            select(old_tag.c.run_seq, old_tag.c.key_id, func.count())
            .where(old_tag.c.run_seq.in_(some))
            .group_by(old_tag.c.run_seq, old_tag.c.key_id)
        )
        counts.update(((run_seq, key_id), count) for run_seq, key_id, count in found)
    values = []
    for pair, value, set_at in rows:
        ordinal = counts[pair] = counts.get(pair, 0) + 1
        values.append(
            {
                "run_seq": pair[0],
                "key_id": pair[1],
                "ordinal": ordinal,
                "value": value,
                "set_at": set_at,
            }
        )
    tx.execute(insert(old_tag), values)


def read_history(cx: Connection, run_id: str, name: str) -> list[TagEntry]:
    """Return all values that a tag has had, the oldest first; none when the run has no such tag."""
    found: list[TagEntry] = []
    for table, order in ((old_tag, old_tag.c.ordinal), (tag, tag.c.key_id)):
        query = (
            select(table.c.value, func.coalesce(table.c.set_at, run.c.started_at))
            .join(key, key.c.id == table.c.key_id)
            .join(run, run.c.seq == table.c.run_seq)
            .where(run.c.id == run_id, key.c.name == name)
            .order_by(order)
        )
        found.extend(TagEntry(name, value, set_at) for value, set_at in cx.execute(query))
    return found
