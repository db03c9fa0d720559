"""Owns the process that runs the notebook of one reproduction in a clean kernel.

``python -m mlops_lab.workflows.replayer FOLDER``. When its standard input ends, so does it, with all
that it started.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import msgspec
import nbformat

from mlops_lab.core.errors import LabError, NotFoundError
from mlops_lab.core.text import without_colours
from mlops_lab.jobs.folder import Reporter
from mlops_lab.jobs.processes import adopt_orphans, end_with_owner, kill_descendants
from mlops_lab.notebooks.read import DEFAULT_KERNEL

from .replay_folder import (
    CellRan,
    KernelStarted,
    ReplayEnded,
    ReplayFolder,
    ReplayOrder,
)

_MAX_MESSAGE = 2_000
_REPLAYED = "replayed"
_NO_MAGIC = "UsageError: Cell magic `%%track` not found"


def main() -> int:
    """Run the reproduction whose folder is named by the command line."""
    adopt_orphans()
    folder = ReplayFolder(Path(sys.argv[1]))
    report = Reporter(folder.progress)
    try:
        order = folder.read_order()
    except (OSError, msgspec.MsgspecError) as error:
        report(ReplayEnded(fault=f"The order cannot be read: {error}"))
        return 1
    threading.Thread(target=end_with_owner, args=(order.runtime_dir,), daemon=True).start()
    fault = _run_to_end(folder, order, report)
    kill_descendants(os.getpid())
    report(ReplayEnded(fault=fault))
    sys.stdout.flush()
    # The interpreter's own farewell would wait for threads of the kernel's client.
    os._exit(0)


def _run_to_end(folder: ReplayFolder, order: ReplayOrder, report: Reporter) -> str | None:
    """Run the notebook; return why it could not be run to its end, in words, or None."""
    try:
        _run(folder, order, report)
    except LabError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the owner must be told
        traceback.print_exc()
        return _words(error, folder)
    return None


def _run(folder: ReplayFolder, order: ReplayOrder, report: Reporter) -> None:
    from nbclient import NotebookClient

    from mlops_lab.jobs.kernels import extension_arguments

    notebook: Any = nbformat.read(folder.input, as_version=4)  # type: ignore[no-untyped-call]
    runtime = Path(order.runtime_dir)
    manager, spec, note = _kernel_manager(order, runtime)
    arguments = extension_arguments(spec, folder=runtime)
    if not arguments:
        raise _cannot_load(order.kernel_name)
    errors: list[str | None] = []

    def keep_error(*, execute_reply: Any, **_: Any) -> None:
        content = (execute_reply or {}).get("content", {})
        failed = content.get("status") == "error"
        errors.append(_error_words(content) if failed else None)

    client = NotebookClient(
        notebook,
        km=manager,
        allow_errors=True,
        record_timing=False,
        timeout=None,
        extra_arguments=arguments,
        on_cell_executed=keep_error,
        resources={"metadata": {"path": order.working_dir}},
    )
    with client.setup_kernel(cleanup_kc=True):
        report(KernelStarted(note=note))
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
            cell.outputs = []
            if (errors[-1] or "").startswith(_NO_MAGIC):
                raise _cannot_load(order.kernel_name)
            report(CellRan(index=index, error=errors[-1]))
            if errors[-1] is not None and index not in order.may_fail:
                return


def _cannot_load(kernel_name: str) -> LabError:
    return NotFoundError(
        f"The clean kernel ({kernel_name}) cannot load mlops_lab, so nothing of it can be compared.",
        hint="Install mlops_lab for the Python of this kernel; try: %load_ext mlops_lab",
    )


def _kernel_manager(order: ReplayOrder, runtime: Path) -> tuple[Any, Any, str]:
    """Return what starts the kernel, its spec, and a word on how it differs from the run's."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    from mlops_lab.jobs.kernels import connection_config, find_kernel_spec

    config, note, name = connection_config(runtime), "", order.kernel_name
    if order.program is not None:
        name, found = _REPLAYED, KernelSpecManager()
        place = runtime / "kernels" / _REPLAYED
        place.mkdir(parents=True)
        bin_dir = str(Path(order.program).parent)
        spec = KernelSpec(
            argv=[order.program, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            display_name=_REPLAYED,
            language="python",
            env={"PATH": f"{bin_dir}{os.pathsep}{os.environ.get('PATH', '')}"},
        )
        (place / "kernel.json").write_text(spec.to_json(), encoding="utf-8")
        found.kernel_dirs = [str(place.parent)]
        manager = AsyncKernelManager(kernel_name=name, config=config, kernel_spec_manager=found)
        return manager, spec, note
    try:
        spec = find_kernel_spec(name)
    except NotFoundError:
        note = f"The kernel {name!r} is not on this machine; {DEFAULT_KERNEL} ran in its place."
        name = DEFAULT_KERNEL
        spec = find_kernel_spec(name)
    return AsyncKernelManager(kernel_name=name, config=config), spec, note


def _words(error: Exception, folder: ReplayFolder) -> str:
    from nbclient.exceptions import DeadKernelError

    if isinstance(error, DeadKernelError):
        done = sum(isinstance(one, CellRan) for one in folder.read_progress())
        return f"The clean kernel died in cell {done + 1} (out of memory, or ended by the code)."
    text = " ".join(str(error).split())[:_MAX_MESSAGE]
    return f"The clean kernel could not run the notebook: {type(error).__name__}: {text}"


def _error_words(content: Any) -> str:
    value = without_colours(str(content.get("evalue") or ""))[:_MAX_MESSAGE]
    name = str(content.get("ename") or "Error")
    return f"{name}: {value}" if value else name


if __name__ == "__main__":
    sys.exit(main())
