"""Owns what is captured of a run on the command line: shown in short, its code, cells, packages, files."""

from __future__ import annotations

import os
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from mlops_lab.core.errors import ConflictError, InvalidInputError, LabError
from mlops_lab.core.paths import check_artifact_path

from .opened import find_run, open_lab
from .options import AsJson, RunName
from .output import print_facts, print_heading, print_json, print_line, print_table, shown_id
from .words import duration, moment, number, plain, size

if TYPE_CHECKING:
    from mlops_lab.core.data import DataVersion
    from mlops_lab.core.facets import ArtifactRef, RunCapture
    from mlops_lab.lab import Lab

_SHOWN_DIGITS = 12


def show_code(run: RunName, *, as_json: AsJson = False) -> None:
    """Print the source of a run as it was executed."""
    with open_lab() as lab:
        cells = find_run(lab, run).cells
    if as_json:
        print_json(cells)
        return
    for index, cell in enumerate(cells):
        if index:
            print_line("")
        print_line(cell.source)


def show_history(run: RunName, *, as_json: AsJson = False) -> None:
    """Print the cells that ran in the kernel before a run; all of them for the run of a job."""
    with open_lab() as lab:
        found = find_run(lab, run).summary
        cells = lab.tracking.get_capture(found.id).history
    if as_json:
        print_json(cells)
        return
    if not cells:
        print_line(f"No cell {'of' if found.source == 'job' else 'before'} it was recorded.")
    for cell in cells:
        count = "?" if cell.execution_count is None else cell.execution_count
        told = [f"In [{count}]", cell.status]
        if cell.duration_ms is not None:
            told.append(duration(cell.duration_ms))
        if cell.run_id is not None:
            told.append(f"run {shown_id(cell.run_id)}")
        print_heading(plain("  ".join(told)))
        print_line(cell.source)


def show_requirements(run: RunName, *, as_json: AsJson = False) -> None:
    """Print the packages of a run, for uv pip install -r or uv pip sync."""
    with open_lab() as lab:
        text = lab.files.requirements(find_run(lab, run).summary.id)
    if as_json:
        print_json({"requirements": text})
    else:
        typer.echo(text, nl=False)


def show_capture(run: RunName, *, as_json: AsJson = False) -> None:
    """Show what produced a run: environment, git, data, models, files, order."""
    with open_lab() as lab:
        capture = lab.tracking.get_capture(find_run(lab, run).summary.id)
    if as_json:
        print_json(capture)
    else:
        print_capture(capture)


def show_artifacts(
    run: RunName,
    *,
    to: Annotated[
        Path | None, typer.Option("--to", help="Write the files below this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the files of a run, or write them to a folder."""
    with open_lab() as lab:
        files = lab.tracking.get_capture(find_run(lab, run).summary.id).artifacts
        if to is not None:
            for file in files:
                if file.available:
                    _write(lab, file, to)
    if as_json:
        print_json(files)
        return
    _print_files(files)
    if to is not None and not all(file.available for file in files):
        print_line("Files whose bytes did not arrive were not written.", style="yellow")


def _write(lab: Lab, file: ArtifactRef, folder: Path) -> None:
    """Write a file below ``folder``, whatever links lie there; one that is there stays.

    Raises:
        ConflictError: there is another file of this name.
        InvalidInputError: the path leads out of the folder.
    """
    root = folder.absolute()
    target = root / check_artifact_path(file.path)
    try:
        root.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.parent.resolve().is_relative_to(root.resolve()):
            raise InvalidInputError(
                f"{file.path!r} leads out of {root} through a link.", hint="Name another folder."
            )
        if os.path.lexists(target):
            raise ConflictError(f"{target} is there already.", hint="Name another folder.")
        _copy(lab, file, target)
    except OSError as error:
        raise LabError(f"{target} cannot be written: {error}.") from error


def _copy(lab: Lab, file: ArtifactRef, target: Path) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out, lab.store.artifacts.open(file.digest) as content:
            while portion := content.read():
                out.write(portion)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def print_capture(capture: RunCapture) -> None:
    """Show what is captured of a run, in short."""
    print_facts(_surroundings(capture))
    if capture.data:
        print_heading("Data")
        rows = [
            [
                version.name,
                " x ".join(map(str, version.shape)) or "-",
                version.library_type,
                version.digest[:_SHOWN_DIGITS],
                _note_of(version),
            ]
            for version in capture.data
        ]
        print_table(["NAME", "SHAPE", "TYPE", "DIGEST", "NOTE"], rows, empty="")
    if capture.models:
        print_heading("Models")
        rows = [
            [m.name, m.class_name, f"{m.library} {m.library_version or ''}".strip(), _format(m)]
            for m in capture.models
        ]
        print_table(["NAME", "CLASS", "LIBRARY", "STORED AS"], rows, empty="")
    if capture.artifacts:
        print_heading("Files")
        _print_files(capture.artifacts)
    _print_order(capture)
    if capture.reproductions:
        print_heading("Reproductions")
        rows = [
            [moment(one.started_at), one.state, one.environment, one.message]
            for one in capture.reproductions
        ]
        print_table(["STARTED", "STATE", "ENVIRONMENT", "MESSAGE"], rows, empty="")


def _note_of(version: DataVersion) -> str:
    words = [] if version.role == "input" else [f"{version.role} by the cell"]
    if version.sampled_rows:
        words.append(f"{version.sampled_rows} rows sampled")
    return ", ".join(words)


def _surroundings(capture: RunCapture) -> dict[str, str]:
    environment, git, taken = capture.environment, capture.git, capture.resources
    facts = {}
    if environment is not None:
        facts["Python"] = f"{environment.python}, {len(environment.packages)} packages"
        if environment.script is not None:
            facts["Script"] = shlex.join([environment.script, *environment.arguments])
        facts["Platform"] = f"{environment.platform}, {environment.machine}"
        facts["GPU"] = ", ".join(environment.gpus)
        facts["Seeds"] = ", ".join(f"{name} {seed}" for name, seed in environment.seeds.items())
    if git is not None:
        dirty = ", with uncommitted changes" if git.dirty else ""
        facts["Git"] = f"{git.branch or 'no branch'} {(git.commit or '')[:_SHOWN_DIGITS]}{dirty}"
    if taken is not None and taken.energy_wh is not None:
        facts["Energy"] = f"{number(taken.energy_wh)} Wh {taken.energy_source or ''}".strip()
    if capture.outputs is not None:
        facts["Outputs"] = str(len(capture.outputs.outputs))
    if capture.history:
        facts["Cells before"] = str(len(capture.history))
    return facts


def _format(model: msgspec.Struct) -> str:
    form, safe = getattr(model, "format", None), getattr(model, "safe", None)
    if form is None:
        return "-"
    return form if safe else f"{form}, runs code when loaded"


def _print_files(files: list[ArtifactRef]) -> None:
    rows = [
        [
            file.path,
            size(file.size),
            file.media_type,
            file.digest[:_SHOWN_DIGITS],
            "" if file.available else "bytes missing",
        ]
        for file in files
    ]
    print_table(["PATH", "SIZE", "TYPE", "DIGEST", "NOTE"], rows, empty="No files.")


def _print_order(capture: RunCapture) -> None:
    if capture.order is None or not (capture.order.problems or capture.order.undefined):
        return
    print_heading("Order")
    for one in capture.order.problems:
        words = (one.problem or "").replace("_", " ")
        print_line(f"{', '.join(one.names)}: from a cell that is {words}", style="yellow")
    if capture.order.undefined:
        print_line(f"not defined by any cell: {', '.join(capture.order.undefined)}", style="yellow")
