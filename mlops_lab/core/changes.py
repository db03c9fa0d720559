"""Owns the change: the notice that a record moved, which carries no data of the record."""

from __future__ import annotations

from typing import Literal

import msgspec

ChangeKind = Literal["run", "experiment", "definition", "schedule", "job", "worker"]
ChangeAction = Literal["created", "updated", "deleted"]


class Change(msgspec.Struct, frozen=True):
    """One record moved. ``seq`` grows in each store: a reader that misses one fetches anew."""

    seq: int
    kind: ChangeKind
    id: str
    action: ChangeAction
