"""Owns what a run is reproduced from: its cells, its folder, its kernel, and what was captured of it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from mlops_lab.core.errors import ConflictError
from mlops_lab.core.facets import RunCapture
from mlops_lab.core.ids import new_id
from mlops_lab.core.kernelenv import JobContext, cell_digest
from mlops_lab.core.tracking import JobLink, Run
from mlops_lab.jobs.parameters import overrides
from mlops_lab.jobs.records import to_revision
from mlops_lab.lab import Lab
from mlops_lab.notebooks.read import DEFAULT_KERNEL, parse_notebook
from mlops_lab.notebooks.replay import Replay, as_script, own_history, plan_job, plan_replay
from mlops_lab.store.definitions import get_revision


class Source(msgspec.Struct, frozen=True):
    """What is run again, and where. ``context`` is for the run of a job; ``notes`` are in words."""

    replay: Replay
    kernel_name: str
    working_dir: str
    capture: RunCapture
    failed: bool
    context: JobContext | None = None
    notes: list[str] = []


def find_source(lab: Lab, run: Run) -> Source:
    """Return what there is to run ``run`` again.

    Raises:
        NotFoundError: the notebook of its job is gone.
        ConflictError: its code was not recorded.
    """
    capture = lab.tracking.get_capture(run.summary.id)
    if run.summary.job is not None:
        return _of_job(lab, run, capture, run.summary.job)
    recorded, cells, owner = capture, run.cells, run
    if not cells and run.summary.parent_run_id is not None:
        # A trial has no cell of its own: that of the search ran it.
        owner = lab.tracking.get_run(run.summary.parent_run_id)
        recorded, cells = lab.tracking.get_capture(owner.summary.id), owner.cells
    replay = plan_replay(
        [*recorded.history, *own_history(recorded.own_history, cells, run_id=owner.summary.id)],
        cells,
        run_id=owner.summary.id,
        ended_well=owner.summary.status != "failed",
    )
    if not any(cell.own for cell in replay.cells):
        if run.summary.children:
            raise ConflictError(
                f"The run {run.summary.name} has no code of its own: it holds other runs.",
                hint="Reproduce one of those.",
            )
        raise ConflictError(
            f"The code of the run {run.summary.name} was not recorded.",
            hint="Its capture was switched off; a run with it can be reproduced.",
        )
    notes = list(replay.notes)
    script = capture.environment
    if script is None or script.script is None or script.folder is None:
        script = None
        if run.notebook_file is None:
            notes.append("The run names no notebook: its code ran in the current folder.")
    elif any("***" in one for one in script.arguments):
        notes.append("An argument was a secret and was not recorded: *** stands in its place.")
    if script is not None:
        replay = as_script(replay, file=script.script or "", arguments=script.arguments)
    return Source(
        replay=replay,
        kernel_name=run.kernel_name or DEFAULT_KERNEL,
        working_dir=str((script and script.folder) or _folder_of(run)),
        capture=capture,
        failed=run.summary.status == "failed",
        notes=notes,
    )


def _folder_of(run: Run) -> Path:
    return Path.cwd() if run.notebook_file is None else Path(run.notebook_file).absolute().parent


def _of_job(lab: Lab, run: Run, capture: RunCapture, link: JobLink) -> Source:
    with lab.store.read() as cx:
        row = get_revision(cx, link.definition_id, link.revision)
    if row is None:
        raise ConflictError(f"The notebook of the job {link.job_id} is not kept any more.")
    revision, digests = to_revision(row), frozenset(json.loads(row.tracked_cells))
    content = lab.store.artifacts.get(revision.notebook_digest)
    notebook = parse_notebook(content, where=f"the notebook of {link.definition_name}")
    job = lab.jobs.get_job(link.job_id)
    executed = lab.tracking.get_capture(job.run_id).history if job.run_id is not None else []
    tracked = [
        index
        for index, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and cell_digest(cell.source) in digests
    ]
    replay = plan_job(
        notebook,
        parameters=overrides(revision.parameters, job.parameters),
        executed=executed,
        tracked=tracked,
        run_id=run.summary.id,
    )
    return Source(
        replay=replay,
        kernel_name=revision.kernel_name,
        working_dir=revision.working_dir,
        capture=capture,
        failed=run.summary.status == "failed",
        context=JobContext(
            job_id=link.job_id,
            run_id=new_id(),
            tracked_cells=sorted(digests),
            parameters=job.parameters,
            run_name=link.definition_name,
            experiment=run.summary.experiment,
        ),
    )
