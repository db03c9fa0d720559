"""Owns claims: content in a bucket that somebody is about to name, so that no collection takes it.

And the other way round: content that a collection removes, which takes journeys to the bucket, so that
nobody counts on it meanwhile. It is marked by a negative time in the same table.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, and_, delete, or_, select

from mlops_lab.core.clock import Millis

from .free_file_tables import artifact_claim
from .locks import StoreLock, hold
from .rows import pieces, upsert

GOING_MS = 10 * 60_000
"""So long content is going; who was killed while removing it does not hold it up any longer."""


def claim(tx: Connection, digest: str, *, now: Millis) -> bool:
    """Claim content, so that no collection takes it; False when one is about to remove it."""
    hold(tx, StoreLock.ARTIFACTS)
    if _going(tx, [digest], now=now):
        return False
    _set(tx, [digest], now)
    return True


def claimed(tx: Connection, digests: Iterable[str], *, since: Millis, now: Millis) -> set[str]:
    """Return those of ``digests`` that were claimed since, or that another collection removes.

    Until the transaction ends nobody claims another.
    """
    hold(tx, StoreLock.ARTIFACTS)
    found: set[str] = set()
    for some in pieces(digests):
        query = select(artifact_claim.c.digest).where(
            artifact_claim.c.digest.in_(some), artifact_claim.c.claimed_at >= since
        )
        found.update(tx.execute(query).scalars())
        found |= _going(tx, some, now=now)
    return found


def mark_going(tx: Connection, digests: Iterable[str], *, now: Millis) -> None:
    """Have nobody count on content that is about to be removed; best after ``claimed``."""
    _set(tx, digests, -now)


def unmark_going(tx: Connection, digests: Iterable[str]) -> None:
    """Note that what was going is gone, or stays."""
    hold(tx, StoreLock.ARTIFACTS)
    for some in pieces(digests):
        tx.execute(
            delete(artifact_claim).where(
                artifact_claim.c.digest.in_(some), artifact_claim.c.claimed_at < 0
            )
        )


def forget_claims(tx: Connection, *, before: Millis, now: Millis) -> None:
    """Remove claims that are older than what a collection looks back to."""
    time = artifact_claim.c.claimed_at
    is_old = and_(time >= 0, time < before)
    tx.execute(delete(artifact_claim).where(or_(is_old, and_(time < 0, time > GOING_MS - now))))


def _going(tx: Connection, digests: list[str], *, now: Millis) -> set[str]:
    query = select(artifact_claim.c.digest).where(
        artifact_claim.c.digest.in_(digests),
        artifact_claim.c.claimed_at < 0,
        artifact_claim.c.claimed_at <= GOING_MS - now,
    )
    return set(tx.execute(query).scalars())


def _set(tx: Connection, digests: Iterable[str], time: Millis) -> None:
    rows = [{"digest": digest, "claimed_at": time} for digest in digests]
    if not rows:
        return
    write = upsert(tx, artifact_claim)
    later = {"claimed_at": write.excluded.claimed_at}
    tx.execute(write.on_conflict_do_update(index_elements=["digest"], set_=later), rows)
