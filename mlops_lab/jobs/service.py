"""Owns what people can do with jobs: make definitions, set schedules, submit, look, cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlops_lab.core.clock import Clock, now_ms
from mlops_lab.core.cursor import read_cursor, write_cursor
from mlops_lab.core.errors import ConflictError, InvalidInputError
from mlops_lab.core.jobs import Job, JobLog, JobPage, JobState, NewJob, Worker
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.store import jobs as rows, workers
from mlops_lab.store.audit import note
from mlops_lab.store.outbox import last_seq, put_change
from mlops_lab.store.store import Store

from . import causes, parameters
from .definitions import Definitions
from .folder import JobFolder
from .lookup import find_definition, find_job, get_definition, get_job, get_revision
from .queue import is_work_left, queued
from .records import to_job, to_revision, to_worker
from .schedules import Schedules


class JobsService(Definitions, Schedules):
    """The jobs column of one store. Safe to use from several threads and processes."""

    def __init__(self, store: Store, *, jobs_dir: Path, clock: Clock = now_ms) -> None:
        super().__init__(store, clock=clock)
        self._jobs_dir = jobs_dir

    def submit(self, new: NewJob, *, user: str) -> Job:
        """Queue a job of a definition: it runs as soon as a worker is free.

        Raises:
            NotFoundError: there is no such definition or revision.
            InvalidInputError: a parameter is not declared, or its value is of another type.
        """
        now = self._clock()
        with self._store.write_durably() as tx:
            definition = find_definition(tx, new.definition_id)
            number = definition.revision if new.revision is None else new.revision
            revision = to_revision(get_revision(tx, definition, number))
            values = parameters.effective(revision.parameters, new.parameters)
            job = queued(
                definition_id=definition.id,
                revision=number,
                values=values,
                cause=causes.submitted(user),
                user=user,
                now=now,
            )
            rows.insert_job(tx, job)
            told = {"definition": definition.name, "revision": number}
            note(tx, "submit", "job", job["id"], who=user, **told)
            put_change(tx, "job", job["id"], "created")
            return to_job(get_job(tx, job["id"]))

    def list_jobs(
        self,
        *,
        definition_id: str | None = None,
        state: JobState | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> JobPage:
        """Return jobs, newest first.

        Raises:
            NotFoundError: there is no such definition.
            InvalidInputError: ``limit`` or ``cursor`` is not usable.
        """
        if not 1 <= limit <= MAX_PAGE:
            raise InvalidInputError(
                f"limit is {limit}, which is outside 1-{MAX_PAGE}.", hint="Leave it out for 100."
            )
        with self._store.read() as cx:
            seq = last_seq(cx)
            definition = find_definition(cx, definition_id).id if definition_id else None
            found = rows.list_jobs(
                cx,
                definition_id=definition,
                state=state,
                before=read_cursor(cursor) if cursor else None,
                limit=limit + 1,
            )
            last = found[limit - 1] if len(found) > limit else None
            return JobPage(
                jobs=[to_job(row) for row in found[:limit]],
                next_cursor=write_cursor((last.submitted_at, last.id)) if last else None,
                seq=seq,
            )

    def get_job(self, job_id: str) -> Job:
        """Return the job with this id, or unique beginning or end of it.

        Raises:
            NotFoundError: there is none.
            InvalidInputError: several ids begin or end like this.
        """
        with self._store.read() as cx:
            return to_job(find_job(cx, job_id))

    def cancel(self, job_id: str, *, user: str) -> Job:
        """End a job: a queued one at once; a running one as soon as its worker has killed it.

        Raises:
            NotFoundError: there is no such job.
            ConflictError: it has ended already.
        """
        now = self._clock()
        with self._store.write_durably() as tx:
            rows.lock_scheduling(tx)
            job = to_job(find_job(tx, job_id))
            values: dict[str, Any] = {"cancel_requested": True}
            if job.state == "queued":
                cause = causes.keep_note(causes.cancelled_in_queue(user), job.cause)
                values |= {"state": "cancelled", "ended_at": now, "cause": cause}
            elif job.state == "running":
                values["cause"] = causes.keep_note(causes.cancel_requested(user), job.cause)
            else:
                raise _has_ended(job)
            if not rows.update_job(tx, job.id, values, state=job.state):
                # Its worker wrote its end between our look and our update.
                raise _has_ended(to_job(get_job(tx, job.id)))
            note(tx, "cancel", "job", job.id, who=user, definition=job.definition_name)
            put_change(tx, "job", job.id, "updated")
            return to_job(get_job(tx, job.id))

    def read_notebook(self, job_id: str) -> bytes:
        """Return the notebook of a job, as far as it got; before it starts, its input.

        Raises:
            NotFoundError: there is no such job.
        """
        with self._store.read() as cx:
            row = find_job(cx, job_id)
        if row.notebook_digest is not None:
            return self._store.artifacts.get(row.notebook_digest)
        written = self.folder(row.id).read_executed()
        if written is not None:
            return written
        with self._store.read() as cx:
            # Once more: when a job ends, its notebook goes from the folder to the artifacts.
            row = get_job(cx, row.id)
            revision = get_revision(cx, get_definition(cx, row.definition_id), row.revision)
        return self._store.artifacts.get(row.notebook_digest or revision.notebook_digest)

    def read_log(self, job_id: str, *, offset: int = 0) -> JobLog:
        """Return what a job wrote, from the byte ``offset`` on.

        Raises:
            NotFoundError: there is no such job.
            InvalidInputError: the offset is negative.
        """
        if offset < 0:
            raise InvalidInputError(f"offset is {offset}; it counts bytes from 0.")
        with self._store.read() as cx:
            found = find_job(cx, job_id).id
        return self.folder(found).read_log(offset)

    def list_workers(self) -> list[Worker]:
        """Return the workers of this store, newest first."""
        now = self._clock()
        with self._store.read() as cx:
            return [to_worker(row, now=now) for row in workers.list_workers(cx)]

    def start_if_none_is_alive(self, start: Callable[[], int | None]) -> int | None:
        """Return what ``start`` returns, or None if a worker is alive and it was not called.

        Of several callers on one store, in any process, one at a time looks and starts.

        Raises:
            StoreUnavailableError: the store cannot be written.
        """
        now = self._clock()
        with self._store.write() as tx:
            rows.lock_scheduling(tx)
            if any(to_worker(row, now=now).alive for row in workers.list_workers(tx)):
                return None
            return start()

    def needs_worker(self) -> bool:
        """Tell whether jobs wait or run, or a schedule will fire some time."""
        with self._store.read() as cx:
            return is_work_left(cx)

    def folder(self, job_id: str) -> JobFolder:
        """Return the folder of a job's files."""
        return JobFolder(self._jobs_dir / job_id)


def _has_ended(job: Job) -> ConflictError:
    return ConflictError(
        f"The job {job.id} of {job.definition_name!r} has ended: it is {job.state}.",
        hint="Only queued and running jobs can be cancelled.",
    )
