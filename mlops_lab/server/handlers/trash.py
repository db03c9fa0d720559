"""Owns the routes of trash and archive: put there, take back, list, purge; one record or many."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.archive import ArchiveOrder, ArchiveOutcome
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.core.trash import PurgeOrder, TrashOrder, TrashOutcome, TrashPage
from mlops_lab.server.endpoint import Call, IdPart, endpoint


class TrashQuery(msgspec.Struct, frozen=True):
    """Which page of the trash to read."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Most runs on the page.")] = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


@endpoint("DELETE", "runs/{run_id}", summary="Put a run and its children into the trash")
def trash_run(call: Call, run_id: IdPart) -> TrashOutcome:
    """Put the run into the trash."""
    return call.lab.trash.put_run(run_id, who=call.user)


@endpoint("POST", "runs/{run_id}/restore", summary="Take a run out of the trash")
def restore_run(call: Call, run_id: IdPart) -> TrashOutcome:
    """Take the run out of the trash, with the children that went there with it."""
    return call.lab.trash.restore_run(run_id, who=call.user)


@endpoint("GET", "trash", summary="What is in the trash, what came last first")
def list_trash(call: Call, query: TrashQuery) -> TrashPage:
    """Return a page of the trash."""
    return call.lab.trash.list_page(limit=query.limit, cursor=query.cursor)


@endpoint("POST", "trash", summary="Put many runs and experiments into the trash")
def trash_records(call: Call, body: TrashOrder) -> TrashOutcome:
    """Put what is named into the trash; what cannot go there is named in the answer."""
    return call.lab.trash.put(body, who=call.user)


@endpoint("POST", "trash/restore", summary="Take many runs and experiments out of the trash")
def restore_records(call: Call, body: TrashOrder) -> TrashOutcome:
    """Take what is named out of the trash; what is not there is named in the answer."""
    return call.lab.trash.restore(body, who=call.user)


@endpoint("POST", "trash/purge", summary="Remove what is in the trash for good")
def purge_trash(call: Call, body: PurgeOrder) -> TrashOutcome:
    """Remove named records, or all that lie there long enough, with bytes that nothing else names."""
    return call.lab.trash.purge(body, who=call.user)


@endpoint("POST", "runs/archive", summary="Archive many runs, or take them out of the archive")
def archive_runs(call: Call, body: ArchiveOrder) -> ArchiveOutcome:
    """Archive the runs with their children; lists leave them out when they are asked to."""
    return call.lab.archive.put(body, who=call.user)
