"""Owns ``mlops-lab retention``: show, set, run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mlops_lab.core.errors import NotFoundError

from .opened import current_user, open_lab
from .options import AsJson
from .output import print_json, print_line, print_table
from .words import moment

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

_ALL = "(all others)"
Name = Annotated[
    str, typer.Argument(metavar="[EXPERIMENT]", help="Its name; left out, all without their own.")
]


def show_retention(*, as_json: AsJson = False) -> None:
    """Show how long data is kept; without a policy it is kept for ever."""
    with open_lab() as lab:
        found = lab.retention.list_policies()
    if as_json:
        print_json(found)
        return
    rows = [
        [
            one.experiment or _ALL,
            _days(one.runs_days),
            _days(one.artifacts_days),
            ", ".join(one.masked) or "-",
            f"{one.updated_by}, {moment(one.updated_at)}",
        ]
        for one in found
    ]
    columns = ["EXPERIMENT", "RUNS", "ARTIFACTS", "MASKED", "SET BY"]
    print_table(columns, rows, empty="No policy: everything is kept.")


def set_retention(
    experiment: Name = "",
    *,
    runs_days: Annotated[
        float | None, typer.Option("--runs", metavar="DAYS", help="Remove runs after these days.")
    ] = None,
    artifacts_days: Annotated[
        float | None,
        typer.Option("--artifacts", metavar="DAYS", help="Remove files of runs after these days."),
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option("--mask", metavar="NAME", help="Replace the values of this param or tag."),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the policy.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set the policy of an experiment in place of the one it has; with no option it keeps all."""
    with open_lab() as lab:
        if remove:
            lab.retention.remove_policy(experiment, who=current_user())
            print_line(f"{experiment or _ALL} has no policy of its own.")
            return
        policy = lab.retention.set_policy(
            experiment,
            runs_days=runs_days,
            artifacts_days=artifacts_days,
            masked=mask or (),
            who=current_user(),
        )
        is_known = not experiment or _exists(lab, experiment)
    if as_json:
        print_json(policy)
        return
    if not is_known:
        print_line(f"There is no experiment {experiment!r} yet: the policy waits for one.")
    print_line(
        f"{experiment or _ALL}: runs {_days(runs_days)}, artifacts {_days(artifacts_days)}, "
        f"masked {', '.join(policy.masked) or 'nothing'}. See first: mlops-lab retention run --dry-run"
    )


def run_retention(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be removed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Apply the policies now; a server does it every hour."""
    with open_lab() as lab:
        done = lab.retention.survey() if dry_run else lab.retention.apply()
    if as_json:
        print_json(done)
        return
    rows = [
        [one.experiment or _ALL, str(one.runs), str(one.artifacts), str(one.masked)] for one in done
    ]
    columns = ["EXPERIMENT", "RUNS REMOVED", "RUNS WITHOUT FILES", "RUNS MASKED"]
    print_table(columns, rows, empty="No policy: everything is kept.")


def _exists(lab: Lab, experiment: str) -> bool:
    try:
        lab.experiments.get(experiment)
    except NotFoundError:
        return False
    return True


def _days(days: float | None) -> str:
    return "kept" if days is None else f"{days:g} days"
