"""Owns the runner: one process that runs the notebook of one job, and ends with its worker.

``python -m mlops_lab.jobs.runner FOLDER``. Without FOLDER it loads papermill, then reads the folder
from the first line of its standard input. When its standard input ends, so does it, with all that
it started.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from mlops_lab.core import kernelenv
from mlops_lab.core.clock import now_ms
from mlops_lab.core.errors import InvalidInputError, LabError
from mlops_lab.core.tracking import ErrorInfo

from .folder import JobFolder, Reporter
from .order import Ended, Order, PhaseReached
from .processes import adopt_orphans, end_with_owner, kill_descendants

if TYPE_CHECKING:
    from .engine import Watch

_MAX_TRACEBACK = 100_000


def main() -> int:
    """Run the job whose folder is named by the command line or by standard input."""
    started = now_ms()
    adopt_orphans()
    _load_papermill()
    loaded = now_ms()
    place = sys.argv[1] if len(sys.argv) > 1 else sys.stdin.buffer.readline().decode().rstrip("\n")
    if not place:
        return 0
    folder = JobFolder(Path(place))
    report = Reporter(folder.progress)
    _redirect_output(folder.log)
    report(PhaseReached(phase="runner", time=started))
    report(PhaseReached(phase="papermill", time=loaded))
    try:
        order = folder.read_order()
    except (OSError, msgspec.MsgspecError) as error:
        report(_our_fault(error))
        return 1
    threading.Thread(target=end_with_owner, args=(order.runtime_dir,), daemon=True).start()
    ended = run(folder, order, report)
    # What the notebook started and left behind belongs to the job, and ends with it.
    kill_descendants(os.getpid())
    report(ended)
    sys.stdout.flush()
    # The interpreter's own farewell takes longer than all that is left to do.
    os._exit(0)


def run(folder: JobFolder, order: Order, report: Reporter) -> Ended:
    """Run the notebook to its end and return how it ended; every fault becomes a cause in words."""
    from .engine import Watch

    watch = Watch(executed=folder.executed, report=report)
    try:
        return _run(folder, order, watch)
    except LabError as error:
        info = ErrorInfo(name=type(error).__name__, message=str(error))
        return Ended(outcome="failed", cause=f"failed: {_inline(error)}", error=info)
    except Exception as error:  # noqa: BLE001 - whatever it is, the job must end with a cause
        traceback.print_exc()
        return _broken_off(error, watch)


def _run(folder: JobFolder, order: Order, watch: Watch) -> Ended:
    import nbformat
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    from . import engine
    from .kernels import connection_config, extension_arguments, find_kernel_spec

    working_dir = Path(order.working_dir)
    if not working_dir.is_dir():
        raise InvalidInputError(
            f"The working folder {order.working_dir} does not exist.",
            hint="Put it back, or promote the notebook from where it is now.",
        )
    spec = find_kernel_spec(order.kernel_name)
    notebook = nbformat.read(folder.input, as_version=4)  # type: ignore[no-untyped-call]
    os.environ[kernelenv.JOB_CONTEXT] = str(folder.context)
    os.environ[kernelenv.SPOOL_DIR] = str(folder.spool)
    engine.register()
    try:
        execute_notebook(
            notebook,
            None,
            parameters=order.parameters,
            engine_name=engine.ENGINE_NAME,
            kernel_name=order.kernel_name,
            language=spec.language,
            cwd=str(working_dir),
            log_output=True,
            progress_bar=False,
            watch=watch,
            config=connection_config(Path(order.runtime_dir)),
            extra_arguments=extension_arguments(spec, folder=Path(order.runtime_dir)),
        )
    except PapermillExecutionError as error:
        return _failed_in_cell(error, watch)
    if watch.stopped_at is not None:
        done = (
            f"succeeded: the notebook ended itself in cell {watch.stopped_at + 1} of {watch.total}"
        )
        return Ended(outcome="succeeded", cause=done)
    cells = f"{watch.total} cell{'s'[: watch.total != 1]}"
    return Ended(outcome="succeeded", cause=f"succeeded: {cells} executed")


def _failed_in_cell(error: Any, watch: Watch) -> Ended:
    from mlops_lab.core.text import without_colours

    lines = without_colours("\n".join(error.traceback))
    return Ended(
        outcome="failed",
        cause=f"failed: {error.ename} in cell {error.cell_index + 1} of {watch.total}",
        failing_cell=watch.failing_cell(error.cell_index),
        error=ErrorInfo(
            name=error.ename,
            message=without_colours(error.evalue)[:_MAX_TRACEBACK],
            traceback=lines[-_MAX_TRACEBACK:],
        ),
    )


def _broken_off(error: Exception, watch: Watch) -> Ended:
    from nbclient.exceptions import DeadKernelError

    if watch.current is None:
        return _our_fault(error)
    at = f"cell {watch.current + 1} of {watch.total}"
    what = type(error).__name__
    if isinstance(error, DeadKernelError):
        what = "the kernel died (out of memory, or ended by the code)"
    return Ended(
        outcome="failed",
        cause=f"failed: {what} in {at}",
        failing_cell=watch.failing_cell(watch.current),
        error=ErrorInfo(name=type(error).__name__, message=str(error)),
    )


def _our_fault(error: Exception) -> Ended:
    text = f"{type(error).__name__}: {_inline(error)}"
    return Ended(
        outcome="failed",
        cause=f"failed: the notebook could not be started: {text}",
        error=ErrorInfo(
            name=type(error).__name__,
            message=str(error),
            traceback="".join(traceback.format_exception(error)),
        ),
    )


def _inline(error: Exception) -> str:
    return " ".join(str(error).split())[:500]


def _load_papermill() -> None:
    # A checker of web addresses in JSON schemas, which compiles a grammar for almost a second.
    # jsonschema takes it as not installed; nothing that we read has addresses to check.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    # The last one is what jupyter_client loads when it looks for the first kernel spec.
    for name in (f"{__package__}.engine", f"{__package__}.kernels", "ipykernel.kernelspec"):
        importlib.import_module(name)


def _redirect_output(log: Path) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s", force=True)
    logging.getLogger("papermill").addFilter(_is_about_the_notebook)


def _is_about_the_notebook(record: logging.LogRecord) -> bool:
    # Papermill announces that it will not save the notebook, since we do it ourselves.
    return not str(record.msg).startswith(("Input Notebook:", "Output Notebook:"))


if __name__ == "__main__":
    sys.exit(main())
