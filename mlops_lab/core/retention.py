"""Owns the structs of retention: how long the data of an experiment is kept, and what went."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from .clock import Millis
from .limits import KeyName

MASK = "***"
"""What stands for a value that was masked."""


MAX_DAYS = 100_000
"""Most days that a policy can say."""

Days = Annotated[float, Meta(gt=0, le=MAX_DAYS, description="Days since the end of a run.")]


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


class RetentionOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy to set; what is left out is kept for ever. See ``RetentionPolicy``."""

    experiment: str = ""
    runs_days: Days | None = None
    artifacts_days: Days | None = None
    masked: list[KeyName] = []


class RetentionPolicies(msgspec.Struct, frozen=True):
    """Every policy, that for all others first."""

    policies: list[RetentionPolicy]


class RetentionPlan(msgspec.Struct, frozen=True):
    """What every policy would do now."""

    outcomes: list[RetentionOutcome]
