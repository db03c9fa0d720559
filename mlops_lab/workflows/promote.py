"""Owns promotion: a run, or a notebook, becomes a revision of a job definition."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import nbformat
from nbformat import NotebookNode

from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.core.jobs import Definition, NewRevision, Parameter, Promotion, PromotionDraft
from mlops_lab.core.limits import check_key
from mlops_lab.core.paths import without_drive
from mlops_lab.core.tracking import Run
from mlops_lab.lab import Lab
from mlops_lab.notebooks.literals import Literals, find_literals, placed_cells
from mlops_lab.notebooks.parameters import check_parameters, explain_missing, propose
from mlops_lab.notebooks.production import make_production
from mlops_lab.notebooks.read import DEFAULT_KERNEL, kernel_name, read_notebook
from mlops_lab.notebooks.runcells import put_back

_NUMBERED = re.compile(r" \[\d+\]\Z")


class _Origin(msgspec.Struct, frozen=True):
    """What is promoted: the notebook with the run's cells in it, where it is, and the warnings.

    ``tracked`` holds the indexes of the run's cells; None without a run.
    """

    notebook: NotebookNode
    file: Path
    path: str
    run: Run | None
    tracked: list[int] | None
    warnings: list[str]


def draft(
    lab: Lab,
    *,
    run_id: str | None = None,
    notebook_file: Path | None = None,
    notebook_path: str | None = None,
) -> PromotionDraft:
    """Return what would be promoted from a run, or from a notebook file and its newest run.

    Args:
        lab: the open store.
        run_id: the run; its own notebook file is read unless ``notebook_file`` names another.
        notebook_file: the notebook on disk; it is only read.
        notebook_path: the notebook as the front end names it, by which its newest run is found.

    Raises:
        InvalidInputError: neither is given, or the notebook cannot be used.
        NotFoundError: there is no such run or file.
        ConflictError: the run is one of a job.
    """
    origin = _open(lab, run_id=run_id, notebook_file=notebook_file, notebook_path=notebook_path)
    literals = find_literals(origin.notebook)
    params = origin.run.params if origin.run else None
    proposed = propose(literals, params)
    chosen = [
        Parameter(name=x.name, type=x.type, default=x.value, comment=x.comment)
        for x in proposed
        if x.chosen
    ]
    production = make_production(
        origin.notebook, parameters=chosen, record={}, tracked=origin.tracked
    )
    missing = explain_missing(literals, proposed, params or ())
    name = _proposed_name(origin)
    return PromotionDraft(
        name=name,
        run_id=origin.run.summary.id if origin.run else None,
        notebook_path=origin.path,
        kernel_name=_kernel_name(origin),
        parameters=proposed,
        warnings=[
            *origin.warnings,
            *missing,
            *_secret_warnings(literals),
            *production.notes,
        ],
        existing_revision=lab.jobs.newest_revision(name),
    )


def promote(
    lab: Lab, order: Promotion, *, user: str, notebook_file: Path | None = None
) -> Definition:
    """Make the revision that ``order`` describes, and its schedule if it has one.

    Everything that can be refused is refused before anything is stored. The original notebook is
    not touched.

    Raises:
        InvalidInputError: a parameter, the schedule or the notebook cannot be used.
        LimitError: the name cannot name a definition.
        NotFoundError: there is no such run or file.
        ConflictError: the run is one of a job.
    """
    check_key("job definition", order.name)
    if order.schedule is not None:
        lab.jobs.preview_cron(cron=order.schedule.cron, timezone=order.schedule.timezone, count=1)
    origin = _open(
        lab,
        run_id=order.run_id,
        notebook_file=notebook_file,
        notebook_path=order.notebook_path,
    )
    literals = find_literals(origin.notebook)
    parameters = check_parameters(order.parameters, literals.found)
    source_run_id = origin.run.summary.id if origin.run else None
    production = make_production(
        origin.notebook,
        parameters=parameters,
        record={"definition": order.name, "source_run_id": source_run_id},
        tracked=origin.tracked,
    )
    text: str = nbformat.writes(production.notebook)  # type: ignore[no-untyped-call]
    definition = lab.jobs.put_revision(
        NewRevision(
            name=order.name,
            parameters=parameters,
            tracked_cells=production.tracked_cells,
            warnings=[*origin.warnings, *production.notes],
            kernel_name=_kernel_name(origin),
            working_dir=str(origin.file.parent),
            notebook=text.encode(),
            notebook_path=origin.path,
            source_run_id=source_run_id,
            created_by=user,
        )
    )
    if order.schedule is not None:
        lab.jobs.set_schedule(definition.id, order.schedule, user=user)
    return lab.jobs.get_definition(definition.id)


def _open(
    lab: Lab, *, run_id: str | None, notebook_file: Path | None, notebook_path: str | None
) -> _Origin:
    run = _find_run(lab, run_id=run_id, notebook_file=notebook_file, notebook_path=notebook_path)
    file = notebook_file or (Path(run.notebook_file) if run and run.notebook_file else None)
    if file is None:
        raise _no_file(run)
    file = file.absolute()
    notebook = read_notebook(file)
    put = put_back(notebook, run.cells) if run and run.cells else None
    warnings = put.warnings if put else []
    if not any(cell.tracked for cell in placed_cells(notebook).values()):
        warnings.append(
            "The notebook has no %%track cell: its jobs log no metrics but what the code logs itself."
        )
    path = notebook_path or (run.summary.notebook_path if run else None) or str(file)
    return _Origin(
        notebook=notebook,
        file=file,
        path=without_drive(path),
        run=run,
        tracked=put.indexes if put else None,
        warnings=warnings,
    )


def _no_file(run: Run | None) -> Exception:
    if run is None:
        return InvalidInputError(
            "Nothing was named to promote.", hint="Name a run or a notebook file."
        )
    return NotFoundError(
        f"The run {run.summary.name} ({run.summary.id}) has no notebook file.",
        hint="Save the notebook, run its tracked cell again, and promote the new run.",
    )


def _find_run(
    lab: Lab, *, run_id: str | None, notebook_file: Path | None, notebook_path: str | None
) -> Run | None:
    if run_id is not None:
        run = lab.tracking.get_run(run_id)
        if run.summary.job is not None:
            source = run.summary.job.source_run_id
            raise ConflictError(
                f"The run {run.summary.name} is one of a job of {run.summary.job.definition_name!r},"
                " so it is in production already.",
                hint=f"Promote the run that it came from: {source}." if source else "",
            )
        return run
    if notebook_file is None:
        return None
    return lab.tracking.newest_run(notebook_file=notebook_file, notebook_path=notebook_path)


def _secret_warnings(literals: Literals) -> list[str]:
    return [
        f"{name} looks like a secret, so it is not proposed as a parameter and stays in the "
        "notebook's text. Read it from the environment instead."
        for name in literals.secrets
    ]


def _kernel_name(origin: _Origin) -> str:
    return (
        kernel_name(origin.notebook)
        or (origin.run.kernel_name if origin.run else None)
        or DEFAULT_KERNEL
    )


def _proposed_name(origin: _Origin) -> str:
    name = origin.run.summary.name if origin.run else ""
    # A run that was not named bears the name of its notebook and a number in brackets.
    if not name or _NUMBERED.search(name):
        return origin.file.stem
    return f"{origin.file.stem} {name}"
