"""Owns ``mlops-lab schedules``: list, pause, resume."""

from __future__ import annotations

from typing import Annotated

import typer

from mlops_lab.core.errors import NotFoundError, did_you_mean
from mlops_lab.core.jobs import Schedule, ScheduleUpdate

from .opened import open_lab
from .options import AsJson
from .output import print_json, print_line, print_table, shown_id

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the job definition, or id of the schedule.")
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
    _show(_set_paused(name, paused=True), as_json=as_json)


def resume_schedule(name: Name, *, as_json: AsJson = False) -> None:
    """Resume a paused schedule from now on; what it missed is not made up for."""
    _show(_set_paused(name, paused=False), as_json=as_json)


def _set_paused(name: str, *, paused: bool) -> Schedule:
    with open_lab() as lab:
        schedules = lab.jobs.list_schedules().schedules
        for schedule in schedules:
            if name in {schedule.definition_name, schedule.id} or (
                len(name) >= 4 and schedule.id.endswith(name)  # noqa: PLR2004 - as for other ids
            ):
                return lab.jobs.update_schedule(schedule.id, ScheduleUpdate(paused=paused))
        names = [schedule.definition_name for schedule in schedules]
        raise NotFoundError(
            f"There is no schedule of {name!r}.",
            hint=did_you_mean(name, names) or "There are no schedules.",
        )


def _show(schedule: Schedule, *, as_json: bool) -> None:
    if as_json:
        print_json(schedule)
        return
    what = "paused" if schedule.paused else f"next at {schedule.next_fire_words}"
    print_line(f"{schedule.definition_name}: {schedule.description}, {what}")
