"""Owns ``mlops-lab definitions``: list, show."""

from __future__ import annotations

import msgspec

from mlops_lab.core.jobs import Definition, Revision

from .opened import open_lab
from .options import AsJson, DefinitionName
from .output import print_facts, print_heading, print_json, print_line, print_table, shown_id
from .words import literal, moment


class ShownDefinition(msgspec.Struct, frozen=True):
    """A definition with all its revisions, newest first: the answer of ``definitions show --json``."""

    definition: Definition
    revisions: list[Revision]


def list_definitions(*, as_json: AsJson = False) -> None:
    """List job definitions, by name."""
    with open_lab() as lab:
        found = lab.jobs.list_definitions()
    if as_json:
        print_json(found)
        return
    print_table(
        ["NAME", "REVISION", "SCHEDULE", "NEXT", "LAST JOB", "ID"],
        [_row(definition) for definition in found.definitions],
        empty="No job definitions. Make one of a run: mlops-lab promote latest",
    )


def show_definition(name: DefinitionName, *, as_json: AsJson = False) -> None:
    """Show a job definition: parameters, schedule, revisions."""
    with open_lab() as lab:
        definition = lab.jobs.get_definition(name)
        revisions = lab.jobs.list_revisions(definition.id).revisions
    if as_json:
        print_json(ShownDefinition(definition=definition, revisions=revisions))
        return
    print_definition(definition)
    print_heading("Revisions")
    print_table(
        ["NUMBER", "MADE", "BY", "FROM RUN"],
        [
            [
                str(revision.number),
                moment(revision.created_at),
                revision.created_by,
                shown_id(revision.source_run_id) if revision.source_run_id else "-",
            ]
            for revision in revisions
        ],
        empty="",
    )


def print_definition(definition: Definition) -> None:
    """Print a definition with the parameters and warnings of its newest revision."""
    revision, schedule = definition.revision, definition.schedule
    print_facts(
        {
            "Definition": definition.name,
            "Id": definition.id,
            "Revision": str(revision.number),
            "Notebook": revision.notebook_path,
            "Kernel": revision.kernel_name,
            "Folder": revision.working_dir,
            "From run": revision.source_run_id or "",
            "Schedule": f"{schedule.description} ({schedule.timezone})" if schedule else "none",
            "Next": (schedule.next_fire_words or "paused") if schedule else "",
        }
    )
    print_heading("Parameters")
    print_table(
        ["NAME", "TYPE", "DEFAULT", "COMMENT"],
        [[p.name, p.type, literal(p.default), p.comment] for p in revision.parameters],
        empty="None.",
    )
    if revision.warnings:
        print_heading("Notes")
        for warning in revision.warnings:
            print_line(warning)


def _row(definition: Definition) -> list[str]:
    schedule, job = definition.schedule, definition.last_job
    return [
        definition.name,
        str(definition.revision.number),
        schedule.description if schedule else "-",
        (schedule.next_fire_words or "paused") if schedule else "-",
        job.state if job else "-",
        shown_id(definition.id),
    ]
