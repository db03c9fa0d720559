"""Owns the structs of retention: how long the data of an experiment is kept, and what went."""

from __future__ import annotations

import msgspec

from .clock import Millis

MASK = "***"
"""What stands for a value that was masked."""


class RetentionPolicy(msgspec.Struct, frozen=True):
    """How long data is kept; ``experiment`` is empty for all that have no policy of their own.

    ``runs_days`` and ``artifacts_days`` count from the end of a run; None keeps for ever. The values
    of params and tags named in ``masked`` are replaced.
    """

    experiment: str
    runs_days: float | None
    artifacts_days: float | None
    masked: list[str]
    updated_at: Millis
    updated_by: str


class RetentionOutcome(msgspec.Struct, frozen=True):
    """What a policy removed, or would: runs, files of runs, and values that were masked."""

    experiment: str
    runs: int
    artifacts: int
    masked: int
