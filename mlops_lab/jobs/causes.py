"""Owns the words that say why a job is in its state."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from mlops_lab.core.clock import Millis

from .triggers import MAX_COUNTED

_CANCEL_REQUESTED = "running; cancel requested by "
_NOTE = re.compile(r"; (?:more than )?\d+ earlier missed fire times? skipped")


def submitted(user: str) -> str:
    """Why a job is queued that a person asked for."""
    return f"queued: submitted by {user}"


def scheduled(fire_words: str, *, skipped: int) -> str:
    """Why a job is queued that a schedule made; ``skipped`` earlier fire times were missed."""
    count = str(skipped) if skipped <= MAX_COUNTED else f"more than {MAX_COUNTED}"
    note = f"; {count} earlier missed fire time{'s'[: skipped > 1]} skipped" if skipped else ""
    return f"queued: fire time {fire_words}{note}"


def running(*, host: str, pid: int) -> str:
    """Where a job runs."""
    return f"running on {host} (worker process {pid})"


def cancelled_in_queue(user: str) -> str:
    """Who ended a job that had not started."""
    return f"cancelled by {user} before it started"


def cancel_requested(user: str) -> str:
    """Who wants a running job to end."""
    return f"{_CANCEL_REQUESTED}{user}"


def cancelled(before: str) -> str:
    """Who ended a running job; ``before`` is the cause from ``cancel_requested``."""
    user = before.removeprefix(_CANCEL_REQUESTED) if before.startswith(_CANCEL_REQUESTED) else ""
    return f"cancelled by {user} while it ran" if user else "cancelled while it ran"


def worker_gone(*, host: str, pid: int, last_sign: Millis) -> str:
    """A job's worker stopped answering."""
    return (
        f"lost: the worker on {host} (process {pid}) stopped answering at {moment(last_sign)}; "
        "submit the job again to run it"
    )


def worker_dead(*, host: str, pid: int, last_sign: Millis) -> str:
    """A job's worker process has ended without a word."""
    return (
        f"lost: the worker on {host} (process {pid}) was killed; its last sign of life was at "
        f"{moment(last_sign)}; submit the job again to run it"
    )


def worker_stopped(*, host: str, pid: int) -> str:
    """A job's worker was told to stop."""
    return (
        f"lost: the worker on {host} (process {pid}) was stopped while the job ran; "
        "submit the job again to run it"
    )


def moment(time: Millis) -> str:
    """Return a time for people, in UTC: ``2026-11-23 06:00:02 UTC``."""
    return f"{datetime.fromtimestamp(time / 1000, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"


def keep_note(cause: str, before: str) -> str:
    """Return ``cause`` with the note on skipped fire times that the cause before it held."""
    note = _NOTE.search(before)
    return cause + note.group() if note and not _NOTE.search(cause) else cause
