"""Owns ``mlops-lab trash`` and the commands that put runs and experiments there, or archive runs."""

from __future__ import annotations

from typing import Annotated

import typer

from mlops_lab.core.archive import ArchiveOrder
from mlops_lab.core.errors import InvalidInputError
from mlops_lab.core.trash import PurgeOrder, Refused, TrashOrder, TrashOutcome

from .opened import LATEST, current_user, find_run, open_lab
from .options import AsJson, Limit
from .output import print_error, print_json, print_line, print_table, shown_id
from .words import age, counted, size

RunNames = Annotated[
    list[str],
    typer.Argument(metavar="RUN...", help="Ids, or 4 or more digits of start or end, or latest."),
]
ExperimentNames = Annotated[
    list[str], typer.Argument(metavar="NAME...", help="Names of experiments.")
]
Sure = Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")]


def trash_runs(runs: RunNames, *, as_json: AsJson = False) -> None:
    """Put runs and their children into the trash; they can be restored."""
    with open_lab() as lab:
        # A run that is named by its id may be in the trash, and is told by what refuses it.
        ids = [find_run(lab, one).summary.id if one == LATEST else one for one in runs]
        _print(lab.trash.put(TrashOrder(runs=ids), who=current_user()), "in the trash", as_json)


def restore_runs(runs: RunNames, *, as_json: AsJson = False) -> None:
    """Take runs out of the trash."""
    with open_lab() as lab:
        _print(lab.trash.restore(TrashOrder(runs=runs), who=current_user()), "restored", as_json)


def purge_runs(runs: RunNames, *, yes: Sure = False, as_json: AsJson = False) -> None:
    """Remove runs that are in the trash for good, with artifacts that nothing else names."""
    _make_sure(yes)
    with open_lab() as lab:
        _print(lab.trash.purge(PurgeOrder(runs=runs), who=current_user()), "purged", as_json)


def archive_runs(runs: RunNames, *, as_json: AsJson = False) -> None:
    """Archive runs and their children: the sidebar leaves them out, nothing of them is lost."""
    _archive(runs, archived=True, as_json=as_json)


def unarchive_runs(runs: RunNames, *, as_json: AsJson = False) -> None:
    """Take runs and their children out of the archive."""
    _archive(runs, archived=False, as_json=as_json)


def _archive(runs: list[str], *, archived: bool, as_json: bool) -> None:
    with open_lab() as lab:
        ids = [find_run(lab, one).summary.id if one == LATEST else one for one in runs]
        order = ArchiveOrder(run_ids=ids, archived=archived)
        outcome = lab.archive.put(order, who=current_user())
    if as_json:
        print_json(outcome)
    else:
        where = "archived" if archived else "taken out of the archive"
        print_line(f"{counted(len(outcome.runs), 'run')} {where}.")
    _refuse(outcome.refused, is_told=not as_json)


def trash_experiments(names: ExperimentNames, *, as_json: AsJson = False) -> None:
    """Put experiments and all their runs into the trash; they can be restored."""
    with open_lab() as lab:
        order = TrashOrder(experiments=names)
        _print(lab.trash.put(order, who=current_user()), "in the trash", as_json)


def restore_experiments(names: ExperimentNames, *, as_json: AsJson = False) -> None:
    """Take experiments out of the trash, with the runs that went there with them."""
    with open_lab() as lab:
        order = TrashOrder(experiments=names)
        _print(lab.trash.restore(order, who=current_user()), "restored", as_json)


def list_trash(*, limit: Limit = 100, as_json: AsJson = False) -> None:
    """List what is in the trash, what came last first."""
    with open_lab() as lab:
        page = lab.trash.list_page(limit=limit)
    if as_json:
        print_json(page)
        return
    rows = [
        ["experiment", one.name, counted(one.runs, "run"), age(one.trashed_at), "-"]
        for one in page.experiments
    ]
    rows += [
        [shown_id(one.id), one.name, one.experiment, age(one.trashed_at), one.trashed_by or "-"]
        for one in page.runs
    ]
    print_table(["RUN", "NAME", "EXPERIMENT", "TRASHED", "BY"], rows, empty="The trash is empty.")


def empty_trash(
    *,
    older_than: Annotated[
        float, typer.Option("--older-than", metavar="DAYS", help="Only what is there so long.")
    ] = 0,
    yes: Sure = False,
    as_json: AsJson = False,
) -> None:
    """Remove what is in the trash for good, with artifacts that nothing else names."""
    _make_sure(yes)
    if older_than < 0:
        raise InvalidInputError("--older-than is negative.", hint="Give a number of days, or 0.")
    with open_lab() as lab:
        order = PurgeOrder(older_than_days=older_than)
        _print(lab.trash.purge(order, who=current_user()), "purged", as_json)


def _make_sure(yes: bool) -> None:  # noqa: FBT001 - the answer that an option gave
    if not yes:
        typer.confirm("What is purged is gone for good. Go on?", abort=True)


def _print(outcome: TrashOutcome, done: str, as_json: bool) -> None:  # noqa: FBT001 - an option
    if as_json:
        print_json(outcome)
    else:
        runs = counted(len(outcome.runs), "run")
        words = f"{runs} and {counted(len(outcome.experiments), 'experiment')} {done}."
        if outcome.artifacts:
            words += f" {counted(outcome.artifacts, 'artifact')} removed, {size(outcome.artifact_bytes)}."
        if outcome.documents_kept:
            words += f" {outcome.documents_kept} captured texts wait for mlops-lab gc."
        if outcome.artifacts_kept:
            waiting = size(outcome.artifact_bytes_kept)
            words += f" {outcome.artifacts_kept} artifacts wait for mlops-lab gc, {waiting}."
        print_line(words)
    _refuse(outcome.refused, is_told=not as_json)


def _refuse(refused: list[Refused], *, is_told: bool) -> None:
    for one in refused if is_told else ():
        print_error(f"The {one.kind} {one.name} stays as it is: {one.reason.rstrip('.')}.")
    if refused:
        raise typer.Exit(1)
