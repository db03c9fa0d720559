"""Owns ``mlops-lab promote``: a run, or a notebook, becomes a revision of a job definition."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.jobs import NewSchedule, Parameter, Promotion, PromotionDraft

from .definitions import print_definition
from .opened import current_user, find_run, open_lab
from .options import AsJson
from .output import print_json
from .values import read_values

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

_NOTEBOOK = ".ipynb"

_Name = Annotated[
    str | None,
    typer.Option("--name", help="Name of the definition; the notebook's name by default."),
]
_Cron = Annotated[str | None, typer.Option("--cron", help="Five-field cron: when jobs run.")]


def promote(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Id of a run, at least 4 digits of its start or end, latest, or a notebook file.",
        ),
    ],
    *,
    name: _Name = None,
    cron: _Cron = None,
    timezone: Annotated[
        str, typer.Option("--timezone", help="IANA timezone of --cron, such as Europe/Berlin.")
    ] = "UTC",
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Make a literal a parameter, with this default."
        ),
    ] = None,
    constants: Annotated[
        list[str] | None,
        typer.Option("--constant", metavar="NAME", help="Leave a proposed parameter a constant."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a job definition, or its next revision, of a run."""
    from mlops_lab.workflows import promote as workflow

    schedule = NewSchedule(cron=cron, timezone=timezone) if cron is not None else None
    with open_lab() as lab:
        file = Path(run).absolute() if run.endswith(_NOTEBOOK) else None
        run_id = None if file else find_run(lab, run).summary.id
        draft = workflow.draft(lab, run_id=run_id, notebook_file=file)
        order = Promotion(
            name=draft.name if name is None else name,
            parameters=_choose(draft, values or [], constants or []),
            run_id=run_id,
            notebook_path=str(file) if file else None,
            schedule=schedule,
        )
        definition = workflow.promote(lab, order, user=current_user(), notebook_file=file)
        if schedule is not None:
            _start_worker(lab)
    if as_json:
        print_json(definition)
        return
    print_definition(definition)


def _choose(draft: PromotionDraft, given: list[str], constants: list[str]) -> list[Parameter]:
    proposed = {parameter.name: parameter for parameter in draft.parameters}
    values = read_values(given, types={name: p.type for name, p in proposed.items()})
    for name in constants:
        if name not in proposed or name in values:
            raise InvalidInputError(
                f"--constant {name}: "
                + ("it is given with --set too." if name in values else "there is no such literal.")
            )
    return [
        Parameter(
            name=name,
            type=parameter.type,
            default=values.get(name, parameter.value),
            comment=parameter.comment,
        )
        for name, parameter in proposed.items()
        if (parameter.chosen or name in values) and name not in constants
    ]


def _start_worker(lab: Lab) -> None:
    from mlops_lab.jobs.launcher import ensure_worker

    ensure_worker(lab.jobs, lab.settings)
