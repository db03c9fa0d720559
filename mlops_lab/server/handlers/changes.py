"""Owns the route by which a reader that lost its event stream finds out what it missed."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.changes import ChangeList
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.server.endpoint import Call, endpoint


class ChangesQuery(msgspec.Struct, frozen=True):
    """From where to read the changes."""

    after: Annotated[int, Meta(ge=0, le=2**63 - 1, description="The newest `seq` that you know.")]
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Most changes in the answer.")] = (
        MAX_PAGE
    )


@endpoint(
    "GET", "changes", summary="The changes after a number, or that they are gone", scope="kernel"
)
def list_changes(call: Call, query: ChangesQuery) -> ChangeList:
    """Return the changes, or ``resync`` when not all of them are kept."""
    from mlops_lab.store.outbox import changes_after, last_seq, oldest_seq

    with call.lab.store.read() as cx:
        newest = last_seq(cx)
        if query.after > newest or query.after + 1 < oldest_seq(cx):
            return ChangeList(changes=[], seq=newest, resync=True, more=False)
        found = list(changes_after(cx, query.after, limit=query.limit))
    seq = found[-1].seq if found else newest
    return ChangeList(changes=found, seq=seq, resync=False, more=seq < newest)
