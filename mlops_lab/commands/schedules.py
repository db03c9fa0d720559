"""Owns ``mlops-lab schedules``: list, pause, resume, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mlops_lab.core.errors import NotFoundError, did_you_mean
from mlops_lab.core.jobs import Schedule, ScheduleUpdate

from .opened import current_user, open_lab
from .options import AsJson
from .output import print_json, print_line, print_table, shown_id

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="Job definition, or id of the schedule: 4 digits or more."),
]


def list_schedules(*, as_json: AsJson = False) -> None:
    """List schedules, by job definition."""
    with open_lab() as lab:
        found = lab.jobs.list_schedules()
    if as_json:
        print_json(found)
        return
    print_table(
        ["DEFINITION", "CRON", "TIMEZONE", "WHEN", "NEXT", "ID"],
        [
            [
                schedule.definition_name,
                schedule.cron,
                schedule.timezone,
                schedule.description,
                schedule.next_fire_words or "paused",
                shown_id(schedule.id),
            ]
            for schedule in found.schedules
        ],
        empty="No schedules. Make one: mlops-lab promote latest --cron '0 6 * * *'",
    )


def pause_schedule(name: Name, *, as_json: AsJson = False) -> None:
    """Pause a schedule: it makes no jobs until it is resumed."""
    with open_lab() as lab:
        found = _find(lab, name)
        schedule = lab.jobs.update_schedule(
            found.id, ScheduleUpdate(paused=True), user=current_user()
        )
    _show(schedule, as_json=as_json)


def resume_schedule(name: Name, *, as_json: AsJson = False) -> None:
    """Resume a paused schedule from now on; a worker is started if none is alive."""
    from mlops_lab.jobs.launcher import ensure_worker

    with open_lab() as lab:
        found = _find(lab, name)
        schedule = lab.jobs.update_schedule(
            found.id, ScheduleUpdate(paused=False), user=current_user()
        )
        ensure_worker(lab.jobs, lab.settings)
    _show(schedule, as_json=as_json)


def delete_schedule(name: Name, *, as_json: AsJson = False) -> None:
    """Delete a schedule; the job definition and its jobs stay."""
    with open_lab() as lab:
        schedule = _find(lab, name)
        lab.jobs.delete_schedule(schedule.id, user=current_user())
    if as_json:
        print_json(schedule)
        return
    print_line(f"{schedule.definition_name} has no schedule any more; it ran {_lower(schedule)}.")


def _lower(schedule: Schedule) -> str:
    return f"{schedule.description[:1].lower()}{schedule.description[1:]} ({schedule.timezone})"


def _find(lab: Lab, name: str) -> Schedule:
    """Return the schedule of the definition with this name, or else with this id or part of it.

    Raises:
        NotFoundError: there is none.
        InvalidInputError: several ids begin or end like this.
    """
    schedules = lab.jobs.list_schedules().schedules
    for schedule in schedules:
        if schedule.definition_name == name:
            return schedule
    try:
        return lab.jobs.get_schedule(name)
    except NotFoundError as error:
        names = [schedule.definition_name for schedule in schedules]
        hint = did_you_mean(name, names) or error.hint
        raise NotFoundError(error.message, hint=hint) from error


def _show(schedule: Schedule, *, as_json: bool) -> None:
    if as_json:
        print_json(schedule)
        return
    what = "paused" if schedule.paused else f"next at {schedule.next_fire_words}"
    print_line(f"{schedule.definition_name}: {schedule.description}, {what}")
