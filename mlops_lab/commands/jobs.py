"""Owns ``mlops-lab jobs``: submit, list, show, cancel, logs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from mlops_lab.core.jobs import ACTIVE_STATES, Job, JobState, NewJob

from .opened import current_user, find_job, open_lab
from .options import AsJson, DefinitionName, JobName, Limit
from .output import print_facts, print_heading, print_json, print_line, print_table, shown_id
from .values import read_values
from .wait import follow_log, wait_for_job
from .words import age, duration, literal, moment

if TYPE_CHECKING:
    from mlops_lab.core.jobs import Parameter
    from mlops_lab.lab import Lab


def submit_job(
    name: DefinitionName,
    *,
    values: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="A value for this job."),
    ] = None,
    revision: Annotated[
        int | None, typer.Option("--revision", help="Number of a revision; the newest by default.")
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the end; exit with 1 unless it succeeded.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a job definition now; a worker is started if none is alive."""
    from mlops_lab.jobs.launcher import ensure_worker

    with open_lab() as lab:
        definition = lab.jobs.get_definition(name)
        declared = _declared(lab, definition.id, revision) or definition.revision.parameters
        types = {parameter.name: parameter.type for parameter in declared}
        order = NewJob(
            definition_id=definition.id,
            revision=revision,
            parameters=read_values(values or [], types=types),
        )
        job = lab.jobs.submit(order, user=current_user())
        ensure_worker(lab.jobs, lab.settings)
        if wait:
            job = wait_for_job(lab, job)
    if as_json:
        print_json(job)
    elif wait:
        _print_job(job)
    else:
        print_line(f"Job {job.id} of {job.definition_name} is {job.state}.")
    if wait and job.state != "succeeded":
        raise typer.Exit(1)


def list_jobs(
    *,
    definition: Annotated[
        str, typer.Option("--definition", help="Show only jobs of this definition.")
    ] = "",
    state: Annotated[
        JobState | None, typer.Option("--state", help="Show only jobs in this state.")
    ] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    with open_lab() as lab:
        page = lab.jobs.list_jobs(definition_id=definition or None, state=state, limit=limit)
    if as_json:
        print_json(page)
        return
    print_table(
        ["JOB", "DEFINITION", "STATE", "CELLS", "DURATION", "SUBMITTED", "CAUSE"],
        [_row(job) for job in page.jobs],
        empty="No jobs. Submit one: mlops-lab jobs submit NAME",
    )
    if page.next_cursor is not None:
        print_line(f"The newest {len(page.jobs)} jobs; --limit shows more.")


def show_job(job: JobName, *, as_json: AsJson = False) -> None:
    """Show a job: state, cause, parameters, failing cell, error."""
    with open_lab() as lab:
        found = find_job(lab, job)
    if as_json:
        print_json(found)
        return
    _print_job(found)


def cancel_job(job: JobName, *, as_json: AsJson = False) -> None:
    """Cancel a job: its whole process tree is ended."""
    from mlops_lab.jobs.launcher import resume_worker

    with open_lab() as lab:
        found = lab.jobs.cancel(find_job(lab, job).id, user=current_user())
        if found.state in ACTIVE_STATES:
            # A worker ends the processes; when the one that ran the job died, the next one.
            resume_worker(lab.jobs, lab.settings)
    if as_json:
        print_json(found)
        return
    print_line(f"Job {found.id} of {found.definition_name}: {found.cause}")


def show_logs(
    job: JobName,
    *,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until the job ends.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what a job wrote."""
    with open_lab() as lab:
        found = find_job(lab, job)
        if as_json:
            print_json(lab.jobs.read_log(found.id))
            return
        for text in follow_log(lab, found.id, to_the_end=follow):
            sys.stdout.write(text)
            sys.stdout.flush()


def _declared(lab: Lab, definition_id: str, number: int | None) -> list[Parameter]:
    for revision in lab.jobs.list_revisions(definition_id).revisions if number else ():
        if revision.number == number:
            return revision.parameters
    return []


def _row(job: Job) -> list[str]:
    return [
        shown_id(job.id),
        f"{job.definition_name} r{job.revision}",
        job.state,
        f"{job.cells_done}/{job.cells_total}",
        duration(_took(job)),
        age(job.submitted_at),
        job.cause,
    ]


def _took(job: Job) -> int | None:
    if job.started_at is None or job.ended_at is None:
        return None
    return job.ended_at - job.started_at


def _print_job(job: Job) -> None:
    print_facts(
        {
            "Job": job.id,
            "Definition": f"{job.definition_name}, revision {job.revision}",
            "State": job.state,
            "Cause": job.cause,
            "Cells": f"{job.cells_done} of {job.cells_total}",
            "Submitted": f"{moment(job.submitted_at)} by {job.submitted_by}",
            "Duration": duration(_took(job)),
            "Run": job.run_id or "",
            "From run": job.source_run_id or "",
        }
    )
    if job.parameters:
        print_heading("Parameters")
        rows = [[name, literal(value)] for name, value in job.parameters.items()]
        print_table(["NAME", "VALUE"], rows, empty="")
    if job.failing_cell is not None:
        print_heading(f"Failing cell ({job.failing_cell.index + 1})")
        print_line(job.failing_cell.source)
    if job.error is not None:
        print_heading("Error")
        print_line(job.error.traceback or f"{job.error.name}: {job.error.message}")
