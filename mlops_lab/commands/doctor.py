"""Owns ``mlops-lab doctor``: what the set-up needs, whether it has it, and how to mend it."""

from __future__ import annotations

import contextlib
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from mlops_lab.core.errors import LabError
from mlops_lab.core.jobs import ACTIVE_STATES
from mlops_lab.core.settings import Settings

from .opened import this_settings
from .options import AsJson
from .output import print_json, print_line
from .words import counted, size

if TYPE_CHECKING:
    from mlops_lab.lab import Lab

_PACKAGES = ("mlops-lab", "jupyterlab", "jupyter-server", "ipykernel", "papermill")
_SERVER_EXTENSION = "mlops_lab"
_LAB_EXTENSION = "mlops-lab"
_PROBE_BYTES = 1_048_576
_LITTLE = 1_000_000_000


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at: whether it is well, what was found, and how to mend it."""

    name: str
    ok: bool
    found: str
    mend: str = ""


class Diagnosis(msgspec.Struct, frozen=True):
    """The answer of ``doctor --json``; ``ok`` when every check is."""

    ok: bool
    checks: list[Check]


def doctor(*, as_json: AsJson = False) -> None:
    """Check the set-up, and say how to mend what is wrong; exit with 1 if anything is."""
    checks = list(_examine(this_settings()))
    diagnosis = Diagnosis(ok=all(check.ok for check in checks), checks=checks)
    if as_json:
        print_json(diagnosis)
    else:
        for check in checks:
            _print(check)
    if not diagnosis.ok:
        raise typer.Exit(1)


def _print(check: Check) -> None:
    mark, style = ("ok     ", "") if check.ok else ("problem", "red")
    mend = "" if check.ok else f" {check.mend}"
    print_line(f"{mark}  {check.name:<17}  {check.found}{mend}", style=style)


def _examine(settings: Settings) -> Iterator[Check]:
    yield _versions()
    yield _server_extension()
    yield _lab_extension()
    yield _kernels()
    yield _data_folder(settings)
    with contextlib.ExitStack() as stack:
        from mlops_lab.lab import Lab

        try:
            lab = stack.enter_context(Lab.open(settings))
        except LabError as error:
            yield Check("store", ok=False, found=error.message, mend=error.hint)
            return
        for look in (_store, _disk, _trash, _artifacts, _worker, _spool):
            yield _guarded(look, lab)


def _guarded(look: Callable[[Lab], Check], lab: Lab) -> Check:
    try:
        return look(lab)
    except LabError as error:
        return Check(look.__name__.strip("_"), ok=False, found=error.message, mend=error.hint)


def _versions() -> Check:
    found = [f"Python {platform.python_version()}"]
    missing = []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        words = f"{', '.join(missing)} not installed here."
        return Check("versions", ok=False, found=words, mend=f"pip install {' '.join(missing)}")
    return Check("versions", ok=True, found=", ".join(found))


def _server_extension() -> Check:
    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    manager = ExtensionConfigManager(read_config_path=jupyter_config_path())
    extensions: dict[str, bool] = manager.get_jpserver_extensions()  # type: ignore[no-untyped-call]
    enabled = extensions.get(_SERVER_EXTENSION)
    if enabled:
        return Check("server extension", ok=True, found="enabled")
    return Check(
        "server extension",
        ok=False,
        found="disabled." if enabled is False else "not found in Jupyter's configuration.",
        mend="jupyter server extension enable mlops_lab",
    )


def _lab_extension() -> Check:
    from jupyter_core.paths import jupyter_path
    from jupyterlab_server.config import get_federated_extensions, get_page_config

    folders = jupyter_path("labextensions")
    installed = get_federated_extensions(folders).get(_LAB_EXTENSION)
    if installed is None:
        return Check(
            "lab extension",
            ok=False,
            found=f"not found in {', '.join(folders)}.",
            mend="pip install --force-reinstall --no-deps mlops-lab",
        )
    if _LAB_EXTENSION in get_page_config(folders)["disabledExtensions"]:
        mend = "jupyter labextension enable mlops-lab"
        return Check("lab extension", ok=False, found="disabled.", mend=mend)
    found = f"enabled, version {installed.get('version', 'unknown')}"
    return Check("lab extension", ok=True, found=found)


def _kernels() -> Check:
    from jupyter_client.kernelspec import KernelSpecManager

    names = sorted(KernelSpecManager().find_kernel_specs())
    if names:
        return Check("kernels", ok=True, found=", ".join(names))
    return Check(
        "kernels",
        ok=False,
        found="no kernel spec is installed.",
        mend="python -m ipykernel install --sys-prefix",
    )


def _data_folder(settings: Settings) -> Check:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as probe:
            # An empty file fits on a full disk.
            probe.write(bytes(_PROBE_BYTES))
            probe.flush()
    except OSError as error:
        return Check(
            "data folder",
            ok=False,
            found=f"{folder} cannot be written: {error.strerror or error}.",
            mend="Mend its permissions or free disk space, or set MLOPS_LAB_DATA_DIR.",
        )
    return Check("data folder", ok=True, found=str(folder))


def _store(lab: Lab) -> Check:
    from mlops_lab.store.facts import read_facts

    facts = read_facts(lab.store)
    found = (
        f"{facts.database} at {lab.store.url}, writable, schema revision {facts.revision}, "
        f"{counted(facts.runs, 'run')}, {size(facts.size)}"
    )
    if facts.points_waiting:
        found += f", {facts.points_waiting:,} points that a server will pack"
    return Check("store", ok=True, found=found)


def _disk(lab: Lab) -> Check:
    from mlops_lab.store.facts import read_facts

    facts = read_facts(lab.store)
    folder = lab.store.artifacts.folder
    free = shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free
    found = f"{size(free)} free for artifacts"
    if facts.free is not None:
        found = f"{size(facts.free)} free for the database, {found}"
    if min(free, free if facts.free is None else facts.free) < _LITTLE:
        mend = "Free disk space: mlops-lab trash empty, then mlops-lab gc."
        return Check("disk", ok=False, found=f"Only {found}.", mend=mend)
    if facts.doubt is not None:
        found += f". The database is {facts.doubt}"
    return Check("disk", ok=True, found=found)


def _trash(lab: Lab) -> Check:
    from mlops_lab.store.facts import read_facts

    facts = read_facts(lab.store)
    if not facts.trashed_runs and not facts.trashed_experiments:
        return Check("trash", ok=True, found="empty")
    found = (
        f"{counted(facts.trashed_runs, 'run')} with {size(facts.trashed_files)} of files and "
        f"{counted(facts.trashed_experiments, 'experiment')}; mlops-lab trash empty removes them for good"
    )
    return Check("trash", ok=True, found=found)


def _artifacts(lab: Lab) -> Check:
    place = lab.store.artifacts.place
    # One is enough to know that the place answers; mlops-lab gc --verify reads them all.
    next(place.every(), None)
    return Check("artifacts", ok=True, found=f"{place.shown} can be listed.")


def _worker(lab: Lab) -> Check:
    alive = [worker for worker in lab.jobs.list_workers() if worker.alive]
    ours = _version_or_empty()
    other = [worker for worker in alive if ours and worker.version != ours]
    if other:
        return Check(
            "worker",
            ok=False,
            found=f"process {other[0].pid} runs version {other[0].version}, here is {ours}.",
            mend=f"End process {other[0].pid}; the next job starts a new worker.",
        )
    if alive:
        found = ", ".join(f"process {worker.pid} on {worker.host}" for worker in alive)
        return Check("worker", ok=True, found=f"alive: {found}")
    waiting = _waiting_words(lab)
    if not waiting:
        return Check("worker", ok=True, found="none alive, none needed")
    return Check("worker", ok=False, found=f"none alive, {waiting}.", mend="mlops-lab worker")


def _waiting_words(lab: Lab) -> str:
    counts = {
        f"jobs {state}": len(lab.jobs.list_jobs(state=state, limit=1000).jobs)
        for state in ACTIVE_STATES
    }
    schedules = lab.jobs.list_schedules().schedules
    counts["schedules on"] = sum(not schedule.paused for schedule in schedules)
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def _spool(lab: Lab) -> Check:
    from mlops_lab.tracking.segments import find_spool_folders

    folders = find_spool_folders(lab.settings.spool_dir)
    files = [one for folder in folders for one in _orphans(folder)]
    aside = [one for folder in folders for one in folder.glob("*.unreadable")]
    if aside and not files:
        found = f"{len(aside)} files could not be read and were kept: {aside[0]}"
        mend = "Look into them; what was whole in them is stored. Then move or delete them."
        return Check("spool", ok=False, found=found, mend=mend)
    if not files:
        return Check("spool", ok=True, found="nothing waits for delivery")
    found = f"{len(files)} files of ended kernels wait in {files[0].parent}."
    return Check("spool", ok=False, found=found, mend="mlops-lab sync")


def _orphans(folder: Path) -> Sequence[Path]:
    from mlops_lab.tracking.processes import liveness
    from mlops_lab.tracking.segments import (
        CorruptSegmentError,
        NoHeaderError,
        find_segments,
        read_header,
    )

    found = []
    for segment in find_segments(folder):
        # A file that went away meanwhile was taken in; one that cannot be read is for sync to judge.
        with contextlib.suppress(FileNotFoundError, CorruptSegmentError, NoHeaderError):
            if liveness(read_header(segment)) == "dead":
                found.append(segment.path)
    return found


def _version_or_empty() -> str:
    with contextlib.suppress(PackageNotFoundError):
        return version("mlops-lab")
    return ""
