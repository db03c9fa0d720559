"""Owns ``mlops-lab export`` and ``mlops-lab import``: runs into one file, and from elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops_lab.core.errors import InvalidInputError, did_you_mean
from mlops_lab.core.ids import short_id

from .opened import current_user, find_run, open_lab
from .options import AsJson
from .output import print_json, print_line
from .words import plain, size

if TYPE_CHECKING:
    from mlops_lab.core.carrying import ImportReport
    from mlops_lab.lab import Lab

Runs = Annotated[
    list[str] | None, typer.Argument(metavar="[RUN]...", help="Runs, by id or latest.")
]
FilterText = Annotated[
    str, typer.Option("--filter", help="All runs that match, as in the sidebar.")
]
OfExperiment = Annotated[str, typer.Option("--experiment", help="All runs of this experiment.")]
_COUNT_WIDTH = 8


def named_runs(lab: Lab, runs: list[str] | None, *, filter_text: str, experiment: str) -> list[str]:
    """Return the ids of the runs that are named, or of all that match.

    Raises:
        InvalidInputError: neither runs nor a filter nor an experiment is given.
        NotFoundError: there is no such run, or none matches.
    """
    from mlops_lab.workflows.carrying.exporting import find_runs

    found = [find_run(lab, name).summary.id for name in runs or []]
    if filter_text or experiment:
        found += find_runs(lab, filter_text=filter_text, experiment=experiment or None)
    if not found:
        raise InvalidInputError(
            "No run is named.", hint="Name runs, or give --experiment or --filter."
        )
    return list(dict.fromkeys(found))


def export_runs(
    runs: Runs = None,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write.")
    ] = None,
    experiment: OfExperiment = "",
    filter_text: FilterText = "",
    as_json: AsJson = False,
) -> None:
    """Write runs, with their children and everything they hold, into one file."""
    from mlops_lab.workflows.carrying.exporting import export_runs as write

    with open_lab() as lab:
        ids = named_runs(lab, runs, filter_text=filter_text, experiment=experiment)
        shown = short_id(ids[0]) if len(ids) == 1 else f"{len(ids)}-runs"
        file = output or Path(f"mlops-lab-{shown}.zip")
        report = write(lab, ids, file, who=current_user())
    if as_json:
        print_json(report)
        return
    print_line(
        f"{_counted(report.runs, 'runs')} with {_counted(report.files, 'files')} in {report.file} "
        f"({size(report.bytes)}). "
        f"Take it into another store: mlops-lab import {report.file}"
    )
    for name in report.missing:
        print_line(f"Its bytes were never delivered: {plain(name)}", style="yellow")


def import_runs(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE | TOOL PLACE",
            help="An export file; or mlflow, wandb, tensorboard, aim or trackio, and a path or URL.",
        ),
    ],
    *,
    experiment: Annotated[
        str, typer.Option("--experiment", help="Only runs of this experiment of the other tool.")
    ] = "",
    no_artifacts: Annotated[
        bool, typer.Option("--no-artifacts", help="Leave the files of runs where they are.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be taken.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take in an export file, or the runs of another tool; a second time takes only what is new."""
    told = _progress()
    with open_lab() as lab:
        if len(what) == 1:
            report = _import_file(
                lab, what[0], options=bool(experiment or no_artifacts or dry_run), told=told
            )
        else:
            report = _import_foreign(
                lab,
                what,
                experiment=experiment,
                with_files=not no_artifacts,
                is_dry=dry_run,
                told=told,
            )
    told("")
    if as_json:
        print_json(report)
        return
    _print_report(report)


def _import_file(
    lab: Lab, name: str, *, options: bool, told: Callable[[str], None]
) -> ImportReport:
    from mlops_lab.workflows.carrying.importing import import_archive
    from mlops_lab.workflows.carrying.sources import KINDS

    file = Path(name)
    if name in KINDS and not file.exists():
        raise InvalidInputError(
            f"What of {name} shall be imported is not said.",
            hint=f"Name its place: mlops-lab import {name} PATH",
        )
    if file.is_dir() or "://" in name:
        raise InvalidInputError(
            f"{name!r} is no export file.",
            hint=f"Say of which tool it is, such as: mlops-lab import mlflow {name}",
        )
    if options:
        raise InvalidInputError(
            "An export file is taken whole.",
            hint="--experiment, --no-artifacts and --dry-run are for the runs of another tool.",
        )
    return import_archive(lab.store, file, who=current_user(), told=told)


def _import_foreign(
    lab: Lab,
    what: list[str],
    *,
    experiment: str,
    with_files: bool,
    is_dry: bool,
    told: Callable[[str], None],
) -> ImportReport:
    from mlops_lab.workflows.carrying.foreign import Wanted, import_foreign
    from mlops_lab.workflows.carrying.sources import KINDS, open_source

    if len(what) != 2 or what[0] not in KINDS:  # noqa: PLR2004 - a tool and its place
        hint = (
            did_you_mean(what[0], KINDS) if what[0] not in KINDS else "Import one place at a time."
        )
        raise InvalidInputError(f"{' '.join(what)[:200]!r} cannot be imported.", hint=hint)
    wanted = Wanted(
        experiment=experiment or None, with_files=with_files, is_dry=is_dry, who=current_user()
    )
    with open_source(what[0], what[1]) as source:
        return import_foreign(lab.store, source, wanted, told=told)


def _progress() -> Callable[[str], None]:
    """Return what shows one line that changes, where somebody looks."""
    if not sys.stderr.isatty():
        return lambda _: None

    def show(text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    return show


def _counted(count: int, kind: str) -> str:
    return f"{count:,} {kind.removesuffix('s') if count == 1 else kind}"


def _print_report(report: ImportReport) -> None:
    verb = "Would take" if report.is_dry else "Took"
    counted = ", ".join(_counted(count, kind) for kind, count in report.taken.items())
    print_line(f"{verb} {counted or 'nothing new'} from {plain(report.origin)}.")
    if report.skipped:
        verb = "is" if report.skipped == 1 else "are"
        print_line(f"{_counted(report.skipped, 'runs')} {verb} there from before.")
    for left in report.not_taken:
        print_line(
            f"{left.count:>{_COUNT_WIDTH},}  not taken: {plain(left.reason)}", style="yellow"
        )
        for example in left.examples:
            print_line(f"{'':{_COUNT_WIDTH}}  {plain(example)}")
