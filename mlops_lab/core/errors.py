"""Owns the errors that a user can meet: each says what was wrong, where, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LabError(Exception):
    """Base of every error that the product raises on purpose.

    ``message`` says what was wrong and where; ``hint`` says what to do about it.
    ``code`` is a stable word for programs, used in REST answers and ``--json`` output.
    """

    code = "internal_error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInputError(LabError):
    """The caller sent something that cannot be used: a bad cron, an unknown option, a bad notebook."""

    code = "invalid_input"


class UnknownInputError(InvalidInputError):
    """The caller named what can be no record and is not there: a page of a list, a time zone, a path."""

    code = "not_found"


class MisfitError(InvalidInputError):
    """The caller sent something whole that does not fit the record that it is for."""

    code = "misfit"


class NotFoundError(LabError):
    """A record that the caller named does not exist."""

    code = "not_found"


class ConflictError(LabError):
    """The record is in a state that does not allow the request."""

    code = "conflict"


class LimitError(LabError):
    """A value is larger than a stated limit."""

    code = "limit_exceeded"


class BusyError(LabError):
    """As much waits as may wait; ``retry_after_s`` says after how many seconds to try again."""

    code = "busy"

    def __init__(self, message: str, *, hint: str = "", retry_after_s: int = 1) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class StoreUnavailableError(LabError):
    """The store cannot be read or written now: disk full, read-only, locked, or not reachable."""

    code = "store_unavailable"


class CollisionError(StoreUnavailableError):
    """Two writers waited for each other, and this one was undone: the same will do when tried again."""

    retry_after_s = 1


class BytesUnavailableError(StoreUnavailableError):
    """Kept bytes cannot be read or written now, or are damaged; the records of the store can."""


class SchemaMismatchError(StoreUnavailableError):
    """The store was written by a newer version of the product than this process runs."""

    code = "schema_mismatch"


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that ``name`` was most likely meant to be, or None."""
    found = all_near(name, candidates, most=1)
    return found[0] if found else None


def all_near(name: str, candidates: Iterable[str], *, most: int = 3) -> list[str]:
    """Return the candidates that ``name`` may be meant to be, the likeliest first."""
    return difflib.get_close_matches(name, list(candidates), n=most, cutoff=0.5)


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return a hint such as ``Did you mean 'auc'?``; when nothing is near, the list of what exists."""
    known = sorted(candidates)
    match = nearest(name, known)
    if match is not None:
        return f"Did you mean {match!r}?"
    return f"Known: {', '.join(known)}." if known else ""
