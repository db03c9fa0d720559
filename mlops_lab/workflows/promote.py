"""Owns promotion: a run, or a notebook, becomes a revision of a job definition."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec
import nbformat
from nbformat import NotebookNode

from mlops_lab.core.errors import ConflictError, InvalidInputError, NotFoundError
from mlops_lab.core.jobs import Definition, NewRevision, Parameter, Promotion, PromotionDraft
from mlops_lab.core.limits import check_key
from mlops_lab.core.tracking import Cell, Run
from mlops_lab.lab import Lab
from mlops_lab.notebooks.parameters import Literals, check_parameters, find_literals, propose
from mlops_lab.notebooks.production import make_production
from mlops_lab.notebooks.read import DEFAULT_KERNEL, kernel_name, read_notebook
from mlops_lab.notebooks.source import our_lines, place

_NUMBERED = re.compile(r" \[\d+\]\Z")
_LIKE = 0.6
"""How alike two sources must be, from 0 to 1, for one to be taken for a form of the other."""


class _Origin(msgspec.Struct, frozen=True):
    """What is promoted: the notebook with the run's cells in it, where it is, and the warnings."""

    notebook: NotebookNode
    file: Path
    path: str
    run: Run | None
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
    proposed = propose(literals, origin.run.params if origin.run else None)
    chosen = [
        Parameter(name=x.name, type=x.type, default=x.value, comment=x.comment)
        for x in proposed
        if x.chosen
    ]
    production = make_production(origin.notebook, parameters=chosen, record={})
    name = _proposed_name(origin)
    return PromotionDraft(
        name=name,
        run_id=origin.run.summary.id if origin.run else None,
        notebook_path=origin.path,
        kernel_name=_kernel_name(origin),
        parameters=proposed,
        warnings=[*origin.warnings, *_literal_warnings(literals, origin.run), *production.notes],
        existing_revision=_newest_revision(lab, name),
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
    parameters = check_parameters(order.parameters, [literal.name for literal in literals.found])
    source_run_id = origin.run.summary.id if origin.run else None
    production = make_production(
        origin.notebook,
        parameters=parameters,
        record={"definition": order.name, "source_run_id": source_run_id},
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
    if order.schedule is None:
        return definition
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
    warnings = [] if run is None else _use_run_cells(notebook, run.cells)
    cells = [place(cell.source) for cell in notebook.cells if cell.cell_type == "code"]
    if not any(cell is not None and cell.tracked for cell in cells):
        warnings.append(
            "The notebook has no %%track cell: its jobs log no metrics but what the code logs itself."
        )
    path = notebook_path or (run.summary.notebook_path if run else None) or str(file)
    return _Origin(notebook=notebook, file=file, path=path, run=run, warnings=warnings)


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
    for path in dict.fromkeys([notebook_path, str(notebook_file.absolute())]):
        if path is None:
            continue
        page = lab.tracking.list_runs(notebook_path=path, limit=50)
        for summary in page.runs:
            if summary.job is None:
                return lab.tracking.get_run(summary.id)
    return None


def _use_run_cells(notebook: NotebookNode, cells: Iterable[Cell]) -> list[str]:
    """Put the cells of the run into the notebook where the file has others; say so in words."""
    warnings = []
    for cell in cells:
        index, is_guess = _find_cell(notebook, cell)
        if index is None:
            added = nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
                _with_magic(cell.source)
            )
            notebook.cells.append(added)
            warnings.append(
                "The tracked cell of the run is not in the notebook file any more; the run's source "
                "was put at the end."
            )
            continue
        on_disk = notebook.cells[index]
        if is_guess:
            warnings.append(
                f"The tracked cell has no known id; cell {index + 1} was taken for it, by its source."
            )
        if _body(on_disk.source) == _body(cell.source):
            on_disk["source"] = _with_magic(on_disk.source)
            continue
        on_disk["source"] = _with_magic(cell.source)
        warnings.append(
            f"The tracked cell (cell {index + 1}) is not in the notebook file as the run executed "
            "it: it was changed since, or not saved. The run's source is used."
        )
    return warnings


def _find_cell(notebook: NotebookNode, cell: Cell) -> tuple[int | None, bool]:
    """Return the index of the cell in the notebook, and whether likeness alone speaks for it."""
    codes = [(i, c) for i, c in enumerate(notebook.cells) if c.cell_type == "code"]
    for index, candidate in codes:
        if cell.cell_id and candidate.get("id") == cell.cell_id:
            return index, False
    wanted = _body(cell.source)
    for index, candidate in codes:
        if _body(candidate.source) == wanted:
            return index, False
    scored = [
        (difflib.SequenceMatcher(None, wanted, _body(candidate.source)).ratio(), -index)
        for index, candidate in codes
    ]
    score, negative = max(scored, default=(0.0, 0))
    return (-negative, True) if score >= _LIKE else (None, True)


def _body(source: str) -> str:
    """Return what the cell does, without our magics and outer white space."""
    cell = place(source)
    if cell is None:
        return source.strip()
    kept, at = [], 0
    for start, end, _ in our_lines(cell):
        kept.append(source[at:start])
        at = end
    return "".join([*kept, source[at:]]).strip()


def _with_magic(source: str) -> str:
    cell = place(source)
    return source if cell is None or cell.tracked else f"%%track\n{source}"


def _literal_warnings(literals: Literals, run: Run | None) -> list[str]:
    used = {param.name for param in run.params} if run else set()
    refused = [
        f"{name} is not proposed as a parameter: {reason}."
        for name, reason in literals.refused.items()
        if name in used
    ]
    secrets = [
        f"{name} looks like a secret, so it is not proposed as a parameter and stays in the "
        "notebook's text. Read it from the environment instead."
        for name in literals.secrets
    ]
    return [*refused, *secrets]


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


def _newest_revision(lab: Lab, name: str) -> int | None:
    for definition in lab.jobs.list_definitions().definitions:
        if definition.name == name:
            return definition.revision.number
    return None
