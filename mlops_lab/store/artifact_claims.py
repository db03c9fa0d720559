"""Owns claims: content in a bucket that somebody is about to name, so that no collection takes it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from mlops_lab.core.clock import Millis

from .free_file_tables import artifact_claim
from .locks import StoreLock, hold
from .rows import pieces, upsert


def claim(tx: Connection, digest: str, *, now: Millis) -> None:
    """Claim content; until the transaction ends, no collection of garbage goes on."""
    hold(tx, StoreLock.ARTIFACTS)
    write = upsert(tx, artifact_claim)
    tx.execute(
        write.on_conflict_do_update(
            index_elements=["digest"], set_={"claimed_at": write.excluded.claimed_at}
        ),
        [{"digest": digest, "claimed_at": now}],
    )


def claimed(tx: Connection, digests: Iterable[str], *, since: Millis) -> set[str]:
    """Return those of ``digests`` that were claimed since; until the end nobody claims another."""
    hold(tx, StoreLock.ARTIFACTS)
    found: set[str] = set()
    for some in pieces(digests):
        query = select(artifact_claim.c.digest).where(
            artifact_claim.c.digest.in_(some), artifact_claim.c.claimed_at >= since
        )
        found.update(tx.execute(query).scalars())
    return found


def forget_claims(tx: Connection, *, before: Millis) -> None:
    """Remove claims that are older than what a collection looks back to."""
    tx.execute(delete(artifact_claim).where(artifact_claim.c.claimed_at < before))
