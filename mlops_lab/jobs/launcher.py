"""Owns the start of a worker on demand: one detached process, if none is alive."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

import msgspec
import psutil

from mlops_lab.core.clock import Clock, Millis, now_ms
from mlops_lab.core.errors import LabError
from mlops_lab.core.settings import Settings
from mlops_lab.store.processes import is_alive

from .detached import start_detached
from .service import JobsService

_START_MS = 30_000

_log = logging.getLogger(__name__)


class _Starting(msgspec.Struct, frozen=True):
    """The worker that was started last and may not be in the store yet."""

    pid: int
    process_started_at: float
    at: Millis


def ensure_worker(service: JobsService, settings: Settings, *, clock: Clock = now_ms) -> int | None:
    """Start a worker for this store if none is alive; return its process id, or None.

    The worker is detached: it goes on when JupyterLab closes. Its output goes to ``worker.log`` in
    the data folder. Of several callers at the same moment, one starts it.

    Raises:
        StoreUnavailableError: the store cannot be read or written.
        OSError: no process can be started, or the data folder cannot be written.
    """
    if any(worker.alive for worker in service.list_workers()):
        return None
    return service.start_if_none_is_alive(lambda: _start_unless_starting(settings, clock=clock))


def resume_worker(service: JobsService, settings: Settings, *, clock: Clock = now_ms) -> int | None:
    """Start a worker if jobs or schedules wait for one and none is alive, as after a restart.

    Returns its process id, or None when none was started. It raises nothing: what waits goes on
    waiting, and why is in the log.
    """
    try:
        return ensure_worker(service, settings, clock=clock) if service.needs_worker() else None
    except (LabError, OSError) as error:
        _log.warning("MLOps Lab cannot start a worker: %s Run: mlops-lab worker", error)
    except Exception:  # noqa: BLE001 - no fault of ours may keep a server from starting
        _log.exception("MLOps Lab cannot start a worker; run: mlops-lab worker")
    return None


def worker_command() -> list[str]:
    """Return the command that is a worker."""
    # -P: what lies in the current folder must not be taken for a module.
    return [sys.executable, "-P", "-m", "mlops_lab.worker"]


def worker_log(settings: Settings) -> Path:
    """Return the file that detached workers write to."""
    return settings.data_dir / "worker.log"


def _start_unless_starting(settings: Settings, *, clock: Clock) -> int | None:
    note = settings.data_dir / "worker.starting"
    if _is_starting(note, now=clock()):
        return None
    process = start_detached(worker_command(), settings, log=worker_log(settings))
    # It outlives us; while we live, somebody must take note of its end.
    threading.Thread(target=process.wait, daemon=True).start()
    pid = process.pid
    try:
        started_at = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return pid
    starting = _Starting(pid=pid, process_started_at=started_at, at=clock())
    note.write_bytes(msgspec.json.encode(starting))
    return pid


def _is_starting(note: Path, *, now: Millis) -> bool:
    try:
        starting = msgspec.json.decode(note.read_bytes(), type=_Starting)
    except (OSError, msgspec.MsgspecError):
        return False
    recent = 0 <= now - starting.at < _START_MS
    return recent and is_alive(starting.pid, starting.process_started_at)
