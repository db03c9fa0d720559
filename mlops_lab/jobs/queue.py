"""Owns the queue: what a job is at its birth, and whether there will be any."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from mlops_lab.core.clock import Millis
from mlops_lab.core.ids import new_id
from mlops_lab.store import jobs, schedules

from . import parameters


def is_work_left(cx: Connection) -> bool:
    """Tell whether a job is queued or running, or a schedule will fire some time."""
    return jobs.is_any_active(cx) or schedules.next_fire_at(cx) is not None


def queued(
    *,
    definition_id: str,
    revision: int,
    values: dict[str, Any],
    cause: str,
    user: str,
    now: Millis,
    schedule_id: str | None = None,
    fire_at: Millis | None = None,
) -> dict[str, Any]:
    """Return the row of a new job; ``values`` are all its parameters."""
    return {
        "id": new_id(),
        "definition_id": definition_id,
        "revision": revision,
        "schedule_id": schedule_id,
        "fire_at": fire_at,
        "state": "queued",
        "cause": cause,
        "parameters": parameters.encode(values),
        "submitted_at": now,
        "submitted_by": user,
        "attempt": 0,
        "fence": 0,
        "cells_done": 0,
        "cells_total": 0,
        "cancel_requested": False,
    }
