"""Owns the words of the audit: who did what to which record, and when."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .clock import Millis

AuditAction = Literal[
    "create",
    "update",
    "trash",
    "restore",
    "archive",
    "unarchive",
    "purge",
    "collect",
    "export",
    "import",
    "promote",
    "submit",
    "cancel",
    "register",
    "move",
    "delete",
    "retain",
    "upgrade",
    "reproduce",
]

AuditKind = Literal[
    "run",
    "experiment",
    "artifact",
    "registered_model",
    "model_version",
    "alias",
    "logged_model",
    "trace",
    "evaluation_dataset",
    "scorer",
    "definition",
    "schedule",
    "job",
    "store",
]


class AuditEntry(msgspec.Struct, frozen=True):
    """One deed. ``detail`` is what else is worth knowing, such as the name that the record had."""

    seq: int
    at: Millis
    who: str
    action: AuditAction
    kind: AuditKind
    record_id: str
    detail: dict[str, Any]


class AuditPage(msgspec.Struct, frozen=True):
    """A page of the audit, newest first; ``next_cursor`` is None on the last page."""

    entries: list[AuditEntry]
    next_cursor: str | None
