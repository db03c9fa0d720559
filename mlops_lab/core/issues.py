"""Owns the structs of issues: what goes wrong in the traces of an experiment, as somebody named it."""

from __future__ import annotations

from typing import Literal

import msgspec

from .clock import Millis

IssueStatus = Literal["pending", "rejected", "resolved"]
IssueSeverity = Literal["not_an_issue", "low", "medium", "high"]

SEVERITIES: tuple[IssueSeverity, ...] = ("not_an_issue", "low", "medium", "high")
"""From the least to the worst."""

MAX_ISSUE_NAME = 250
MAX_ISSUE_TEXT = 100_000
MAX_ISSUE_WORDS = 100
"""Most root causes, and most categories."""


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """What goes wrong; ``trace_count`` is known where it was asked for."""

    id: str = ""
    experiment_id: str
    name: str
    description: str
    status: IssueStatus = "pending"
    severity: IssueSeverity | None = None
    root_causes: list[str] = []
    categories: list[str] = []
    source_run_id: str | None = None
    created_by: str | None = None
    created_at: Millis = 0
    updated_at: Millis = 0
    trace_count: int | None = None


class IssueChange(msgspec.Struct, frozen=True):
    """What to set of an issue; None leaves a field as it is."""

    name: str | None = None
    description: str | None = None
    status: IssueStatus | None = None
    severity: IssueSeverity | None = None


class IssuePage(msgspec.Struct, frozen=True):
    """Issues, the worst first, and where the next page begins."""

    issues: list[Issue]
    next_cursor: str | None
