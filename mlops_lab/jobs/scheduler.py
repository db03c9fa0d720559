"""Owns who runs what and when: due fire times, claims, leases, fences, and what became of jobs.

Several schedulers on one store are normal. What keeps them apart is in the store alone: the unique
pair of schedule and fire time, the owner and fence of a job, and transactions.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from mlops_lab.core.clock import Clock, Millis, now_ms
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.jobs import ClaimedJob, FailingCell, Job, JobState, Worker
from mlops_lab.core.tracking import ErrorInfo
from mlops_lab.store import jobs as rows, schedules, workers
from mlops_lab.store.audit import note
from mlops_lab.store.outbox import put_change
from mlops_lab.store.store import Store

from . import causes, triggers
from .lookup import get_definition, get_job, get_revision
from .parameters import effective
from .processes import is_ours_and_dead
from .queue import is_work_left, queued
from .records import LEASE_MS, to_job, to_revision

_log = logging.getLogger(__name__)
_KEEP_WORKERS_MS = 7 * 24 * 3600 * 1000


class Lease(msgspec.Struct, frozen=True):
    """Whether a job is still ours, and whether somebody wants it cancelled."""

    ours: bool
    cancel_requested: bool


class Outcome(msgspec.Struct, frozen=True):
    """How an execution ended."""

    state: JobState
    cause: str
    failing_cell: FailingCell | None = None
    error: ErrorInfo | None = None
    notebook_digest: str | None = None


class Outlook(msgspec.Struct, frozen=True):
    """Whether a job waits, and when the next schedule fires; None when none ever will."""

    is_any_queued: bool
    next_fire_at: Millis | None


class Scheduler:
    """Decides for one worker; any number of them may share a store."""

    def __init__(self, store: Store, *, clock: Clock = now_ms) -> None:
        self._store = store
        self._clock = clock

    def register(self, worker: Worker) -> None:
        """Make a worker known, and forget those that have been silent for a week."""
        now = self._clock()
        with self._store.write() as tx:
            workers.delete_silent_since(tx, now - _KEEP_WORKERS_MS)
            values = msgspec.structs.asdict(worker)
            del values["alive"]
            workers.insert_worker(tx, values | {"started_at": now, "heartbeat_at": now})
            put_change(tx, "worker", worker.id, "created")

    def beat(self, worker_id: str) -> bool:
        """Give a sign of life; False when the worker is not known (any more)."""
        with self._store.write() as tx:
            return workers.beat(tx, worker_id, self._clock())

    def unregister(self, worker_id: str) -> None:
        """Note that the worker has ended in order."""
        with self._store.write() as tx:
            workers.stop(tx, worker_id, self._clock())
            put_change(tx, "worker", worker_id, "updated")

    def retire(self, worker_id: str) -> bool:
        """End the worker in order if nothing is left to do; False when it must go on.

        It is written off before the last look: who queues a job later finds no worker alive and
        starts one, and who queued it before is seen by the look.
        """
        self.unregister(worker_id)
        if self.is_idle():
            return True
        with self._store.write() as tx:
            workers.resume(tx, worker_id, self._clock())
            put_change(tx, "worker", worker_id, "updated")
        return False

    def is_idle(self) -> bool:
        """Tell whether nothing is queued or running, and no schedule will ever fire."""
        with self._store.read() as cx:
            return not is_work_left(cx)

    def tick(self) -> list[str]:
        """Make the jobs of all fire times that are due; return their ids.

        Of several missed fire times of a schedule, the latest runs and the others are skipped. The
        job and the schedule's next fire time are written in one transaction.
        """
        now = self._clock()
        with self._store.read() as cx:
            if not schedules.is_any_due(cx, now):
                return []
        made: list[str] = []
        with self._store.write_durably() as tx:
            rows.lock_scheduling(tx)
            for schedule in schedules.list_due(tx, now):
                job_id = _fire(tx, schedule, now)
                if job_id is not None:
                    made.append(job_id)
        return made

    def look_ahead(self) -> Outlook:
        """Return what there is to do now and next, for one read of the store."""
        with self._store.read() as cx:
            return Outlook(
                is_any_queued=rows.is_any_queued(cx), next_fire_at=schedules.next_fire_at(cx)
            )

    def claim(self, worker: Worker) -> ClaimedJob | None:
        """Take the oldest queued job whose definition has no running one, or return None."""
        with self._store.read() as cx:
            if not rows.is_any_queued(cx):
                return None
        now = self._clock()
        with self._store.write_durably() as tx:
            rows.lock_scheduling(tx)
            job_id = rows.next_queued(tx)
            row = rows.get_job(tx, job_id) if job_id else None
            if row is None:
                return None
            cause = causes.running(host=worker.host, pid=worker.pid)
            values = {
                "state": "running",
                "owner": worker.id,
                "fence": row.fence + 1,
                "attempt": row.attempt + 1,
                "lease_until": now + LEASE_MS,
                "started_at": now,
                "cause": causes.keep_note(cause, row.cause),
            }
            if not rows.update_job(tx, row.id, values, state="queued"):
                return None
            put_change(tx, "job", row.id, "updated")
            claimed = get_job(tx, row.id)
            revision = get_revision(tx, get_definition(tx, row.definition_id), row.revision)
            return ClaimedJob(
                job=to_job(claimed),
                revision=to_revision(revision),
                tracked_cells=json.loads(revision.tracked_cells),
                worker_id=worker.id,
                fence=claimed.fence,
            )

    def renew(self, job_id: str, *, fence: int) -> Lease:
        """Hold a job for another lease; a job that has another owner now is not ours any more."""
        now = self._clock()
        with self._store.write() as tx:
            ours = rows.update_job(
                tx, job_id, {"lease_until": now + LEASE_MS}, state="running", fence=fence
            )
            row = rows.get_job(tx, job_id)
            cancel = row is not None and bool(row.cancel_requested)
            return Lease(ours=ours, cancel_requested=cancel)

    def is_cancel_requested(self, job_id: str) -> bool:
        """Tell whether somebody wants the job cancelled; reads only."""
        with self._store.read() as cx:
            row = rows.get_job(cx, job_id)
            return row is not None and bool(row.cancel_requested)

    def record_run(self, job_id: str, *, fence: int, run_id: str) -> bool:
        """Link the job to its own run; False when the fence is stale."""
        return self._update(job_id, {"run_id": run_id}, fence=fence)

    def record_progress(self, job_id: str, *, fence: int, done: int, total: int) -> bool:
        """Note how many cells are done; False when the fence is stale."""
        return self._update(job_id, {"cells_done": done, "cells_total": total}, fence=fence)

    def finish(self, job_id: str, *, fence: int, outcome: Outcome) -> bool:
        """End a job; False when the fence is stale, and then nothing has changed."""
        with self._store.write_durably() as tx:
            row = rows.get_job(tx, job_id)
            if row is None or row.state != "running" or row.fence != fence:
                return False
            # Who asked for the end of a cancelled job stands in the cause that the request left.
            said = causes.cancelled(row.cause) if outcome.state == "cancelled" else outcome.cause
            cause = causes.keep_note(said, row.cause)
            values = _end_values(outcome) | {"cause": cause, "ended_at": self._clock()}
            if not rows.update_job(tx, job_id, values, state="running", fence=fence):
                return False
            put_change(tx, "job", job_id, "updated")
            return True

    def mark_lost(self) -> list[Job]:
        """End the jobs whose worker is gone, and return them; their runs are the caller's to close.

        A worker is gone when its lease has expired, or at once when it was a process of this
        machine that has ended.
        """
        now = self._clock()
        with self._store.read() as cx:
            if not _orphans(cx, now):
                return []
        with self._store.write_durably() as tx:
            rows.lock_scheduling(tx)
            lost: list[Job] = []
            for row, cause in _orphans(tx, now):
                values = {
                    "state": "lost",
                    "ended_at": now,
                    "lease_until": None,
                    "fence": row.fence + 1,
                    "cause": causes.keep_note(cause, row.cause),
                }
                # One that wrote its end since our look is not lost.
                if rows.update_job(tx, row.id, values, state="running", fence=row.fence):
                    put_change(tx, "job", row.id, "updated")
                    lost.append(to_job(get_job(tx, row.id)))
            return lost

    def list_unsettled(self) -> list[Job]:
        """Return jobs that have ended while their own run has not: nobody cleaned up after them."""
        with self._store.read() as cx:
            return [to_job(row) for row in rows.list_unsettled(cx)]

    def list_open_runs(self, job_id: str) -> Sequence[str]:
        """Return the ids of the job's own runs that have not ended; nearly always one or none."""
        with self._store.read() as cx:
            return rows.list_open_runs(cx, job_id)

    def set_notebook(self, job_id: str, digest: str) -> None:
        """Keep what a lost job had executed."""
        with self._store.write() as tx:
            if rows.update_job(tx, job_id, {"notebook_digest": digest}, state="lost"):
                put_change(tx, "job", job_id, "updated")

    def _update(self, job_id: str, values: dict[str, Any], *, fence: int) -> bool:
        with self._store.write() as tx:
            changed = rows.update_job(tx, job_id, values, state="running", fence=fence)
            if changed:
                put_change(tx, "job", job_id, "updated")
            return changed


def _fire(tx: Connection, schedule: Row[Any], now: Millis) -> str | None:
    try:
        due = triggers.latest_due(
            schedule.cron, schedule.timezone, first=schedule.next_fire_at, now=now
        )
        following = triggers.next_fire_at(schedule.cron, schedule.timezone, now)
        words = triggers.local_words(due.latest, schedule.timezone)
    except InvalidInputError as error:
        # Its zone has gone from this machine's data, or no fire time is left. It must not keep the
        # others from firing.
        _log.warning("The schedule of %r is paused: %s", schedule.definition_name, error)
        schedules.update_schedule(tx, schedule.id, {"paused": True, "next_fire_at": None})
        put_change(tx, "schedule", schedule.id, "updated")
        return None
    schedules.update_schedule(tx, schedule.id, {"next_fire_at": following})
    put_change(tx, "schedule", schedule.id, "updated")
    if rows.has_fire_time(tx, schedule.id, due.latest):
        return None
    definition = get_definition(tx, schedule.definition_id)
    revision = to_revision(get_revision(tx, definition, definition.revision))
    job = queued(
        definition_id=definition.id,
        revision=revision.number,
        values=effective(revision.parameters, {}),
        cause=causes.scheduled(words, skipped=due.skipped),
        user=schedule.created_by,
        now=now,
        schedule_id=schedule.id,
        fire_at=due.latest,
    )
    rows.insert_job(tx, job)
    told = {"definition": definition.name, "schedule": schedule.id, "revision": revision.number}
    note(tx, "submit", "job", job["id"], who=schedule.created_by, **told)
    put_change(tx, "job", job["id"], "created")
    return str(job["id"])


def _orphans(cx: Connection, now: Millis) -> list[tuple[Row[Any], str]]:
    found: list[tuple[Row[Any], str]] = []
    for row in rows.list_running(cx):
        owner = workers.get_worker(cx, row.owner)
        expired = row.lease_until is None or row.lease_until < now
        if owner is None:
            if expired:
                found.append((row, causes.worker_gone(host="?", pid=0, last_sign=row.started_at)))
            continue
        place = {"host": owner.host, "pid": owner.pid}
        if is_ours_and_dead(process_started_at=owner.process_started_at, **place):
            found.append((row, causes.worker_dead(last_sign=owner.heartbeat_at, **place)))
        elif expired:
            found.append((row, causes.worker_gone(last_sign=owner.heartbeat_at, **place)))
    return found


def _end_values(outcome: Outcome) -> dict[str, Any]:
    values: dict[str, Any] = {
        "state": outcome.state,
        "lease_until": None,
        "notebook_digest": outcome.notebook_digest,
    }
    if outcome.failing_cell is not None:
        values["failing_index"] = outcome.failing_cell.index
        values["failing_cell_id"] = outcome.failing_cell.cell_id
        values["failing_source"] = outcome.failing_cell.source
    if outcome.error is not None:
        values["error_name"] = outcome.error.name
        values["error_message"] = outcome.error.message
        values["error_traceback"] = outcome.error.traceback
    return values
