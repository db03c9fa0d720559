"""Owns the calls about production: definitions, schedules and jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlops_lab.core.jobs import (
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
    Revision,
    RevisionList,
    Schedule,
    ScheduleList,
    ScheduleUpdate,
)

from .connection import Connection, part
from .pages import Pages
from .routes import calls

Notebook = dict[str, Any]
"""A notebook in the nbformat JSON form."""


class Definitions:
    """Job definitions with their revisions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @calls("get_promotion_draft")
    def draft(
        self, *, run_id: str | None = None, notebook_path: str | None = None
    ) -> PromotionDraft:
        """Return what is proposed for a run, or for a notebook."""
        query = {"run_id": run_id, "notebook_path": notebook_path}
        return self._connection.ask("GET", "promotion-draft", PromotionDraft, query=query)

    @calls("create_definition")
    def promote(self, order: Promotion) -> Definition:
        """Make a definition, or the next revision of the one with this name."""
        return self._connection.ask("POST", "definitions", Definition, body=order)

    @calls("list_definitions")
    def list(self) -> Sequence[Definition]:
        """Return all definitions, by name."""
        return self._connection.ask("GET", "definitions", DefinitionList).definitions

    @calls("get_definition")
    def get(self, definition_id: str) -> Definition:
        """Return one definition."""
        return self._connection.ask("GET", f"definitions/{part(definition_id)}", Definition)

    @calls("list_revisions")
    def revisions(self, definition_id: str) -> Sequence[Revision]:
        """Return the revisions of a definition, the newest first."""
        path = f"definitions/{part(definition_id)}/revisions"
        return self._connection.ask("GET", path, RevisionList).revisions

    @calls("get_revision_notebook")
    def notebook(self, definition_id: str, number: int) -> Notebook:
        """Return the production notebook of a revision."""
        path = f"definitions/{part(definition_id)}/revisions/{number}/notebook"
        return self._connection.ask("GET", path, Notebook)


class Schedules:
    """Schedules of definitions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @calls("list_schedules")
    def list(self) -> Sequence[Schedule]:
        """Return all schedules, by the names of their definitions."""
        return self._connection.ask("GET", "schedules", ScheduleList).schedules

    @calls("update_schedule")
    def update(
        self,
        schedule_id: str,
        *,
        paused: bool | None = None,
        cron: str | None = None,
        timezone: str | None = None,
    ) -> Schedule:
        """Pause, resume or change a schedule; what is None stays."""
        change = ScheduleUpdate(paused=paused, cron=cron, timezone=timezone)
        path = f"schedules/{part(schedule_id)}"
        return self._connection.ask("PATCH", path, Schedule, body=change, repeats=True)

    @calls("delete_schedule")
    def delete(self, schedule_id: str) -> None:
        """Remove a schedule; its jobs stay."""
        self._connection.ask("DELETE", f"schedules/{part(schedule_id)}", type(None))

    @calls("preview_cron")
    def preview(self, cron: str, *, timezone: str = "UTC", count: int = 3) -> CronPreview:
        """Return the next fire times of a cron expression."""
        query = {"cron": cron, "timezone": timezone, "count": count}
        return self._connection.ask("GET", "cron-preview", CronPreview, query=query)


class Jobs:
    """Jobs: one execution of a definition each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @calls("list_jobs")
    def list(
        self,
        *,
        definition_id: str | None = None,
        state: JobState | None = None,
        limit: int | None = None,
    ) -> Pages[JobPage, Job]:
        """List jobs, newest first; ``limit`` is the size of a page."""
        query = {"definition_id": definition_id, "state": state, "limit": limit}
        ask = self._connection.ask
        return Pages(
            lambda cursor: ask("GET", "jobs", JobPage, query={**query, "cursor": cursor}),
            lambda page: page.jobs,
        )

    @calls("submit_job")
    def submit(
        self,
        definition_id: str,
        *,
        revision: int | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Job:
        """Run a definition now."""
        order = NewJob(definition_id, revision=revision, parameters=dict(parameters or {}))
        return self._connection.ask("POST", "jobs", Job, body=order)

    @calls("get_job")
    def get(self, job_id: str) -> Job:
        """Return one job."""
        return self._connection.ask("GET", f"jobs/{part(job_id)}", Job)

    @calls("cancel_job")
    def cancel(self, job_id: str) -> Job:
        """Ask for the end of a job."""
        return self._connection.ask("POST", f"jobs/{part(job_id)}/cancel", Job, repeats=True)

    @calls("get_job_notebook")
    def notebook(self, job_id: str) -> Notebook:
        """Return the executed notebook, as far as it got."""
        return self._connection.ask("GET", f"jobs/{part(job_id)}/notebook", Notebook)

    @calls("read_job_log")
    def log(self, job_id: str, *, offset: int = 0) -> JobLog:
        """Return a piece of what a job wrote, from ``offset`` on."""
        path = f"jobs/{part(job_id)}/log"
        return self._connection.ask("GET", path, JobLog, query={"offset": offset})
