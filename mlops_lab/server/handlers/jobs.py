"""Owns the routes of the jobs column: promotion, definitions, schedules, and jobs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from mlops_lab.core.errors import NotFoundError
from mlops_lab.core.jobs import (
    ACTIVE_STATES,
    MAX_REVISION,
    Cron,
    CronPreview,
    Definition,
    DefinitionList,
    Job,
    JobLog,
    JobPage,
    JobState,
    NewJob,
    Promotion,
    PromotionDraft,
    RevisionList,
    Schedule,
    ScheduleList,
    ScheduleUpdate,
)
from mlops_lab.core.limits import MAX_PAGE
from mlops_lab.server.endpoint import Call, Id, IdPart, NotebookContent, endpoint

Number = Annotated[int, Meta(ge=1, le=MAX_REVISION, description="Number of the revision.")]


class DraftQuery(msgspec.Struct, frozen=True):
    """What to promote: a run, or else a notebook."""

    run_id: IdPart | None = None
    notebook_path: Annotated[str | None, Meta(description="As the file browser shows it.")] = None


class CronQuery(msgspec.Struct, frozen=True):
    """The cron expression to preview."""

    cron: Cron
    timezone: Annotated[str, Meta(description="IANA name, such as Europe/Berlin.")] = "UTC"
    count: Annotated[int, Meta(ge=1, le=20)] = 3


class JobsQuery(msgspec.Struct, frozen=True):
    """Which jobs to list."""

    definition_id: Id | None = None
    state: JobState | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 100
    cursor: Annotated[str | None, Meta(description="`next_cursor` of the page before.")] = None


class LogQuery(msgspec.Struct, frozen=True):
    """From where to read a log."""

    offset: Annotated[int, Meta(ge=0, description="`next_offset` of the answer before.")] = 0


@endpoint(
    "GET",
    "promotion-draft",
    summary="What Productionize proposes for a run or notebook",
    errors=(409,),
)
def get_promotion_draft(call: Call, query: DraftQuery) -> PromotionDraft:
    """Return proposed name, parameters and warnings; nothing is made. A run goes before a notebook."""
    from mlops_lab.workflows.promote import draft

    if query.run_id is not None:
        return draft(call.lab, run_id=query.run_id)
    if query.notebook_path is None:
        raise NotFoundError(
            "No run and no notebook was named.", hint="Give run_id or notebook_path."
        )
    file = call.find_notebook(query.notebook_path)
    return draft(call.lab, notebook_file=file, notebook_path=query.notebook_path)


@endpoint("GET", "cron-preview", summary="The next fire times of a cron expression, in words")
def preview_cron(call: Call, query: CronQuery) -> CronPreview:
    """Return the next fire times."""
    return call.lab.jobs.preview_cron(cron=query.cron, timezone=query.timezone, count=query.count)


@endpoint("GET", "definitions", summary="List job definitions by name")
def list_definitions(call: Call) -> DefinitionList:
    """Return all definitions with newest revision, schedule and job."""
    return call.lab.jobs.list_definitions()


@endpoint(
    "POST",
    "definitions",
    summary="Promote: make a job definition revision",
    status=201,
    location="definitions/{id}",
    needs=("run_id", "notebook_path"),
)
def create_definition(call: Call, body: Promotion) -> Definition:
    """Make a definition, or the next revision of the one with this name."""
    from mlops_lab.workflows.promote import promote

    path = body.notebook_path if body.run_id is None else None
    file = None if path is None else call.find_notebook(path)
    definition = promote(call.lab, body, user=call.user, notebook_file=file)
    if definition.schedule is not None and not definition.schedule.paused:
        call.start_worker()
    return definition


@endpoint("GET", "definitions/{definition_id}", summary="One job definition")
def get_definition(call: Call, definition_id: Id) -> Definition:
    """Return the definition."""
    return call.lab.jobs.get_definition(definition_id)


@endpoint("GET", "definitions/{definition_id}/revisions", summary="The revisions, newest first")
def list_revisions(call: Call, definition_id: Id) -> RevisionList:
    """Return the revisions of the definition."""
    return call.lab.jobs.list_revisions(definition_id)


@endpoint(
    "GET",
    "definitions/{definition_id}/revisions/{number}/notebook",
    summary="The production notebook of a revision",
)
def get_revision_notebook(call: Call, definition_id: Id, number: Number) -> NotebookContent:
    """Return the notebook as it was made."""
    return NotebookContent(call.lab.jobs.read_revision_notebook(definition_id, number))


@endpoint("GET", "schedules", summary="List schedules by definition name")
def list_schedules(call: Call) -> ScheduleList:
    """Return all schedules."""
    return call.lab.jobs.list_schedules()


@endpoint("PATCH", "schedules/{schedule_id}", summary="Pause, resume or change a schedule")
def update_schedule(call: Call, schedule_id: Id, body: ScheduleUpdate) -> Schedule:
    """Change the fields that are given and return the schedule."""
    schedule = call.lab.jobs.update_schedule(schedule_id, body, user=call.user)
    if not schedule.paused:
        call.start_worker()
    return schedule


@endpoint("DELETE", "schedules/{schedule_id}", summary="Remove a schedule", status=204)
def delete_schedule(call: Call, schedule_id: Id) -> None:
    """Remove the schedule; jobs that it made stay."""
    call.lab.jobs.delete_schedule(schedule_id, user=call.user)


@endpoint("GET", "jobs", summary="List jobs, newest first")
def list_jobs(call: Call, query: JobsQuery) -> JobPage:
    """Return a page of jobs."""
    return call.lab.jobs.list_jobs(
        definition_id=query.definition_id,
        state=query.state,
        limit=query.limit,
        cursor=query.cursor,
    )


@endpoint("POST", "jobs", summary="Run a definition now", status=201, location="jobs/{id}")
def submit_job(call: Call, body: NewJob) -> Job:
    """Queue a job and see that a worker is there to run it."""
    job = call.lab.jobs.submit(body, user=call.user)
    call.start_worker()
    return job


@endpoint("GET", "jobs/{job_id}", summary="One job")
def get_job(call: Call, job_id: IdPart) -> Job:
    """Return the job."""
    return call.lab.jobs.get_job(job_id)


@endpoint("POST", "jobs/{job_id}/cancel", summary="Cancel a job")
def cancel_job(call: Call, job_id: IdPart) -> Job:
    """Ask for the end of the job and return it."""
    job = call.lab.jobs.cancel(job_id, user=call.user)
    if job.state in ACTIVE_STATES:
        # A worker ends the processes; when the one that ran the job died, the next one.
        call.start_worker()
    return job


@endpoint("GET", "jobs/{job_id}/notebook", summary="The executed notebook, as far as it got")
def get_job_notebook(call: Call, job_id: IdPart) -> NotebookContent:
    """Return the notebook of the job."""
    return NotebookContent(call.lab.jobs.read_notebook(job_id))


@endpoint("GET", "jobs/{job_id}/log", summary="What the job wrote, from an offset on")
def read_job_log(call: Call, job_id: IdPart, query: LogQuery) -> JobLog:
    """Return a piece of the log."""
    return call.lab.jobs.read_log(job_id, offset=query.offset)
