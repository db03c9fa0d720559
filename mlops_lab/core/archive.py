"""Owns the structs of the archive: runs that lists leave out when they are asked to."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from .trash import MAX_TRASH_ORDER, Refused

RunNames = Annotated[
    list[str],
    Meta(
        min_length=1,
        max_length=MAX_TRASH_ORDER,
        description="Ids of runs, or parts that name one.",
    ),
]


class ArchiveOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which runs to archive with their children, or to take out of the archive."""

    run_ids: RunNames
    archived: bool = True


class ArchiveOutcome(msgspec.Struct, frozen=True):
    """What an order changed. ``runs`` also holds children that went with their run."""

    runs: list[str]
    refused: list[Refused]
