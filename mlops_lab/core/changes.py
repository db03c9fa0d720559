"""Owns the change: the notice that a record moved, which carries no data of the record."""

from __future__ import annotations

from typing import Literal

import msgspec

ChangeKind = Literal["run", "experiment", "model", "definition", "schedule", "job", "worker"]
ChangeAction = Literal["created", "updated", "deleted"]


class Change(msgspec.Struct, frozen=True):
    """One record moved. ``seq`` grows in each store: a reader that misses one fetches anew."""

    seq: int
    kind: ChangeKind
    id: str
    action: ChangeAction


class ChangeList(msgspec.Struct, frozen=True):
    """The changes after a number, in order; ``seq`` is that of the last one, or else the newest.

    ``resync``: changes are missing, since they are no longer kept or the number is not of this
    store. Then fetch anew what you show, and go on from ``seq``. ``more``: ask again after ``seq``.
    """

    changes: list[Change]
    seq: int
    resync: bool
    more: bool
