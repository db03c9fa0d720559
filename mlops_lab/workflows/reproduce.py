"""Owns reproduction: the recorded code of a run runs again in a clean kernel, and is held against it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
import nbformat
from nbformat import NotebookNode

from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import ConflictError, InvalidInputError, LabError, NotFoundError
from mlops_lab.core.facets import Reproduction, RunCapture
from mlops_lab.core.ids import new_id
from mlops_lab.core.tracking import Run
from mlops_lab.lab import Lab
from mlops_lab.notebooks.replay import replay_notebook, restored_notebook
from mlops_lab.tracking import reproductions

from .conclude import conclude
from .replay_folder import ReplayEnded, ReplayFolder, ReplayOrder
from .replay_process import ReplayProcess, make_runtime_dir
from .replay_source import Source, find_source
from .verdict import Tolerance

TIMEOUT_S = 86_400.0
"""The longest that a reproduction takes when nothing else is said: a day."""

_log = logging.getLogger(__name__)


class Wishes(msgspec.Struct, frozen=True):
    """How a run shall be reproduced.

    ``environment`` is that of this machine now, or one that is made of the packages that the run
    had. Metrics in ``ignore``, such as durations, are not compared. ``timeout_s`` is for the whole.
    ``user`` is who wants it, for the audit.
    """

    environment: Literal["current", "replayed"] = "current"
    tolerance: Tolerance = Tolerance()
    ignore: Sequence[str] = ()
    timeout_s: float = TIMEOUT_S
    user: str = ""


def reproduce(lab: Lab, run_id: str, wishes: Wishes | None = None) -> Reproduction:
    """Run a run's recorded code again in a clean kernel, compare, and keep the result on the run.

    The code runs in the folder of its notebook, with whatever it writes there. Nothing of it
    outlives the call. What goes wrong is the state ``failed`` with a message.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the run has not ended, or is being reproduced by somebody else.
        InvalidInputError: the tolerance or the timeout cannot be used.
    """
    wanted = wishes or Wishes()
    begun, is_ours = begin(lab, run_id, wanted)
    if not is_ours:
        raise ConflictError(
            f"The run {run_id} is being reproduced already.", hint="Wait for its end."
        )
    return carry_out(lab, run_id, begun, wanted)


def begin(lab: Lab, run_id: str, wishes: Wishes) -> tuple[Reproduction, bool]:
    """Keep on the run that its reproduction begins; return it, and whether it is a new one.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: the run has not ended.
        InvalidInputError: the tolerance or the timeout cannot be used.
    """
    _check(wishes)
    run = lab.tracking.get_run(run_id)
    if run.summary.status == "running":
        raise ConflictError(
            f"The run {run.summary.name} still runs.", hint="Reproduce it when it has ended."
        )
    new = Reproduction(
        id=new_id(),
        state="running",
        started_at=now_ms(),
        ended_at=None,
        environment=wishes.environment,
        relative_tolerance=wishes.tolerance.relative,
        absolute_tolerance=wishes.tolerance.absolute,
    )
    kept = reproductions.begin_reproduction(lab.store, run.summary.id, new, user=wishes.user)
    return kept, kept.id == new.id


def carry_out(lab: Lab, run_id: str, begun: Reproduction, wishes: Wishes) -> Reproduction:
    """Carry out a reproduction that was begun, and keep how it ended."""
    run = lab.tracking.get_run(run_id)
    full_id = run.summary.id
    reproductions.put_reproduction(lab.store, full_id, begun)
    folder = ReplayFolder(lab.settings.data_dir / "reproductions" / begun.id)
    ended = _failed(begun, "It was interrupted.")
    try:
        ended = _carry_out(lab, run, begun, wishes, folder)
    except LabError as error:
        ended = _failed(begun, str(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it must end with a cause
        _log.exception("The run %s could not be reproduced", full_id)
        ended = _failed(begun, f"A fault of MLOps Lab: {type(error).__name__}: {error}")
    finally:
        reproductions.put_reproduction(lab.store, full_id, ended)
        shutil.rmtree(folder.path, ignore_errors=True)
    return ended


def restore(lab: Lab, run_id: str) -> NotebookNode:
    """Return a notebook of the cells of a run and of those that ran before it, as they ran.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: its code was not recorded.
    """
    run = lab.tracking.get_run(run_id)
    source = find_source(lab, run)
    about = (
        f"# {run.summary.name}\n\nThe cells of the run `{run.summary.id}` and those that ran before "
        "it in the same kernel, in the order in which they ran and as they were then.\n"
    )
    return restored_notebook(source.replay, kernel_name=source.kernel_name, about=about)


def write_restored(lab: Lab, run_id: str, path: Path) -> None:
    """Write the notebook of ``restore`` to a new file.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: its code was not recorded, or the file is there already.
        InvalidInputError: the file cannot be written.
    """
    notebook = restore(lab, run_id)
    try:
        with path.open("x", encoding="utf-8") as file:
            nbformat.write(notebook, file)  # type: ignore[no-untyped-call]
    except FileExistsError as error:
        raise ConflictError(f"There is a file {path} already.", hint="Name a new one.") from error
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror or error}.") from error


def settle(lab: Lab) -> int:
    """End as failed the reproductions whose process is gone; return how many there were."""
    return reproductions.settle_reproductions(lab.store)


def _carry_out(
    lab: Lab, run: Run, begun: Reproduction, wishes: Wishes, folder: ReplayFolder
) -> Reproduction:
    source = find_source(lab, run)
    program, notes = _program(lab, source.capture, wishes)
    runtime = make_runtime_dir()
    try:
        _write_folder(folder, source, runtime=runtime, program=program)
        process = ReplayProcess(folder, runtime=runtime, notebook_file=run.notebook_file)
    except BaseException:
        shutil.rmtree(runtime, ignore_errors=True)
        raise
    try:
        in_time = process.wait(wishes.timeout_s)
    finally:
        status = process.end()
    if not in_time:
        raise InvalidInputError(
            f"It took longer than {wishes.timeout_s:,.0f} s and was ended.",
            hint="Give it more time: --timeout.",
        )
    if not any(isinstance(one, ReplayEnded) for one in folder.read_progress()):
        return _failed(begun, f"Its process ended with status {status}. {folder.read_log()}")
    return conclude(begun, run, source, folder, ignore=wishes.ignore, notes=[*source.notes, *notes])


def _program(lab: Lab, capture: RunCapture, wishes: Wishes) -> tuple[str | None, list[str]]:
    if wishes.environment == "current":
        return None, []
    from .environments import replay_environment_of

    return replay_environment_of(capture, data_dir=lab.settings.data_dir)


def _write_folder(
    folder: ReplayFolder, source: Source, *, runtime: Path, program: str | None
) -> None:
    working_dir = Path(source.working_dir)
    if not working_dir.is_dir():
        raise NotFoundError(
            f"The folder {working_dir} of the notebook does not exist any more.",
            hint="Put it back; the code of the run works in it.",
        )
    folder.make()
    notebook = replay_notebook(source.replay, kernel_name=source.kernel_name)
    folder.input.write_text(nbformat.writes(notebook), encoding="utf-8")  # type: ignore[no-untyped-call]
    if source.context is not None:
        folder.context.write_bytes(msgspec.json.encode(source.context))
    may_fail = [
        index
        for index, cell in enumerate(source.replay.cells)
        if cell.may_fail or (cell.own and source.failed)
    ]
    order = ReplayOrder(
        kernel_name=source.kernel_name,
        working_dir=str(working_dir),
        runtime_dir=str(runtime),
        may_fail=may_fail,
        program=program,
    )
    folder.order.write_bytes(msgspec.json.encode(order))


def _check(wishes: Wishes) -> None:
    tolerance = wishes.tolerance
    for name, value in (("relative", tolerance.relative), ("absolute", tolerance.absolute)):
        if not 0 <= value < float("inf"):
            raise InvalidInputError(
                f"The {name} tolerance {value} cannot be used.", hint="Give a number from 0 on."
            )
    if not wishes.timeout_s > 0:
        raise InvalidInputError(
            f"A timeout of {wishes.timeout_s} s cannot be used.", hint="Give a number above 0."
        )


def _failed(begun: Reproduction, message: str) -> Reproduction:
    return msgspec.structs.replace(
        begun, state="failed", ended_at=now_ms(), message=message.strip()
    )
