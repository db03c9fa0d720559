"""Owns the start of a worker on demand: one detached process, if none is alive."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import psutil

from mlops_lab.core import kernelenv
from mlops_lab.core.clock import Clock, Millis, now_ms
from mlops_lab.core.settings import DATA_DIR, STORE_URL, Settings

from .processes import is_alive
from .service import JobsService

_START_MS = 30_000
_FOREIGN = {
    kernelenv.SERVER_URL,
    kernelenv.KERNEL_TOKEN,
    kernelenv.SPOOL_DIR,
    kernelenv.JOB_CONTEXT,
    "JUPYTER_TOKEN",
    "JPY_SESSION_NAME",
    "JPY_PARENT_PID",
}


class _Starting(msgspec.Struct, frozen=True):
    """The worker that was started last and may not be in the store yet."""

    pid: int
    process_started_at: float
    at: Millis


def ensure_worker(service: JobsService, settings: Settings, *, clock: Clock = now_ms) -> int | None:
    """Start a worker for this store if none is alive; return its process id, or None.

    The worker is detached: it goes on when JupyterLab closes. Its output goes to ``worker.log`` in
    the data folder. Two callers at the same moment may start two, which does no harm.

    Raises:
        StoreUnavailableError: the store cannot be read.
        OSError: no process can be started, or the data folder cannot be written.
    """
    if any(worker.alive for worker in service.list_workers()):
        return None
    note = settings.data_dir / "worker.starting"
    if _is_starting(note, now=clock()):
        return None
    pid = _start(settings)
    try:
        started_at = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return pid
    starting = _Starting(pid=pid, process_started_at=started_at, at=clock())
    note.write_bytes(msgspec.json.encode(starting))
    return pid


def resume_worker(service: JobsService, settings: Settings) -> int | None:
    """Start a worker if jobs or schedules wait for one and none is alive, as after a restart.

    Raises:
        StoreUnavailableError: the store cannot be read.
        OSError: no process can be started, or the data folder cannot be written.
    """
    return ensure_worker(service, settings) if service.needs_worker() else None


def worker_log(settings: Settings) -> Path:
    """Return the file that detached workers write to."""
    return settings.data_dir / "worker.log"


def _start(settings: Settings) -> int:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    environ = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    environ |= {DATA_DIR: str(settings.data_dir), STORE_URL: settings.store_url}
    handle = os.open(worker_log(settings), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mlops_lab.worker"],
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            cwd=settings.data_dir,
            env=environ,
            start_new_session=True,
        )
    finally:
        os.close(handle)
    # It outlives us; while we live, somebody must take note of its end.
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid


def _is_starting(note: Path, *, now: Millis) -> bool:
    try:
        starting = msgspec.json.decode(note.read_bytes(), type=_Starting)
    except (OSError, msgspec.MsgspecError):
        return False
    recent = 0 <= now - starting.at < _START_MS
    return recent and is_alive(starting.pid, starting.process_started_at)
